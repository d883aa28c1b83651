package order_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// What decides about a further send, or about a settlement, but is not provably what the
// program recorded.

// A throttled order is sent once if it is not proven that the program recorded its
// baseline, or if that was recorded after the decision. A person decides then.
func TestResend_BaselineIsNotProven(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *desk, id order.ID)
		says  string
	}{
		"tampered with": {func(d *desk, _ order.ID) {
			d.ledger.UnverifiedBaseline = &order.Error{Code: order.CodeTampered, Detail: "its MAC does not match"}
		}, "does not count: it was tampered with: its MAC does not match"},
		"of the previous version": {func(d *desk, _ order.ID) {
			d.ledger.UnverifiedBaseline = &order.Error{Code: order.CodeOldVersion}
		}, "does not count: it was recorded by the previous version"},
		"newer than the decision": {func(d *desk, id order.ID) {
			d.ledger.PutBaseline(id, order.Baseline{IDs: []string{"new"}, Complete: true, At: time.Now()})
		}, "was not recorded before"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := &alarm{}
				d := newDesk(t, func(c *order.Config) { c.Observer = seen })
				d.sends(throttled(0))
				o := d.approved()
				wantLater(t, d.Place(t.Context(), o.ID))
				d.list(line("new"))
				pass(time.Second)
				c.spoil(d, o.ID)
				d.work(o.ID, d.Desk)
				if got := d.wantState(o.ID, order.Unknown); !strings.Contains(got.Reason, c.says) || d.host.count() != 1 {
					t.Errorf("%d sent, reason %q", d.host.count(), got.Reason)
				}
				if unproven := d.ledger.UnverifiedBaseline != nil; unproven != (seen.count() == 1) {
					t.Errorf("reported %d times", seen.count())
				}
				d.follow(o.ID) // nor is it settled without a person
				d.wantState(o.ID, order.Unknown)
			})
		})
	}
}

// claimed returns an order that is placed, and whose receipt has a line of the host's
// list.
func (d *desk) claimed(hostID string) order.ID {
	d.t.Helper()
	o, err := d.Request(d.t.Context(), order.Request{Key: "claimed", Person: alice, Channel: "C1", Server: "web-2", Hours: 72})
	if err != nil {
		d.t.Fatal(err)
	}
	d.ledger.Edit(o.ID, func(o *order.Order) { o.State, o.Receipt = order.Placed, &order.Receipt{OrderID: hostID} })
	return o.ID
}

// spoilOne makes one order not verify.
func (d *desk) spoilOne(id order.ID, code order.Code) {
	d.ledger.Unverified = func(o order.Order) error {
		if o.ID != id {
			return nil
		}
		return &order.Error{Code: code}
	}
}

// unproven are the codes of an order that does not verify.
var unproven = []order.Code{order.CodeTampered, order.CodeOldVersion, order.CodeKeyUnknown}

// A new line of the host's list may be the throttled order unless it provably belongs to
// another order.
func TestResend_ClaimOfAnotherOrder(t *testing.T) {
	for _, code := range append(unproven, "") {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, steady)
				d.sends(throttled(0), nil)
				o := d.approved()
				wantLater(t, d.Place(t.Context(), o.ID))
				d.list(line("new"))
				other, want, sent := d.claimed("new"), order.Placed, 2
				if code != "" {
					d.spoilOne(other, code)
					want, sent = order.Unknown, 1
				}
				d.work(o.ID, d.Desk)
				if d.wantState(o.ID, want); d.host.count() != sent {
					t.Errorf("%d sent, want %d", d.host.count(), sent)
				}
			})
		})
	}
}

// An order claims a line only as long as it is read: whoever changes its row between the
// two readings of it gets nothing sent.
func TestResend_ClaimChangesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, steady)
		d.sends(throttled(0))
		o := d.approved()
		wantLater(t, d.Place(t.Context(), o.ID))
		d.list(line("new"))
		other := d.claimed("new")
		d.ledger.Unverified = func(o order.Order) error { return nil }
		d.hostList.edit(func(l *hostList) { l.read = func() { d.ledger.Edit(other, receiptOf("new")) } })
		d.ledger.AfterClaim = func() { d.ledger.Edit(other, receiptOf("its own")) }
		d.work(o.ID, d.Desk)
		if d.wantState(o.ID, order.Unknown); d.host.count() != 1 {
			t.Errorf("%d sent", d.host.count())
		}
	})
}

func receiptOf(hostID string) func(*order.Order) {
	return func(o *order.Order) { o.Receipt = &order.Receipt{OrderID: hostID} }
}

// A claim without proof settles nothing and frees nothing: the line stays one that can
// be the order, and only a person who says that it went through settles it, without the
// line.
func TestLookup_ClaimIsNotProven(t *testing.T) {
	for _, code := range unproven {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.request()
				d.baseline(o.ID)
				d.lose(o.ID, func() { d.list(line("h-9")) })
				d.spoilOne(d.claimed("h-9"), code)
				d.follow(o.ID)
				d.wantState(o.ID, order.Unknown)
				for _, placed := range []bool{false, true} {
					if _, err := d.SettleBy(t.Context(), admin, order.Settlement{ID: o.ID, Placed: placed, Why: "looked"}); err != nil {
						t.Fatal(err)
					}
					d.check(o.ID)
					got, want := d.wantState(o.ID, map[bool]order.State{false: order.Unknown, true: order.Placed}[placed]), "0xhost lists h-9, which can be it"
					if !strings.Contains(got.Finding.Refused+got.Reason, want) || placed && got.Receipt.OrderID != "" {
						t.Errorf("refused %q, reason %q, receipt %+v", got.Finding.Refused, got.Reason, got.Receipt)
					}
				}
			})
		})
	}
}

// An answer about an unknown outcome that nobody provably gave settles nothing, in
// either direction, and the thread says so. If only the key is missing, other processes
// get two minutes.
func TestCheckFinding_NotProven(t *testing.T) {
	for _, code := range unproven {
		for _, placed := range []bool{false, true} {
			t.Run(string(code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					seen := &alarm{}
					d := newDesk(t, func(c *order.Config) { c.Observer = seen })
					o := d.request()
					d.lose(o.ID, nil)
					at := time.Now()
					d.ledger.Edit(o.ID, func(o *order.Order) {
						o.Finding = order.Finding{By: "UADMIN", Placed: placed, Why: "looked", At: at, Unverified: code}
					})
					d.check(o.ID)
					got := d.wantState(o.ID, order.Unknown)
					if !got.RefusalDue() || !strings.Contains(got.Finding.Refused, "their answer") || seen.count() != 1 {
						t.Errorf("the finding is %+v, reported %d times", got.Finding, seen.count())
					}
					if waited := time.Since(at); (code == order.CodeKeyUnknown) != (waited >= 2*time.Minute) {
						t.Errorf("refused after %s", waited)
					}
				})
			})
		}
	}
}
