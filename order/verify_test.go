package order_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// alarm is an Observer that counts the orders that do not verify.
type alarm struct {
	unrecorded

	mu    sync.Mutex
	codes []order.Code
}

func (a *alarm) Unverified(_ order.Order, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes = append(a.codes, order.CodeOf(err))
}

func (a *alarm) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.codes)
}

// unverifiable returns a desk whose ledger finds that the order does not verify.
func unverifiable(t *testing.T) (*desk, *alarm) {
	t.Helper()
	seen := &alarm{}
	d := newDesk(t, func(c *order.Config) { c.Observer = seen })
	d.policy.Set(withRules(twoOf("UCAROL", "UDAVE")))
	return d, seen
}

func spoil(l *ordertest.Ledger, code order.Code) {
	l.Unverified = func(order.Order) error { return &order.Error{Code: code, Detail: "hours is 99999 instead of 72"} }
}

// An order that does not verify is not decided. A press cancels one that was tampered
// with or comes from the previous version. One whose key is unknown is left to the
// processes that have it until its deadline, and then expires, also without such a
// process.
func TestVerify_PendingOrder(t *testing.T) {
	for code, want := range map[order.Code]struct {
		state, end order.State
		why        string
	}{
		order.CodeTampered:   {order.Cancelled, order.Cancelled, "it was tampered with: hours is 99999 instead of 72"},
		order.CodeOldVersion: {order.Cancelled, order.Cancelled, "it was recorded by the previous version of this program"},
		order.CodeKeyUnknown: {order.Pending, order.Expired, ""},
	} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, seen := unverifiable(t)
				o := d.request()
				spoil(d.ledger, code)
				_, err := d.press(o.ID, "UNOBODY", true)
				wantCode(t, err, order.CodeStranger)
				for _, user := range []string{"UCAROL", "UALICE"} {
					got, err := d.press(o.ID, user, true)
					wantCode(t, err, code)
					if got.ID != o.ID || got.State != want.state {
						t.Errorf("%s got order %q, which is %s", user, got.ID, got.State)
					}
				}
				if got := d.wantState(o.ID, want.state); got.Reason != want.why || len(got.Approvals) > 0 {
					t.Errorf("reason %q, approvals %v", got.Reason, got.Approvals)
				}
				if n := seen.count(); n != 1 {
					t.Errorf("reported %d times", n)
				}
				pass(time.Until(o.Deadline) - time.Second)
				_, err = d.press(o.ID, "UCAROL", true)
				wantCode(t, err, code)
				d.wantState(o.ID, want.state)
				pass(time.Second)
				if err := d.Expire(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
				if got := d.wantState(o.ID, want.end); len(got.Approvals) > 0 || d.host.count() != 0 {
					t.Errorf("approvals %v, %d sent", got.Approvals, d.host.count())
				}
			})
		})
	}
}

// A press on the old card of an order that was decided is answered with what became of
// it, also if the previous version recorded that or the key is unknown: whoever read
// that it no longer counts would buy it twice. That it was tampered with is said.
func TestVerify_PressAfterDecision(t *testing.T) {
	for code, want := range map[order.Code]order.Code{
		order.CodeTampered: order.CodeTampered, order.CodeOldVersion: order.CodeDecided, order.CodeKeyUnknown: order.CodeDecided,
	} {
		d, _ := unverifiable(t)
		id := d.approvedByCarol()
		if err := d.Place(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		spoil(d.ledger, code)
		for _, yes := range []bool{true, false} {
			got, err := d.press(id, "UCAROL", yes)
			wantCode(t, err, want)
			if got.State != order.Placed {
				t.Errorf("%s: it is %s", code, got.State)
			}
		}
	}
}

// An approved order that does not verify is never sent: it is refused, or of unknown
// outcome if the host throttled it before. A key that a process does not have is no
// reason for that before an hour has passed: another process may have it.
func TestVerify_ApprovedOrder(t *testing.T) {
	for code, why := range map[order.Code]string{
		order.CodeTampered: "it was tampered with: hours is 99999", order.CodeOldVersion: "it was approved by the previous version",
		order.CodeKeyUnknown: "no process had the key that authenticates it for 1h",
	} {
		for _, throttled := range []bool{false, true} {
			t.Run(string(code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, seen := unverifiable(t)
					id := d.approvedByCarol()
					want := order.Refused
					if throttled {
						want = order.Unknown
						d.host.answer = func(context.Context, int) error { return &order.PlaceError{Verdict: order.Throttled} }
						d.ledger.PutBaseline(id, order.Baseline{Complete: true, At: time.Now()})
						wantLater(t, d.Place(t.Context(), id))
					}
					sent, began := d.host.count(), time.Now()
					spoil(d.ledger, code)
					err := d.Place(t.Context(), id)
					for err != nil {
						pass(time.Until(wantLater(t, err)))
						err = d.Place(t.Context(), id)
					}
					got := d.wantState(id, want)
					if !strings.Contains(got.Reason, why) || d.host.count() != sent {
						t.Errorf("%d sent, reason %q", d.host.count()-sent, got.Reason)
					}
					if waited := time.Since(began); (code == order.CodeKeyUnknown) != (waited >= time.Hour) {
						t.Errorf("ended after %s", waited)
					}
					if seen.count() != 1 {
						t.Errorf("reported %d times", seen.count())
					}
				})
			})
		}
	}
}

// A process that has the key sends an order that another process leaves alone.
func TestVerify_AnotherProcessHasTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		id := d.approvedByCarol()
		spoil(d.ledger, order.CodeKeyUnknown)
		at := wantLater(t, d.Place(t.Context(), id))
		d.ledger.Unverified = nil // the ledger of the other process
		if err := d.process("p2").Place(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		d.wantState(id, order.Placed)
		pass(time.Until(at))
		if err := d.Place(t.Context(), id); err != nil || d.host.count() != 1 {
			t.Errorf("%d sent, %v", d.host.count(), err)
		}
	})
}

// An order that cannot be sent anymore keeps its state, whatever is wrong with it.
func TestVerify_EndedOrder(t *testing.T) {
	d, seen := unverifiable(t)
	id := d.approvedByCarol()
	if err := d.Place(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	spoil(d.ledger, order.CodeTampered)
	for range 3 {
		_, err := d.Verify(t.Context(), id)
		wantCode(t, err, order.CodeTampered)
	}
	d.wantState(id, order.Placed)
	if seen.count() != 1 {
		t.Errorf("reported %d times", seen.count())
	}
}

// An order that cannot be ended, because the ledger is unavailable, is not decided.
func TestVerify_LedgerUnavailable(t *testing.T) {
	d, _ := unverifiable(t)
	o := d.request()
	spoil(d.ledger, order.CodeTampered)
	d.ledger.Before = func(order.Entry) error { return &order.Error{Code: order.CodeUnavailable} }
	_, err := d.press(o.ID, "UCAROL", true)
	wantCode(t, err, order.CodeUnavailable)
	d.wantState(o.ID, order.Pending)
}

// An order may be changed so that nothing about it can be recorded anymore. It is not
// decided or sent all the same, and people are told why.
func TestVerify_CannotBeEnded(t *testing.T) {
	d, seen := unverifiable(t)
	o := d.request()
	id := d.approvedByCarolAs("k2")
	spoil(d.ledger, order.CodeTampered)
	d.ledger.Before = func(order.Entry) error { return errors.New("there is such a row already") }
	_, err := d.press(o.ID, "UCAROL", true)
	wantCode(t, err, order.CodeTampered)
	wantLater(t, d.Place(t.Context(), id))
	d.wantState(o.ID, order.Pending)
	d.wantState(id, order.Approved)
	if d.host.count() != 0 || seen.count() != 2 {
		t.Errorf("%d sent, %d reported", d.host.count(), seen.count())
	}
}

// An unknown outcome that does not verify is not settled by a lookup: the list would be
// searched for something else. If only the key is missing, another process may have it.
func TestVerify_UnknownIsNotLookedUp(t *testing.T) {
	for _, code := range []order.Code{order.CodeTampered, order.CodeOldVersion, order.CodeKeyUnknown} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			o := d.request()
			d.baseline(o.ID)
			d.lose(o.ID, func() { d.list(line("h-9")) })
			spoil(d.ledger, code)
			pass(5 * time.Second)
			if err := d.Lookup(t.Context(), o.ID); (err != nil) != (code == order.CodeKeyUnknown) {
				t.Errorf("%s: %v", code, err)
			}
			d.follow(o.ID)
			d.wantState(o.ID, order.Unknown)
			d.ledger.Unverified = nil // the ledger of another process
			d.follow(o.ID)
			if got := d.wantState(o.ID, order.Placed); got.Receipt.OrderID != "h-9" {
				t.Errorf("%s: it is %+v", code, got.Receipt)
			}
		})
	}
}

// An order that was sent is not sent again by this process if it is set back as a whole,
// to before its attempt or to before its approval: what was true then is authentic, but
// the process knows better.
func TestVerify_SetBackAfterTheSend(t *testing.T) {
	for name, to := range map[string]order.State{"to approved": order.Approved, "to pending": order.Pending} {
		t.Run(name, func(t *testing.T) {
			seen := &alarm{}
			d := newDesk(t, func(c *order.Config) { c.Observer = seen })
			was := map[order.State]order.Order{order.Pending: d.request()}
			id := was[order.Pending].ID
			d.confirm(id)
			was[order.Approved] = d.wantState(id, order.Approved)
			if err := d.Place(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			d.wantState(id, order.Placed)

			d.ledger.Edit(id, func(o *order.Order) { *o = was[to] })
			want := map[order.State]order.State{order.Approved: order.Unknown, order.Pending: order.Cancelled}[to]
			if to == order.Pending {
				_, err := d.Decide(t.Context(), order.Decision{ID: id, Person: alice, Yes: true})
				wantCode(t, err, order.CodeTampered)
			}
			_ = d.Place(t.Context(), id)
			got := d.wantState(id, want)
			if !strings.Contains(got.Reason, "it was tampered with: it was set back to before it was sent") {
				t.Errorf("because %q", got.Reason)
			}
			if n := d.host.count(); n != 1 || seen.count() != 1 {
				t.Errorf("%d sent, reported %d times", n, seen.count())
			}
		})
	}
}

// An order that is set back to before its approval while it is sent is canceled. The
// receipt, which no row can have anymore, is reported.
func TestVerify_SetBackDuringTheSend(t *testing.T) {
	seen := &alarm{}
	d := newDesk(t, func(c *order.Config) { c.Observer = seen })
	was := d.request()
	d.confirm(was.ID)
	d.ledger.After = func(e order.Entry) {
		if e.To == order.Placing {
			d.ledger.Edit(was.ID, func(o *order.Order) { *o = was })
		}
	}
	if err := d.Place(t.Context(), was.ID); err != nil {
		t.Fatal(err)
	}
	d.wantState(was.ID, order.Cancelled)
	seen.want(t, "cancelled, known placed h-1: conflict")
}

// A press that reads an order right before this process sends it finds nothing wrong with
// the order, and reports nothing.
func TestVerify_ReadBeforeTheSend(t *testing.T) {
	seen := &alarm{}
	d := newDesk(t, func(c *order.Config) { c.Observer = seen })
	id := d.request().ID
	d.confirm(id)
	d.ledger.AfterRead = func() {
		d.ledger.AfterRead = nil
		if err := d.Place(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	_, err := d.Decide(t.Context(), order.Decision{ID: id, Person: alice, Yes: true})
	wantCode(t, err, order.CodeDecided)
	d.wantState(id, order.Placed)
	if seen.count() != 0 {
		t.Errorf("reported %d times", seen.count())
	}
}

// An order that was tampered with and may be charged is ended, and never approved again,
// also if the ledger does not confirm that.
func TestVerify_EndIsNotConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		d.sends(throttled(0))
		o := d.approved()
		wantLater(t, d.Place(t.Context(), o.ID))
		before := len(d.ledger.History(o.ID))
		spoil(d.ledger, order.CodeTampered)
		d.loseCommit()
		wantCode(t, d.Place(t.Context(), o.ID), order.CodeUnavailable)
		d.ledger.Unverified = nil // its newest row of history was written by the program
		d.work(o.ID, d.Desk)
		d.wantState(o.ID, order.Unknown)
		for _, e := range d.ledger.History(o.ID)[before:] {
			if e.To == order.Approved {
				t.Errorf("it was approved again: %+v", e)
			}
		}
		if d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}
