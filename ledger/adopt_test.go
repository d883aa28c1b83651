package ledger_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// What River holds for work that a living process does is not asked: nothing
// was recorded there.
func TestALivingProcessTendsWhatNobodyTendsAnyMore(t *testing.T) {
	t.Parallel()
	onShared(t, func(t *testing.T, l *ledger.Ledger) {
		long := time.Now().Add(-time.Minute)
		later := time.Now().Add(time.Hour)
		for id, tune := range map[order.ID]func(*order.Order){
			"late":    func(o *order.Order) { o.Card.Version, o.Deadline = 1, long },
			"unshown": func(*order.Order) {},
			"waits":   func(o *order.Order) { o.Card.Version = 1 },
			"tended":  func(o *order.Order) { o.CardOwnerUntil = later },
		} {
			o := sample(id)
			o.Server.ID, o.CardOwnerUntil, o.Deadline = "srv-"+string(id), long, later
			tune(&o)
			create(t, l, o)
		}
		tended := make(calls, 100)
		var first sync.Once
		workWith(t, l, map[order.Work]ledger.Handler{
			order.WorkPlace:  func(context.Context, order.ID) error { return nil },
			order.WorkLookup: func(context.Context, order.ID) error { return nil },
			order.WorkReconcile: func(_ context.Context, id order.ID) error {
				tended <- id
				if id == "late" {
					first.Do(func() { panic("once") })
				}
				return nil
			},
		})
		seen := map[order.ID]int{}
		for seen["late"] < 2 || seen["unshown"] < 2 {
			seen[tended.wait(t)]++
		}
		if seen["waits"]+seen["tended"] > 0 {
			t.Errorf("tended %v, want only what is late and what is not shown", seen)
		}
	})
}

// While River waits for what runs, nothing new is begun.
func TestNoOrderIsAdoptedWhileTheWorkStops(t *testing.T) {
	t.Parallel()
	onShared(t, func(t *testing.T, l *ledger.Ledger) {
		began, free := make(chan struct{}), make(chan struct{})
		var placed atomic.Int32
		nothing := func(context.Context, order.ID) error { return nil }
		workWith(t, l, map[order.Work]ledger.Handler{
			order.WorkPlace: func(context.Context, order.ID) error { placed.Add(1); return nil },
			order.WorkReconcile: func(_ context.Context, id order.ID) error {
				if id == "slow" {
					close(began)
					<-free
				}
				return nil
			},
			order.WorkLookup: nothing,
		})
		slow := inHand(sample("slow"))
		slow.Server.ID = "srv-slow"
		create(t, l, slow, order.Due{Work: order.WorkReconcile, At: time.Now()})
		<-began
		searchesEnd := ledger.WaitForSearches(l)
		stopped := make(chan error, 1)
		go func() { stopped <- l.StopWork(context.WithoutCancel(t.Context())) }()
		// A look that is on its way when the work is stopped may still find
		// what comes next.
		over := make(chan struct{})
		go func() {
			searchesEnd()
			close(over)
		}()
		select {
		case <-over:
		case <-time.After(time.Minute):
			t.Fatal("it goes on looking while River waits")
		}
		left := sample("left")
		left.Server.ID = "srv-left"
		step(t, l, create(t, l, left), order.Approved)
		select {
		case err := <-stopped:
			t.Fatalf("it did not wait for what runs: %v", err)
		case <-time.After(500 * time.Millisecond): // there is a search each 100 ms
		}
		close(free)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if n := placed.Load(); n != 0 {
			t.Errorf("%d orders were adopted", n)
		}
	})
}
