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

// A living process shows what is out of date and has no card owner, even after a
// panic. It does not need due work in River; none was recorded.
func TestAdopt_OverdueMessages(t *testing.T) {
	t.Parallel()
	onShared(t, func(t *testing.T, l *ledger.Ledger) {
		long := time.Now().Add(-time.Minute)
		later := time.Now().Add(time.Hour)
		for id, tune := range map[order.ID]func(*order.Order){
			"late":    func(o *order.Order) { o.Card.Version, o.Deadline = 1, long },
			"unshown": func(*order.Order) {},
			"waits":   func(o *order.Order) { o.Card.Version = 1 },
			"owned":   func(o *order.Order) { o.CardOwnerUntil = later },
		} {
			o := sample(id)
			o.Server.ID, o.CardOwnerUntil, o.Deadline = "srv-"+string(id), long, later
			tune(&o)
			create(t, l, o)
		}
		reconciled := make(calls, 100)
		var first sync.Once
		workWith(t, l, map[order.Work]ledger.Handler{
			order.WorkPlace:  func(context.Context, order.ID) error { return nil },
			order.WorkLookup: func(context.Context, order.ID) error { return nil },
			order.WorkReconcile: func(_ context.Context, id order.ID) error {
				reconciled <- id
				if id == "late" {
					first.Do(func() { panic("once") })
				}
				return nil
			},
		})
		seen := map[order.ID]int{}
		for seen["late"] < 2 || seen["unshown"] < 2 {
			seen[reconciled.wait(t)]++
		}
		if seen["waits"]+seen["owned"] > 0 {
			t.Errorf("reconciled %v, want only what is late and what is not shown", seen)
		}
	})
}

// While the work is being stopped, no order is adopted.
func TestAdopt_NothingWhileWorkStops(t *testing.T) {
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
		slow := withOwner(sample("slow"))
		slow.Server.ID = "srv-slow"
		create(t, l, slow, order.Due{Work: order.WorkReconcile, At: time.Now()})
		<-began
		searchesEnd := ledger.WaitForSearches(l)
		stopped := make(chan error, 1)
		go func() { stopped <- l.StopWork(context.WithoutCancel(t.Context())) }()
		// A search that is running when the work is stopped may still find the next
		// order.
		over := make(chan struct{})
		go func() {
			searchesEnd()
			close(over)
		}()
		select {
		case <-over:
		case <-time.After(time.Minute):
			t.Fatal("the search continues while River waits")
		}
		left := sample("left")
		left.Server.ID = "srv-left"
		step(t, l, create(t, l, left), order.Approved)
		select {
		case err := <-stopped:
			t.Fatalf("it did not wait for running work: %v", err)
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

// On a shared database, a living process places the orders of a dead one, but
// not before its ownership ends. No due work was recorded for them.
func TestAdopt_OrdersOfDeadProcess(t *testing.T) {
	t.Parallel()
	onShared(t, func(t *testing.T, l *ledger.Ledger) {
		until := time.Now().Add(500 * time.Millisecond)
		leavePlacing(t, l, until)
		approved := sample("b")
		approved.Server.ID = "srv-b"
		step(t, l, create(t, l, approved), order.Approved)
		placed := make(chan order.ID, 100)
		early := make(chan time.Time, 100)
		workWith(t, l, map[order.Work]ledger.Handler{
			order.WorkPlace: func(_ context.Context, id order.ID) error {
				if now := time.Now(); id == "a" && now.Before(until) {
					early <- now
				}
				placed <- id
				return nil
			},
			order.WorkReconcile: func(context.Context, order.ID) error { return nil },
			order.WorkLookup:    func(context.Context, order.ID) error { return nil },
		})
		seen := map[order.ID]bool{}
		for !seen["a"] || !seen["b"] {
			seen[calls(placed).wait(t)] = true
		}
		if len(early) > 0 {
			t.Errorf("adopted at %s, and it had an owner until %s", <-early, until)
		}
	})
}

// What a dead process owed is taken over soon: an order to place, a card, a
// receipt, and an order that has expired. An order in Placing is left to its
// owner until its time is over.
func TestAdopt_WhatADeadProcessOwes(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p1, p2 := process(t, url, "p1"), process(t, url, "p2")
	hour := time.Now().Add(time.Hour)
	owe := func(id order.ID, owner string, edit func(*order.Order), states ...order.State) {
		o := sample(id)
		o.Server.ID, o.Deadline = "srv-"+string(id), hour
		o.CardOwner, o.CardOwnerUntil = owner, hour
		if edit != nil {
			edit(&o)
		}
		o = create(t, p1, o)
		for _, s := range states {
			o.Owner, o.OwnerUntil, o.ChangedAt = owner, hour, time.Now()
			o = step(t, p1, o, s)
		}
	}
	owe("card", "p1", nil)
	owe("expired", "p1", func(o *order.Order) { o.Card.Version, o.Deadline = 1, time.Now() })
	owe("receipt", "p1", nil, order.Approved, order.Placing, order.Refused)
	owe("approved", "p1", nil, order.Approved)
	owe("placing", "p1", nil, order.Approved, order.Placing)
	owe("shown", "p1", func(o *order.Order) { o.Card.Version = 1 })
	owe("living", "p2", nil, order.Approved)
	owe("older", "older version", nil, order.Approved)
	placed, shown := make(calls, 1000), make(calls, 1000)
	workWith(t, p2, map[order.Work]ledger.Handler{
		order.WorkPlace:     func(_ context.Context, id order.ID) error { placed <- id; return nil },
		order.WorkReconcile: func(_ context.Context, id order.ID) error { shown <- id; return nil },
		order.WorkLookup:    func(context.Context, order.ID) error { return nil },
	})
	select {
	case id := <-placed:
		t.Fatalf("%s was adopted from a living process", id)
	case id := <-shown:
		t.Fatalf("%s was adopted from a living process", id)
	case <-time.After(7 * time.Second):
	}
	ledger.StopHeartbeat(p1)
	died := time.Now()
	got := map[order.ID]bool{}
	for _, id := range []order.ID{"card", "expired", "receipt", "approved"} {
		for !got[id] {
			got[shown.wait(t)] = true
		}
	}
	for id := order.ID(""); id != "approved"; id = placed.wait(t) {
		if id == "placing" || id == "living" || id == "older" {
			t.Errorf("%s was adopted", id)
		}
	}
	if took := time.Since(died); took > takenOverWithin {
		t.Errorf("adopted after %s, want at most %s", took, takenOverWithin)
	}
	if got["shown"] || got["living"] || got["older"] {
		t.Errorf("reconciled %v, want only what the dead process owed", got)
	}
}
