package order_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// process is one process of a world: a Desk with its own connections to the
// ledger and to the host.
type process struct {
	*order.Desk

	w      *world
	dead   atomic.Bool
	cutOff atomic.Int64 // it cannot reach the ledger before this Unix time in seconds
	lists  []time.Time  // when it requested complete lists

	known   *order.HostOrderList // the newest list that was read for a reminder
	knownAt time.Time
}

func (w *world) spawn() {
	w.started++
	p := &process{w: w}
	c := connection{w.ledger, p}
	p.Desk = order.NewDesk(order.Config{
		Ledger: c, Policy: w.people.policy, Prices: w.people.prices, Host: p, ProcessID: fmt.Sprintf("p%d", w.started),
		ConfirmTTL: 15 * time.Minute, ApproveTTL: 40 * time.Minute, MaxHours: 100_000, HostTimeout: 30 * time.Second,
		HostOrders: p, Baselines: c, Leases: c, KnownList: p.knownList, Jitter: func() float64 { return 0 },
		NewID: func(time.Time) order.ID { return order.ID(fmt.Sprintf("order-%02d", len(w.ids)+1)) }, // rapid repeats what failed
	})
	w.alive = append(w.alive, p)
}

// run runs f in the process until f ends or the process dies.
func (p *process) run(f func()) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		p.dead.Store(true)
		if _, died := r.(death); !died {
			p.w.panics = append(p.w.panics, r)
		}
	}()
	f()
}

// stepEnded replaces the processes that died in a step. Their paused calls end.
func (w *world) stepEnded() {
	w.die.set("")
	for _, p := range slices.Clone(w.alive) {
		if p.dead.Load() {
			w.alive = slices.DeleteFunc(w.alive, func(other *process) bool { return other == p })
			w.spawn()
		}
	}
	for _, c := range slices.Clone(w.paused) {
		if c.p.dead.Load() {
			w.resume(c)
		}
	}
}

// killAll ends all processes and their calls.
func (w *world) killAll() {
	for _, p := range w.alive {
		p.dead.Store(true)
	}
	for len(w.paused) > 0 {
		w.resume(w.paused[0])
	}
}

// pausedCall is a call of Place that is paused until continues is closed.
type pausedCall struct {
	p         *process
	continues chan struct{}
}

// place calls Place in its own goroutine, and returns when that has ended, is
// paused, or waits for the ledger.
func (w *world) place(p *process, id order.ID) {
	go p.run(func() { _ = p.Place(context.Background(), id) }) // ends when it is resumed or killed; the bubble waits for it
	synctest.Wait()
}

// pause pauses the caller, like a process that is frozen or a host that is slow,
// if that was drawn. Other steps happen meanwhile.
func (p *process) pause() {
	if p.w.pauses {
		c := &pausedCall{p: p, continues: make(chan struct{})}
		p.w.paused = append(p.w.paused, c)
		<-c.continues
	}
	if p.dead.Load() {
		panic(death{})
	}
}

// resume lets a paused call continue, and returns when it has ended, is paused
// again, or waits for the ledger.
func (w *world) resume(c *pausedCall) {
	w.paused = slices.DeleteFunc(w.paused, func(other *pausedCall) bool { return other == c })
	close(c.continues)
	synctest.Wait()
}

// processSteps returns what happens to processes and their calls of Place.
func (w *world) processSteps() map[string]func(*rapid.T) {
	place := func(t *rapid.T) {
		id := w.anOrder(t, order.Approved, order.Placing)
		w.draw(t)
		w.pauses = rapid.Bool().Draw(t, "paused")
		w.place(w.aProcess(t), id)
		w.stepEnded()
	}
	resume := func(t *rapid.T) {
		if len(w.paused) == 0 {
			t.Skip("no call is paused")
		}
		c := w.paused[rapid.IntRange(0, len(w.paused)-1).Draw(t, "call")]
		w.draw(t)
		w.pauses = rapid.Bool().Draw(t, "paused")
		w.resume(c)
		w.stepEnded()
	}
	return map[string]func(*rapid.T){
		"place": place, "resume": resume,
		"kill, or lose the ledger": func(t *rapid.T) {
			p := w.aProcess(t)
			switch {
			case rarely(t, 5, "killed"):
				p.dead.Store(true)
			case rarely(t, 5, "cut off"):
				p.cutOff.Store(time.Now().Unix() + int64(rapid.IntRange(1, 700).Draw(t, "seconds")))
			}
			w.stepEnded()
		},
	}
}

// connection is a process's connection to the ledger.
type connection struct {
	*ordertest.Ledger

	p *process
}

// use fails while the process cannot reach the ledger. It does not return if the
// process is dead.
func (c connection) use() error {
	if c.p.dead.Load() {
		panic(death{})
	}
	if time.Now().Unix() < c.p.cutOff.Load() {
		return &order.Error{Code: order.CodeUnavailable}
	}
	return nil
}

func (c connection) Order(ctx context.Context, id order.ID) (order.Order, error) {
	if err := c.use(); err != nil {
		return order.Order{}, err
	}
	return c.Ledger.Order(ctx, id)
}

func (c connection) Verified(ctx context.Context, id order.ID) (order.Order, error) {
	if err := c.use(); err != nil {
		return order.Order{}, err
	}
	return c.Ledger.Verified(ctx, id)
}

func (c connection) Approve(ctx context.Context, next order.Order, e order.Entry, limits []order.Limit, due ...order.Due) (order.Order, error) {
	if err := c.use(); err != nil {
		return next, err
	}
	return c.Ledger.Approve(ctx, next, e, limits, due...)
}

func (c connection) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := c.use(); err != nil {
		return next, err
	}
	return c.Ledger.Change(ctx, next, e, due...)
}

func (c connection) Baseline(ctx context.Context, id order.ID) (order.Baseline, error) {
	if err := c.use(); err != nil {
		return order.Baseline{}, err
	}
	return c.Ledger.Baseline(ctx, id)
}
