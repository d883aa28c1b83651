package order_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// unrecorded is an Observer that keeps the outcomes that are not in the ledger.
type unrecorded struct {
	mu    sync.Mutex
	lines []string
}

func (o *unrecorded) Unrecorded(of order.Order, known order.State, r *order.Receipt, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line := string(of.State) + ", known " + string(known)
	if r != nil {
		line += " " + r.OrderID
	}
	o.lines = append(o.lines, line+": "+string(order.CodeOf(err)))
}

func (*unrecorded) Transitioned(order.Order, order.Entry)                      {}
func (*unrecorded) Attempted(order.Order, order.Verdict, time.Duration, error) {}
func (*unrecorded) LookedUp(order.Order, order.Match, error)                   {}
func (*unrecorded) Unverified(order.Order, error)                              {}

func (o *unrecorded) want(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(want, o.lines); diff != "" {
		t.Errorf("unrecorded: %s", diff)
	}
}

// observedDesk returns a Desk with an observer of unrecorded outcomes.
func observedDesk(t *testing.T) (*desk, *unrecorded) {
	t.Helper()
	observer := &unrecorded{}
	return newDesk(t, func(c *order.Config) { c.Observer = observer }), observer
}

// awayUntil makes the ledger refuse outcomes other than Unknown until then.
func (d *desk) awayUntil(until time.Time) {
	d.ledger.Before = func(e order.Entry) error {
		if e.From == order.Placing && e.To != order.Unknown && time.Now().Before(until) {
			return &order.Error{Code: order.CodeUnavailable}
		}
		return nil
	}
}

// A receipt survives an outage of the ledger that lasts longer than its process
// owns the order.
func TestRecord_LedgerAwayLongerThanOwner(t *testing.T) {
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d, observer := observedDesk(t)
			o := d.request()
			d.confirm(o.ID)
			d.awayUntil(time.Now().Add(5 * time.Minute))
			var wg sync.WaitGroup
			if lost {
				wg.Go(func() { // another process makes it Unknown
					pass(time.Minute)
					if err := d.process("p2").Place(t.Context(), o.ID); err != nil {
						t.Error(err)
					}
					if got, err := d.ledger.Order(t.Context(), o.ID); err != nil || got.State != order.Unknown {
						t.Errorf("order is %s, error %v", got.State, err)
					}
				})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := d.Place(ctx, o.ID); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			if got := d.wantState(o.ID, order.Placed); got.Receipt == nil || got.Receipt.OrderID != "h-1" {
				t.Errorf("receipt %+v", got.Receipt)
			}
			observer.want(t)
		})
	}
}

// A receipt that cannot be stored is reported to the observer.
func TestRecord_ReceiptNeverStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, observer := observedDesk(t)
		o := d.request()
		d.confirm(o.ID)
		began := time.Now()
		d.awayUntil(began.Add(24 * time.Hour))
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		if took := time.Since(began); took < 9*time.Minute || took > 10*time.Minute {
			t.Errorf("it was given up after %s", took)
		}
		observer.want(t, "placing, known placed h-1: unavailable")
	})
}

// A program that stops while the ledger is away does not leave an attempt behind that waits
// for it: what is known of the outcome is reported to the observer at once.
func TestRecord_StopEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, observer := observedDesk(t)
		o := d.request()
		d.confirm(o.ID)
		d.awayUntil(time.Now().Add(24 * time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- d.Place(ctx, o.ID) }()
		pass(30 * time.Second)
		cancel() // does not end it: the order was sent
		pass(time.Second)
		observer.want(t)
		began := time.Now()
		d.Stop()
		d.Stop()
		wantCode(t, <-ended, order.CodeUnavailable)
		if took := time.Since(began); took > 0 {
			t.Errorf("it ended after %s", took)
		}
		observer.want(t, "placing, known placed h-1: unavailable")
	})
}

// A jump of the clock while the ledger is away does not end the tries to record, and
// a jump during the call does not change how long it took.
func TestRecord_ClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			d, observer := observedDesk(t)
			o := d.request()
			d.confirm(o.ID)
			var ahead time.Duration
			d.awayUntil(time.Now().Add(20 * time.Second))
			away := d.ledger.Before
			d.ledger.Before = func(e order.Entry) error {
				err := away(e)
				if err != nil {
					ahead = 2 * jump
				}
				return err
			}
			jumping := d.process("p1", func(c *order.Config) {
				c.Observer = observer
				c.Now = func() time.Time { return time.Now().Round(0).Add(ahead) } // the monotonic reading would hide the jump
			})
			d.host.answer = func(context.Context, int) error {
				pass(2 * time.Second)
				ahead = jump
				return nil
			}
			if err := jumping.Place(t.Context(), o.ID); err != nil {
				t.Error(err)
			}
			if got := d.wantState(o.ID, order.Placed); got.Receipt.Took != 2*time.Second {
				t.Errorf("the call took %s", got.Receipt.Took)
			}
			observer.want(t)
		})
	}
}

// An outcome that contradicts the order's settlement is reported to the
// observer.
func TestRecord_ContradictsSettlement(t *testing.T) {
	no := &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no"}
	neverSent := &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
	for name, c := range map[string]struct {
		settled  order.Settlement
		verdict  error
		reported []string
	}{
		"done, settled as not placed":       {order.Settlement{}, nil, []string{"not_placed, known placed h-1: conflict"}},
		"done, settled with another id":     {order.Settlement{Placed: true, HostID: "h-9"}, nil, []string{"placed, known placed h-1: conflict"}},
		"done, settled without an id":       {order.Settlement{Placed: true}, nil, []string{"placed, known placed h-1: conflict"}},
		"done, settled with its id":         {order.Settlement{Placed: true, HostID: "h-1"}, nil, nil},
		"refused, settled as placed":        {order.Settlement{Placed: true, HostID: "h-9"}, no, []string{"placed, known refused: conflict"}},
		"refused, settled as not placed":    {order.Settlement{}, no, nil},
		"never sent, settled as placed":     {order.Settlement{Placed: true}, neverSent, []string{"placed, known refused: conflict"}},
		"never sent, settled as not placed": {order.Settlement{}, neverSent, nil},
		"lost, settled as placed":           {order.Settlement{Placed: true}, errors.New("lost"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, observer := observedDesk(t)
				o := d.request()
				d.confirm(o.ID)
				d.host.answer = func(context.Context, int) error {
					pass(25 * time.Second)
					other := d.process("p2", clockAhead(time.Hour)) // its clock is ahead, or this process was frozen
					f := c.settled
					f.ID, f.Who, f.Why = o.ID, "ops", "looked"
					if err := other.Place(t.Context(), o.ID); err != nil {
						t.Error(err)
					}
					if _, err := other.Settle(t.Context(), f); err != nil {
						t.Error(err)
					}
					return c.verdict
				}
				if err := d.Place(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
				observer.want(t, c.reported...)
			})
		})
	}
}

// If an order is settled at the same moment as its outcome is recorded, a
// contradiction is reported.
func TestRecord_SettledDuringCorrection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, observer := observedDesk(t)
		o := d.request()
		d.confirm(o.ID)
		other := d.process("p2", clockAhead(time.Hour))
		d.host.answer = func(context.Context, int) error { return other.Place(t.Context(), o.ID) }
		d.ledger.Before = func(e order.Entry) error {
			if e.From == order.Unknown && e.To == order.Placed {
				if _, err := other.Settle(t.Context(), order.Settlement{ID: o.ID, Who: "ops", Why: "looked"}); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		if err := d.Place(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		d.wantState(o.ID, order.NotPlaced)
		observer.want(t, "not_placed, known placed h-1: conflict")
	})
}

// The outcome of an attempt that was never sent does not settle a later attempt.
func TestRecord_NeverSentThenLaterAttempt(t *testing.T) {
	for want, answer := range map[order.State]error{order.Unknown: errors.New("lost"), order.Placed: nil} {
		synctest.Test(t, func(t *testing.T) {
			d, observer := observedDesk(t)
			o := d.request()
			d.confirm(o.ID)
			d.host.answer = func(_ context.Context, n int) error {
				if n == 1 {
					return &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
				}
				return answer
			}
			d.ledger.LoseAnswer = func(e order.Entry) error {
				if e.From != order.Placing || e.To != order.Approved {
					return nil
				}
				other := d.process("p2", clockAhead(10*time.Second)) // continues before this process records that it may
				if err := other.Place(t.Context(), o.ID); err != nil {
					t.Error(err)
				}
				return &order.Error{Code: order.CodeUnavailable}
			}
			if err := d.Place(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			d.wantState(o.ID, want)
			observer.want(t)
		})
	}
}
