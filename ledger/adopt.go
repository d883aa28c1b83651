package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"extendbot/ledger/duework"
	"extendbot/ledger/postgres"
	"extendbot/order"
)

// adopter finds orders whose process died, and works on them. River's due work is
// later: it waits until the process that changed an order has had time to show it
// (order.ReconcileGrace).
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
	// received the click, if it lives, and to its due work.
	approvedGrace = order.ReconcileGrace + 5*time.Second
	// ownerlessGrace is how long an order is left to due work after its card owner,
	// which lives, had the time to show it. Each try begins by claiming the card, so
	// an order whose try failed is tried again here too, but not often.
	ownerlessGrace = 10 * time.Second
)

// The index orders_holder serves this query: its condition is repeated here.
func selectOrphans(db writer) string {
	return "SELECT id FROM orders WHERE " + whereHolds +
		" AND ((state = 'placing' AND owner_until < $1) OR (state = 'approved' AND retry_at < $1" +
		" AND (changed_at < $2 OR " + db.isDead("owner", "$3") + "))) ORDER BY changed_at LIMIT 100"
}

// orphanSearch finds approved orders, and orders in Placing, that no process
// works on. An order in Placing is left to its owner until its time is over, even
// if the owner seems to be dead: its call may be on the way.
func orphanSearch(db writer, self string, place Handler) search {
	return search{selectOrphans(db), func(now time.Time) []any {
		return []any{micros(now), micros(now.Add(-approvedGrace)), self}
	}, place}
}

// The index orders_open serves this query: its condition is repeated here.
func selectOverdue(db writer) string {
	const overdue = "((state = 'pending' AND deadline < %s) OR card_version < version OR " + owesThreadMessage + ")"
	return "SELECT id FROM orders WHERE (" + isOpen + ")" +
		" AND ((tend_until < $2 AND " + fmt.Sprintf(overdue, "$2") + ")" +
		" OR (" + db.isDead("tender", "$3") + " AND " + fmt.Sprintf(overdue, "$1") + ")) ORDER BY tend_until LIMIT 100"
}

// overdueSearch finds orders without a living card owner whose card or thread is
// out of date, and orders still pending after their deadline.
func overdueSearch(db writer, self string, reconcile Handler) search {
	return search{selectOverdue(db), func(now time.Time) []any {
		return []any{micros(now), micros(now.Add(-ownerlessGrace)), self}
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
	found, err := orphanSearch(l.db, l.config.ProcessID, nil).find(ctx, l.db.read(), l.now())
	return found, l.db.wrap(err)
}

// startAdopters starts two searches, each with its own slots, so that messages
// that Slack refuses do not delay an order. stopSearching and wait end them.
func startAdopters(ctx context.Context, c Config, db engine, handle map[order.Work]Handler) []*adopter {
	var all []*adopter
	for _, s := range []search{
		orphanSearch(db, c.ProcessID, handle[order.WorkPlace]), overdueSearch(db, c.ProcessID, handle[order.WorkReconcile]),
	} {
		working, cutOff := context.WithCancel(ctx)
		searching, cancel := context.WithCancel(working)
		a := &adopter{search: s, config: c, db: db.read(), slots: make(chan struct{}, c.Workers), cancel: cancel, cutOff: cutOff}
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
	a.config.searchOften(searching, func(ctx context.Context) error {
		found, err := a.find(ctx, a.db, a.config.Now())
		for _, id := range found {
			a.adopt(working, id)
		}
		return err
	})
}

// searchOften calls search until ctx ends, with random pauses, so that processes
// do not search at the same time.
func (c Config) searchOften(ctx context.Context, search func(ctx context.Context) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.searchEvery/2 + rand.N(c.searchEvery/2)):
		}
		limited, cancel := context.WithTimeoutCause(ctx, c.WriteWait, postgres.ErrSlow)
		err := search(limited)
		cancel()
		if err != nil && ctx.Err() == nil {
			c.Log.WithError(err).Debug("the search for what dead processes left failed; it will be repeated")
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
	ctx, cancel := context.WithTimeout(ctx, duework.Timeout)
	defer cancel()
	return a.handle(ctx, id)
}

// resumer makes River's jobs available that would otherwise wait: those that a
// process had begun when it died, which River repeats only when no process can
// still be doing them (rescueAfter), and those whose time has come, which wait
// for River's leader. If that died, there is another one after 20 seconds.
type resumer struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// River's jobs have no other process than the one that began them last.
const resumeJobs = "UPDATE river_job SET state = 'available' WHERE id IN (SELECT id FROM river_job" +
	" WHERE state IN ('scheduled', 'retryable') AND scheduled_at < now()" +
	" OR state = 'running' AND attempted_by[cardinality(attempted_by)] IN (%s)" +
	" ORDER BY scheduled_at LIMIT 1000 FOR UPDATE SKIP LOCKED)"

func startResumer(ctx context.Context, c Config, e *pgEngine) *resumer {
	ctx, cancel := context.WithCancel(ctx)
	r := &resumer{cancel: cancel}
	query := fmt.Sprintf(resumeJobs, fmt.Sprintf(postgres.SelectDead, "$1"))
	r.done.Go(func() {
		c.searchOften(ctx, func(ctx context.Context) error {
			_, err := e.pool.Exec(ctx, query, c.ProcessID)
			return err
		})
	})
	return r
}

// stop ends the search and waits until it has ended.
func (r *resumer) stop() {
	r.cancel()
	r.done.Wait()
}
