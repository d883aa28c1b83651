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

// adopter finds orders whose process died, and works on them. River does that
// too, but later: scheduled work waits until another process becomes leader, and
// work that a process had begun when it died is repeated only when no process
// can still be doing it (rescueAfter).
type adopter struct {
	search

	config Config
	db     tx
	slots  chan struct{}      // one element for each order that is being worked on
	busy   sync.Map           // the ids of these orders
	cancel context.CancelFunc // ends the search
	cutOff context.CancelFunc // ends the work on the orders that were found
	done   sync.WaitGroup     // the search, and the work on each order
}

// search says which orders to look for, and what to do with them.
type search struct {
	query  string
	args   func(now time.Time) []any
	handle Handler
}

const (
	// approvedGrace is how long an approved order is left to the process that
	// received the click, and to its due work.
	approvedGrace = order.ReconcileGrace + 5*time.Second
	// ownerlessGrace is how long an order without a card owner is left to due work.
	// Each try begins by claiming the card, so an order whose try failed is tried
	// again here too, but not often.
	ownerlessGrace = 10 * time.Second
)

// The index orders_holder serves this query: its condition is repeated here.
const selectOrphans = "SELECT id FROM orders WHERE state IN ('approved', 'placing', 'unknown')" +
	" AND ((state = 'placing' AND owner_until < $1) OR (state = 'approved' AND retry_at < $1 AND changed_at < $2))" +
	" ORDER BY changed_at LIMIT 100"

// orphanSearch finds approved orders, and orders in Placing, that no process
// works on.
func orphanSearch(place Handler) search {
	return search{selectOrphans, func(now time.Time) []any {
		return []any{micros(now), micros(now.Add(-approvedGrace))}
	}, place}
}

// The index orders_open serves this query: its condition is repeated here.
const selectOverdue = "SELECT id FROM orders WHERE (" + isOpen + ")" +
	" AND tend_until < $1 AND ((state = 'pending' AND deadline < $1) OR card_version < version OR " + owesThreadMessage + ")" +
	" ORDER BY tend_until LIMIT 100"

// overdueSearch finds orders without a card owner whose card or thread is out of
// date, and orders still pending after their deadline.
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

// Orphans returns at most 100 approved orders, and orders in Placing, that no
// process works on. On a ledger that several processes share, due work looks for
// them by itself.
func (l *Ledger) Orphans(ctx context.Context) ([]order.ID, error) {
	found, err := orphanSearch(nil).find(ctx, l.db.read(), l.now())
	return found, l.db.wrap(err)
}

// startAdopters starts two searches, each with its own slots, so that messages
// that Slack refuses do not delay an order. stopSearching and wait end them.
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

// stopSearching ends the search.
func (a *adopter) stopSearching() { a.cancel() }

// wait waits until the running work has ended. When ctx ends, it cancels that
// work.
func (a *adopter) wait(ctx context.Context) error {
	defer a.cutOff()
	idle := make(chan struct{})
	go func() { // ends at the latest when the handlers notice the cancellation
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

// run searches until searching ends. The work on the orders that it finds ends
// with working.
func (a *adopter) run(searching, working context.Context) {
	for {
		// Random pauses, so that processes do not search at the same time.
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
			a.config.Log.WithError(err).Debug("the search for orders of dead processes failed; it will be repeated")
		}
		for _, id := range found {
			a.adopt(working, id)
		}
	}
}

// adopt works on an order, unless this process is already doing so or has no
// free slot. In that case the order will be found again.
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
			a.config.Log.WithField("order_id", id).WithError(err).Debug("the work on an order of a dead process is postponed")
		}
	})
}

var errHandlerPanic = errors.New("a handler of due work panicked")

// work runs the handler. As with other due work, a panic ends only this try, not
// the process.
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
