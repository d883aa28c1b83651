package order_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// loseCommit makes the ledger commit the next attempt without confirming it.
func (d *desk) loseCommit() {
	d.ledger.LoseAnswer = func(e order.Entry) error {
		if e.To != order.Placing {
			return nil
		}
		d.ledger.LoseAnswer = nil
		return &order.Error{Code: order.CodeUnavailable}
	}
}

// An attempt that the ledger did not confirm is repeated and sent once; it does
// not become unknown.
func TestPlace_UnconfirmedAttemptIsRepeated(t *testing.T) {
	for name, outage := range map[string]time.Duration{"at once": 0, "after the owner's time": 70 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.request()
				d.confirm(o.ID)
				d.loseCommit()
				back := time.Now().Add(outage)
				d.ledger.Before = func(e order.Entry) error {
					if e.From != order.Placing || !time.Now().Before(back) {
						return nil
					}
					left := d.wantState(o.ID, order.Placing)
					if time.Now().Before(left.OwnerUntil) {
						if at := wantLater(t, d.process("p2").Place(t.Context(), o.ID)); !at.Equal(left.OwnerUntil) {
							t.Errorf("another process continues at %s, want %s", at, left.OwnerUntil)
						}
					}
					return &order.Error{Code: order.CodeUnavailable}
				}
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

// An attempt that was sent is not confused with an earlier one that was not.
func TestPlace_SentAfterUnconfirmedAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		away := func(e order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		d.ledger.Before = away
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.wantState(o.ID, order.Approved)

		d.ledger.Before = nil
		d.host.answer = func(context.Context, int) error { d.ledger.Before = away; return nil }
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.wantState(o.ID, order.Placing)

		d.ledger.Before = nil
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

// An attempt that another process lost is not confused with an unconfirmed one
// of this process.
func TestPlace_UnconfirmedThenOtherDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		d.ledger.Before = func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.ledger.Before = nil
		d.host.answer = func(context.Context, int) error { panic("the process dies") }
		func() {
			defer func() { _ = recover() }()
			_ = d.process("p2").Place(t.Context(), o.ID)
		}()
		left := d.wantState(o.ID, order.Placing)
		if at := wantLater(t, d.Place(t.Context(), o.ID)); !at.Equal(left.OwnerUntil) {
			t.Errorf("it continues at %s, want %s", at, left.OwnerUntil)
		}
		pass(time.Until(left.OwnerUntil))
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Unknown)
	})
}

// An attempt of this process that was not committed is not confused with the one
// that another process commits instead and sends.
func TestPlace_UnconfirmedWhileOtherSends(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		looks  time.Duration // when this process reaches the ledger again
		want   order.State
	}{
		"while it sends":          {nil, time.Second, order.Placed},
		"when it is placed":       {nil, 10 * time.Second, order.Placed},
		"when its answer is lost": {errors.New("lost"), 10 * time.Second, order.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, observer := observedDesk(t)
				o := d.request()
				d.confirm(o.ID)
				d.host.answer = func(context.Context, int) error { pass(5 * time.Second); return c.answer }
				var other sync.WaitGroup
				d.ledger.Before = func(order.Entry) error {
					d.ledger.Before = nil
					other.Go(func() { _ = d.process("p2").Place(t.Context(), o.ID) })
					pass(c.looks)
					return &order.Error{Code: order.CodeUnavailable}
				}
				for range 5 {
					_ = d.Place(t.Context(), o.ID)
					pass(5 * time.Second)
				}
				other.Wait()
				d.wantState(o.ID, c.want)
				if d.host.count() != 1 {
					t.Errorf("%d sent", d.host.count())
				}
				observer.want(t)
			})
		})
	}
}

// A process that read the order before it was sent does not send it again.
func TestPlace_OldReadingAfterSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.request()
		d.confirm(o.ID)
		slow := make(chan struct{})
		d.ledger.AfterRead = sync.OnceFunc(func() { <-slow })
		var wg sync.WaitGroup
		wg.Go(func() { _ = d.Place(t.Context(), o.ID) }) // reads that it is approved, and is paused
		synctest.Wait()
		d.ledger.AfterRead = nil
		away := func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		d.host.answer = func(context.Context, int) error { d.ledger.Before = away; return nil }
		_ = d.Place(t.Context(), o.ID) // sends it, but cannot record that
		d.ledger.Before = away
		close(slow)
		wg.Wait()

		d.ledger.Before, d.host.answer = nil, nil
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

// An attempt that was not committed is repeated, and nothing is reported.
func TestPlace_AttemptNotCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, observer := observedDesk(t)
		o := d.request()
		d.confirm(o.ID)
		failed := false
		d.ledger.Before = func(e order.Entry) error {
			if e.To != order.Placing || failed {
				return nil
			}
			failed = true
			return &order.Error{Code: order.CodeUnavailable}
		}
		pass(time.Until(wantLater(t, d.Place(t.Context(), o.ID))))
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.Placed)
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
		observer.want(t)
	})
}

// While the ledger is unavailable, an unsent attempt ends when its caller is
// stopped, and nothing is reported.
func TestPlace_UnconfirmedEndsWithStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, observer := observedDesk(t)
		o := d.request()
		d.confirm(o.ID)
		d.ledger.Before = func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(5*time.Second, cancel).Stop()
		began := time.Now()
		wantCode(t, d.Place(ctx, o.ID), order.CodeUnavailable)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it ended after %s", took)
		}
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		observer.want(t)
		d.wantState(o.ID, order.Approved)
	})
}

// An unsent attempt does not become unknown because the time of its caller ends
// before the ledger is available again.
func TestPlace_UnconfirmedOutlivesDeadline(t *testing.T) {
	for _, outage := range []time.Duration{30 * time.Second, 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			d, observer := observedDesk(t)
			o := d.request()
			d.confirm(o.ID)
			d.loseCommit()
			back := time.Now().Add(outage)
			d.ledger.Before = func(e order.Entry) error {
				if e.From == order.Placing && time.Now().Before(back) {
					return &order.Error{Code: order.CodeUnavailable}
				}
				return nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			err := d.Place(ctx, o.ID)
			if outage < order.PlaceWindow {
				wantLater(t, err)
				d.wantState(o.ID, order.Approved)
			} else {
				d.wantState(o.ID, order.Refused)
			}
			if d.host.count() != 0 {
				t.Errorf("%d sent", d.host.count())
			}
			observer.want(t)
		})
	}
}
