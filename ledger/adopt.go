package ledger

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"extendbot/order"
)

// adopter looks for orders whose process died, and works on them. River would do
// so too, but later: scheduled work waits until another process leads, and work
// that a process had begun when it died is repeated only when no process can be
// doing it any more (rescueAfter).
type adopter struct {
	search

	config Config
	db     tx
	slots  chan struct{}      // one for each order that is worked on at once
	busy   sync.Map           // the ids of these orders
	cancel context.CancelFunc // ends the search
	cutOff context.CancelFunc // ends the work on what was found
	done   sync.WaitGroup     // the search, and the work on each order
}

// search is which orders are looked for, and what is done for them.
type search struct {
	query  string
	args   func(now time.Time) []any
	handle Handler
}

const (
	// approvedGrace is how long an approved order is left to the process that
	// took the click, and to the due work behind that.
	approvedGrace = order.ReconcileGrace + 5*time.Second
	// ownerlessGrace is how long an order without a card owner is left to due
	// work. Each try begins by claiming the card, so one that fails is tried
	// here too, but not often.
	ownerlessGrace = 10 * time.Second
)

// The index orders_holder serves it: its condition is spelled out.
const selectOrphans = "SELECT id FROM orders WHERE state IN ('approved', 'placing', 'unknown')" +
	" AND ((state = 'placing' AND owner_until < $1) OR (state = 'approved' AND retry_at < $1 AND changed_at < $2))" +
	" ORDER BY changed_at LIMIT 100"

// orphanSearch finds approved orders, and orders on their way, that no process
// works on.
func orphanSearch(place Handler) search {
	return search{selectOrphans, func(now time.Time) []any {
		return []any{micros(now), micros(now.Add(-approvedGrace))}
	}, place}
}

// The index orders_open serves it: its condition is spelled out.
const selectOverdue = "SELECT id FROM orders WHERE (" + isOpen + ")" +
	" AND tend_until < $1 AND ((state = 'pending' AND deadline < $1) OR card_version < version OR " + owesThreadMessage + ")" +
	" ORDER BY tend_until LIMIT 100"

// overdueSearch finds orders without a card owner whose card or thread is
// behind, and those that are pending after their deadline.
func overdueSearch(reconcile Handler) search {
	return search{selectOverdue, func(now time.Time) []any {
		return []any{micros(now.Add(-ownerlessGrace))}
	}, reconcile}
}

func (s search) find(ctx context.Context, tx tx, now time.Time) (found []order.ID, err error) {
	err = forEachRow(ctx, tx, s.query, func(row scanner) error {
		var id order.ID
		err := row.Scan(&id)
		found = append(found, id)
		return err
	}, s.args(now)...)
	return found, err
}

// Orphans returns approved orders, and orders on their way, that no process
// works on, at most 100. While it works, a ledger that several processes share
// looks for them by itself.
func (l *Ledger) Orphans(ctx context.Context) ([]order.ID, error) {
	found, err := orphanSearch(nil).find(ctx, l.db.read(), l.now())
	return found, l.db.wrap(err)
}

// startAdopters starts two searches with slots of their own: messages that Slack
// does not take must not keep an order waiting. stopSearching and wait end them.
func startAdopters(ctx context.Context, c Config, db tx, handle map[order.Work]Handler) []*adopter {
	var all []*adopter
	for _, s := range []search{orphanSearch(handle[order.WorkPlace]), overdueSearch(handle[order.WorkReconcile])} {
		working, cutOff := context.WithCancel(ctx)
		searching, cancel := context.WithCancel(working)
		a := &adopter{search: s, config: c, db: db, slots: make(chan struct{}, c.Workers), cancel: cancel, cutOff: cutOff}
		a.done.Go(func() { a.run(searching, working) })
		all = append(all, a)
	}
	return all
}

// stopSearching looks for no more orders.
func (a *adopter) stopSearching() { a.cancel() }

// wait waits for the work that runs, until ctx ends. Then it cuts that off.
func (a *adopter) wait(ctx context.Context) error {
	defer a.cutOff()
	idle := make(chan struct{})
	go func() { // ends when the handlers notice the cut-off, at the latest
		a.done.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run searches until searching ends. What it finds is worked on until working does.
func (a *adopter) run(searching, working context.Context) {
	for {
		// Several processes need not search at the same time.
		pause := a.config.searchEvery/2 + rand.N(a.config.searchEvery/2)
		select {
		case <-searching.Done():
			return
		case <-time.After(pause):
		}
		ctx, cancel := context.WithTimeoutCause(searching, a.config.WriteWait, errPGSlow)
		found, err := a.find(ctx, a.db, a.config.Now())
		cancel()
		if err != nil && searching.Err() == nil {
			a.config.Log.WithError(err).Debug("the search for orders without a living process failed, it is repeated")
		}
		for _, id := range found {
			a.adopt(working, id)
		}
	}
}

// adopt works on an order, unless this process does already or has no slot for
// it: then it will be found again.
func (a *adopter) adopt(ctx context.Context, id order.ID) {
	if _, busy := a.busy.LoadOrStore(id, true); busy {
		return
	}
	select {
	case a.slots <- struct{}{}:
	default:
		a.busy.Delete(id)
		return
	}
	a.done.Go(func() {
		defer func() {
			a.busy.Delete(id)
			<-a.slots
		}()
		if err := a.work(ctx, id); err != nil {
			a.config.Log.WithField("order_id", id).WithError(err).Debug("an order without a living process waits")
		}
	})
}

var errHandlerPanic = errors.New("a handler of due work panicked")

// work runs the handler. A panic ends this try and not the process, as with
// other due work.
func (a *adopter) work(ctx context.Context, id order.ID) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errHandlerPanic
			a.config.Log.WithField("order_id", id).Errorf("panic in due work: %T\n%s", r, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	return a.handle(ctx, id)
}
