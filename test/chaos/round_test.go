//go:build chaos

package chaos

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// trafficRound lets people use the bot while disturb does something to the
// program. Then it waits until all orders of the round are settled, checks them
// against the promises, and returns them.
func (w *world) trafficRound(
	t *testing.T, number int, seed uint64,
	waitUntilSettled func(t *testing.T, since time.Time), disturb func(ctx context.Context),
) []observedOrder {
	t.Helper()
	w.beginRound(t)
	began, from := time.Now(), 0
	w.locked(func() { from = w.hours + 1 })
	if err := w.raceForLimits(w.ctx); err != nil {
		t.Fatalf("change the limits: %v", err)
	}
	ctx, stop := context.WithCancel(w.ctx)
	ended := make(chan struct{})
	w.goroutines.Go(func() {
		defer close(ended)
		w.traffic(ctx, seed)
	})
	w.goroutines.Go(func() {
		if err := w.tighten(ctx, rand.New(rand.NewPCG(seed, tightening))); err != nil {
			t.Errorf("change the policy: %v", err)
		}
	})
	raised := make(chan struct{})
	w.goroutines.Go(func() {
		defer close(raised)
		if err := w.raiseLimits(ctx); err != nil {
			t.Errorf("change the limits: %v", err)
		}
	})
	disturb(ctx)
	stop()
	<-ended
	<-raised
	w.endTrouble()
	waitUntilSettled(t, began)
	orders, wrong := w.inspect(t, began, from)
	for slices.ContainsFunc(orders, w.unsettled) {
		waitUntilSettled(t, began)
		orders, wrong = w.inspect(t, began, from)
	}
	for _, what := range wrong {
		t.Errorf("round %d: %s", number, what)
	}
	return orders
}

// unsettled reports whether an order is not settled. An order may be recorded
// after all others were settled, when Slack no longer waits for the ack of its
// request.
func (w *world) unsettled(l observedOrder) bool {
	return !settled(l.Order) || w.shown.isOpen(l.Card.Ref)
}
