package order_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// unclear lets the ledger make the next attempt and not say so.
func (d *desk) unclear() {
	d.ledger.lose = func(e order.Entry) error {
		if e.To != order.Placing {
			return nil
		}
		d.ledger.lose = nil
		return &order.Error{Code: order.CodeUnavailable}
	}
}

func TestAnAttemptThatTheLedgerDidNotConfirmIsMadeAgain(t *testing.T) {
	for name, wait := range map[string]time.Duration{"at once": 0, "after the lease": 70 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.request()
				d.confirm(o.ID)
				d.unclear()
				wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
				left := d.wantState(o.ID, order.Placing)
				if at := wantLater(t, d.process("p2").Place(t.Context(), o.ID)); !at.Equal(left.OwnerUntil) {
					t.Errorf("another process goes on at %s, want %s", at, left.OwnerUntil)
				}
				pass(wait)
				at := wantLater(t, d.Place(t.Context(), o.ID))
				d.wantState(o.ID, order.Approved)
				pass(time.Until(at))
				if err := d.Place(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
				d.wantState(o.ID, order.Placed)
				if d.host.count() != 1 {
					t.Errorf("%d sent", d.host.count())
				}
			})
		})
	}
}

func TestAnAttemptThatWasSentIsNotTakenForOneBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		away := func(e order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		d.ledger.before = away
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.wantState(o.ID, order.Approved)

		d.ledger.before = nil
		d.host.answer = func(context.Context, int) error { d.ledger.before = away; return nil }
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.wantState(o.ID, order.Placing)

		d.ledger.before = nil
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

func TestWhatWasLostByAnotherProcessIsNotTakenForUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		d.ledger.before = func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.ledger.before = nil
		d.host.answer = func(context.Context, int) error { panic("the process dies") }
		func() {
			defer func() { _ = recover() }()
			_ = d.process("p2").Place(t.Context(), o.ID)
		}()
		left := d.wantState(o.ID, order.Placing)
		if at := wantLater(t, d.Place(t.Context(), o.ID)); !at.Equal(left.OwnerUntil) {
			t.Errorf("it goes on at %s, want %s", at, left.OwnerUntil)
		}
		pass(time.Until(left.OwnerUntil))
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
	})
}

func TestAnOldViewOfAnOrderIsNotActedUponAfterItWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		slow := make(chan struct{})
		d.ledger.read = sync.OnceFunc(func() { <-slow })
		var wg sync.WaitGroup
		wg.Go(func() { _ = d.Place(t.Context(), o.ID) }) // has read that it is approved, and stands still
		synctest.Wait()
		d.ledger.read = nil
		away := func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		d.host.answer = func(context.Context, int) error { d.ledger.before = away; return nil }
		_ = d.Place(t.Context(), o.ID) // sends, and cannot record it
		d.ledger.before = away
		close(slow)
		wg.Wait()

		d.ledger.before, d.host.answer = nil, nil
		for range 5 {
			_ = d.Place(t.Context(), o.ID)
			pass(time.Minute)
		}
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
		got, err := d.ledger.Order(t.Context(), o.ID)
		if err != nil || got.State != order.Placed && got.State != order.Unknown {
			t.Errorf("it was sent and is %s (%s), error %v", got.State, got.Reason, err)
		}
	})
}
