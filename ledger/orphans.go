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

// orphans looks for orders that no process works on any more, and gives them to
// this one. River would do so too, but in its own time: its schedule hangs on
// one process that leads, and work that a process had begun when it died comes
// back only when it can be sure that nobody is at it (rescueAfter).
type orphans struct {
	engine *pgEngine
	search search
	cancel context.CancelFunc // ends the search
	cutOff context.CancelFunc // ends what was found and is worked on
	done   sync.WaitGroup
	slots  chan struct{} // one for each order that is looked after at once

	mu   sync.Mutex
	busy map[order.ID]bool
}

// search is which orders are looked for, and what is done for them.
type search struct {
	query  string
	args   func(now time.Time) []any
	handle Handler
}

var errHandlerPanic = errors.New("a handler of due work panicked")

const (
	orphansEvery = 2 * time.Second
	// approvedGrace is how long an approved order is left to the process that
	// took the click, and to the due work behind that.
	approvedGrace = order.ReconcileGrace + 5*time.Second
	// tendedGrace is how long an order whose card or thread is behind is left
	// to due work after nobody tends it any more. Each try begins by tending
	// it anew, so one that fails is tried here too, but not often.
	reconcileGrace = 10 * time.Second
)

// The index orders_holder serves it: its condition is spelled out.
const selectOrphans = "SELECT id FROM orders WHERE state IN ('approved', 'placing', 'unknown')" +
	" AND ((state = 'placing' AND owner_until < $1) OR (state = 'approved' AND retry_at < $1 AND changed_at < $2))" +
	" ORDER BY changed_at LIMIT 100"

// unplaced finds approved orders and orders on their way.
func approvedOrphans(place Handler) search {
	return search{selectOrphans, func(now time.Time) []any {
		return []any{micros(now), micros(now.Add(-approvedGrace))}
	}, place}
}

// The index orders_open serves it: its condition is spelled out.
const selectOverdue = "SELECT id FROM orders WHERE (state IN ('pending', 'approved', 'placing')" +
	" OR card_version < version" +
	" OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version))" +
	" AND tend_until < $1 AND ((state = 'pending' AND deadline < $1) OR card_version < version" +
	" OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version))" +
	" ORDER BY tend_until LIMIT 100"

// untended finds orders whose card or thread is behind, and those that wait for
// a decision although their time is over.
func overdueMessages(tend Handler) search {
	return search{selectOverdue, func(now time.Time) []any {
		return []any{micros(now.Add(-reconcileGrace))}
	}, tend}
}

// watchOrphans begins to look; halt and wait end it.
func watchOrphans(ctx context.Context, e *pgEngine, s search) *orphans {
	working, cutOff := context.WithCancel(ctx)
	watching, cancel := context.WithCancel(working)
	o := &orphans{
		engine: e, search: s, cancel: cancel, cutOff: cutOff,
		slots: make(chan struct{}, e.config.Workers), busy: map[order.ID]bool{},
	}
	o.done.Go(func() { o.watch(watching, working) })
	return o
}

// halt looks for no more.
func (o *orphans) halt() { o.cancel() }

// wait waits for what runs, until ctx ends. Then it cuts that off.
func (o *orphans) wait(ctx context.Context) error {
	defer o.cutOff()
	idle := make(chan struct{})
	go func() {
		o.done.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watch looks until watching ends. What it finds is worked on until working does.
func (o *orphans) watch(watching, working context.Context) {
	for {
		// Several processes need not look at the same time.
		pause := orphansEvery/2 + rand.N(orphansEvery/2)
		select {
		case <-watching.Done():
			return
		case <-time.After(pause):
		}
		found, err := o.find(watching)
		if err != nil && watching.Err() == nil {
			o.engine.config.Log.WithError(err).Debug("orders without a living process cannot be looked for now")
		}
		for _, id := range found {
			o.adopt(working, id)
		}
	}
}

func (o *orphans) find(ctx context.Context) ([]order.ID, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.engine.config.WriteWait, errPGSlow)
	defer cancel()
	return o.search.find(ctx, o.engine.read(), o.engine.config.Now())
}

func (s search) find(ctx context.Context, tx tx, now time.Time) (found []order.ID, err error) {
	err = forEachRow(ctx, tx, s.query, func(row rows) error {
		var id order.ID
		err := row.Scan(&id)
		found = append(found, id)
		return err
	}, s.args(now)...)
	return found, err
}

// Orphans gives approved orders and orders on their way that no process works on
// any more, at most 100. A ledger that several processes share looks for them by
// itself while it works.
func (l *Ledger) Orphans(ctx context.Context) ([]order.ID, error) {
	found, err := approvedOrphans(nil).find(ctx, l.db.read(), l.now())
	return found, l.db.wrap(err)
}

// adopt looks after an order, unless this process is at it already or has no
// slot for it: it will be found again.
func (o *orphans) adopt(ctx context.Context, id order.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[id] {
		return
	}
	select {
	case o.slots <- struct{}{}:
	default:
		return
	}
	o.busy[id] = true
	o.done.Go(func() {
		defer o.letGo(id)
		if err := o.handle(ctx, id); err != nil {
			o.engine.config.Log.WithField("order_id", id).WithError(err).Debug("an order of a dead process waits")
		}
	})
}

// handle runs the handler. A panic costs this try and not the process, as with
// other due work.
func (o *orphans) handle(ctx context.Context, id order.ID) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errHandlerPanic
			o.engine.config.Log.WithField("order_id", id).Errorf("panic in due work: %T\n%s", r, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	return o.search.handle(ctx, id)
}

func (o *orphans) letGo(id order.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, id)
	<-o.slots
}
