package order

import (
	"sync"
	"time"
)

// unsent remembers which attempts of this very process may have been committed
// although the ledger could not say so. Nothing was sent for them: only who
// knows that an attempt was committed sends. It is no harm to forget one, the
// order then becomes Unknown.
type unsent struct {
	mu    sync.Mutex
	marks map[ID]mark
}

// mark is an attempt by what the order is if it was committed.
type mark struct {
	version  int
	attempts int
	forget   time.Time
}

const (
	// unsentKeep is how long a mark is kept after its order ceased to be this
	// process's own.
	unsentKeep = 10 * time.Minute
	// unsentMost is how many marks are kept.
	unsentMost = 1000
)

// remember notes an attempt to take o, which was Approved, into Placing.
func (u *unsent) remember(o Order, until, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, m := range u.marks {
		if m.forget.Before(now) {
			delete(u.marks, id)
		}
	}
	if len(u.marks) < unsentMost {
		u.marks[o.ID] = mark{version: o.Version + 1, attempts: o.Attempts + 1, forget: until.Add(unsentKeep)}
	}
}

// forget has to come before anything is sent for the order.
func (u *unsent) forget(id ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.marks, id)
}

// is says whether o is in Placing by an attempt for which nothing was sent.
func (u *unsent) is(o Order) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	m, ok := u.marks[o.ID]
	return ok && m.version == o.Version && m.attempts == o.Attempts
}
