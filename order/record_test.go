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

// told keeps what an Observer hears of verdicts that are not in the ledger.
type told struct {
	order.Observer
	mu         sync.Mutex
	unrecorded []string
}

func (o *told) Unrecorded(of order.Order, known order.State, r *order.Receipt, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line := string(of.State) + ", known " + string(known)
	if r != nil {
		line += " " + r.OrderID
	}
	o.unrecorded = append(o.unrecorded, line+": "+string(order.CodeOf(err)))
}

func (d *desk) listen() *told {
	heard := &told{Observer: d.Observer}
	d.Observer = heard
	return heard
}

func (d *desk) wantTold(heard *told, want ...string) {
	d.t.Helper()
	heard.mu.Lock()
	defer heard.mu.Unlock()
	if diff := cmp.Diff(want, heard.unrecorded); diff != "" {
		d.t.Errorf("unrecorded: %s", diff)
	}
}

// awayUntil lets the ledger not take steps out of Placing by the first process.
func (d *desk) awayUntil(until time.Time) {
	d.ledger.before = func(e order.Entry) error {
		if e.From == order.Placing && e.To != order.Unknown && time.Now().Before(until) {
			return &order.Error{Code: order.CodeUnavailable}
		}
		return nil
	}
}

func TestAReceiptOutlastsALedgerThatIsAwayForLongerThanTheLease(t *testing.T) {
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			heard := d.listen()
			o := d.request()
			d.confirm(o.ID)
			d.awayUntil(time.Now().Add(5 * time.Minute))
			var wg sync.WaitGroup
			if lost {
				wg.Go(func() { // another process takes it for lost
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
			d.wantTold(heard)
		})
	}
}

func TestAReceiptThatTheLedgerNeverTakesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		heard := d.listen()
		o := d.request()
		d.confirm(o.ID)
		began := time.Now()
		d.awayUntil(began.Add(24 * time.Hour))
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		if took := time.Since(began); took < 9*time.Minute || took > 10*time.Minute {
			t.Errorf("it was given up after %s", took)
		}
		d.wantTold(heard, "placing, known placed h-1: unavailable")
	})
}

func TestAVerdictThatContradictsItsSettlementIsTold(t *testing.T) {
	no := &order.PlaceError{Verdict: order.RefusedByHost, Reason: "no"}
	neverSent := &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
	for name, c := range map[string]struct {
		settled order.Settlement
		verdict error
		told    []string
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
				d := newDesk(t)
				heard := d.listen()
				o := d.request()
				d.confirm(o.ID)
				d.host.answer = func(context.Context, int) error {
					pass(25 * time.Second)
					other := d.process("p2") // its clock is ahead, or this process was frozen
					other.Now = func() time.Time { return time.Now().Add(time.Hour) }
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
				d.wantTold(heard, c.told...)
			})
		})
	}
}

func TestASettlementAtTheVeryMomentOfACorrectionIsToldIfItContradicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		heard := d.listen()
		o := d.request()
		d.confirm(o.ID)
		other := d.process("p2")
		other.Now = func() time.Time { return time.Now().Add(time.Hour) }
		d.host.answer = func(context.Context, int) error { return other.Place(t.Context(), o.ID) }
		d.ledger.before = func(e order.Entry) error {
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
		d.wantTold(heard, "not_placed, known placed h-1: conflict")
	})
}

func TestAnAttemptThatWasNeverSentSaysNothingOfALaterOne(t *testing.T) {
	for want, answer := range map[order.State]error{order.Unknown: errors.New("lost"), order.Placed: nil} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			heard := d.listen()
			o := d.request()
			d.confirm(o.ID)
			d.host.answer = func(_ context.Context, n int) error {
				if n == 1 {
					return &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
				}
				return answer
			}
			d.ledger.lose = func(e order.Entry) error {
				if e.From != order.Placing || e.To != order.Approved {
					return nil
				}
				other := d.process("p2") // goes on before this process knows that it may
				other.Now = func() time.Time { return time.Now().Add(10 * time.Second) }
				if err := other.Place(t.Context(), o.ID); err != nil {
					t.Error(err)
				}
				return &order.Error{Code: order.CodeUnavailable}
			}
			if err := d.Place(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			d.wantState(o.ID, want)
			d.wantTold(heard)
		})
	}
}
