package order_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// approvedByCarol requests an order and approves it with the yes of UCAROL.
func (d *desk) approvedByCarol() order.ID {
	d.t.Helper()
	return d.approvedByCarolAs("k")
}

// approvedByCarolAs is approvedByCarol with the key of the request.
func (d *desk) approvedByCarolAs(key string) order.ID {
	d.t.Helper()
	d.policy.Set(withRules(ordertest.Approval{Name: "leads", Approvers: []string{"UCAROL", "UDAVE"}}))
	o, err := d.Request(d.t.Context(), order.Request{Key: key, Person: alice, Channel: "C1", Server: "web-1", Hours: order.Hours(71 + len(key))})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.press(o.ID, "UCAROL", true); err != nil {
		d.t.Fatal(err)
	}
	d.wantState(o.ID, order.Approved)
	return o.ID
}

// changes are policies under which an approved order may no longer be sent, and what
// the refusal says.
func changes() map[string]struct {
	now  ordertest.Rules
	says string
} {
	barred := withRules(ordertest.Approval{Name: "leads", Approvers: []string{"UCAROL"}})
	barred.People = []string{"UBOB"}
	return map[string]struct {
		now  ordertest.Rules
		says string
	}{
		"the requester is barred":     {barred, "no longer allows UALICE this order"},
		"the approver does not count": {withRules(ordertest.Approval{Name: "leads", Approvers: []string{"UDAVE"}}), "the rule leads has 0 of 1"},
		"a rule asks for more":        {withRules(twoOf("UCAROL", "UDAVE")), "the rule two has 1 of 2"},
		"a rule was added":            {withRules(ordertest.Approval{Name: "leads", Approvers: []string{"UCAROL"}}, ordertest.Approval{Name: "money", Approvers: []string{"UERIN"}}), "the rule money has 0 of 1"},
		"nobody can approve it":       {withRules(twoOf("UCAROL")), "too few people can give the approvals that it asks for in the rule two"},
		"no rule asks for others":     {withRules(), "asks for the confirmation of the person who asked"},
	}
}

// An order is sent only if the policy right before that asks for nothing more. What
// is refused says why.
func TestPlace_PolicyAtTheSend(t *testing.T) {
	for name, c := range changes() {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.approvedByCarol()
			d.policy.Set(c.now)
			if err := d.Place(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			got := d.wantState(id, order.Refused)
			if !strings.Contains(got.Reason, c.says) || !strings.HasPrefix(got.Reason, "the policy changed") {
				t.Errorf("refused because %q, want %q", got.Reason, c.says)
			}
			if d.host.count() != 0 || got.Attempts != 0 {
				t.Errorf("%d sent, %d attempts", d.host.count(), got.Attempts)
			}
		})
	}
}

// The policy is asked again before an order that was never sent is sent again.
func TestPlace_PolicyAtEachSend(t *testing.T) {
	for name, c := range changes() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				id := d.approvedByCarol()
				d.host.answer = func(context.Context, int) error {
					return &order.PlaceError{Verdict: order.NeverSent, Reason: "no route"}
				}
				at := wantLater(t, d.Place(t.Context(), id))
				d.policy.Set(c.now)
				pass(time.Until(at))
				if err := d.Place(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				got := d.wantState(id, order.Refused)
				if d.host.count() != 1 || !strings.Contains(got.Reason, c.says) || !got.RetryAt.IsZero() {
					t.Errorf("%d sent; refused because %q", d.host.count(), got.Reason)
				}
			})
		})
	}
}

// An order that the host throttled may have been charged. If the policy does not
// allow a further attempt, its outcome is unknown.
func TestPlace_PolicyAfterThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		id := d.approvedByCarol()
		if err := d.ledger.AddBaseline(t.Context(), id, order.Baseline{}); order.CodeOf(err) != order.CodeConflict {
			t.Fatal(err)
		}
		d.ledger.PutBaseline(id, order.Baseline{Complete: true, At: time.Now()})
		d.host.answer = func(context.Context, int) error {
			return &order.PlaceError{Verdict: order.Throttled, Reason: "slow down"}
		}
		err := d.Place(t.Context(), id)
		d.policy.Set(withRules(twoOf("UCAROL", "UDAVE")))
		for err != nil {
			pass(time.Until(wantLater(t, err)))
			err = d.Place(t.Context(), id)
		}
		got := d.wantState(id, order.Unknown)
		if d.host.count() != 1 || !strings.Contains(got.Reason, "the rule two has 1 of 2") || !strings.Contains(got.Reason, "may have charged") {
			t.Errorf("%d sent; unknown because %q", d.host.count(), got.Reason)
		}
	})
}

// While the policy cannot be read, an approved order waits, at most an hour after
// its last approval, and is then refused. If it can be read again in time, the order
// is sent. The same is true for a group that the order needs.
func TestPlace_PolicyUnreadable(t *testing.T) {
	unread := withRules(ordertest.Approval{Name: "leads", Approvers: []string{"S1"}, Groups: map[string][]string{"S1": nil}})
	assumed := func(approvers ...string) ordertest.Rules {
		return withRules(ordertest.Approval{Name: "interns", Approvers: approvers, Unread: "S2"})
	}
	for name, now := range map[string]ordertest.Rules{
		"the policy": broken(order.CodeUnavailable), "an error without a code": broken(order.CodeInternal), "a group": unread,
		"a group that may have the requester": assumed("UDAVE"), "the same, and nobody can approve": assumed("UALICE"),
	} {
		for _, comesBack := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDesk(t)
					id := d.approvedByCarol()
					readable, began := d.policy.Rules(), time.Now()
					d.policy.Set(now)
					err := d.Place(t.Context(), id)
					for err != nil {
						at := wantLater(t, err)
						if o := d.wantState(id, order.Approved); !d.WaitsForPolicy(t.Context(), o) {
							t.Fatal("it does not wait for the policy")
						}
						if at.Sub(began) > order.ApprovalTTL || d.host.count() > 0 {
							t.Fatalf("%d sent, and the next try is at %s", d.host.count(), at)
						}
						if comesBack && at.Sub(began) > order.ApprovalTTL-time.Minute {
							d.policy.Set(readable)
						}
						pass(time.Until(at))
						err = d.Place(t.Context(), id)
					}
					if comesBack {
						d.wantState(id, order.Placed)
						return
					}
					got := d.wantState(id, order.Refused)
					if waited := got.ChangedAt.Sub(began); waited < order.ApprovalTTL-time.Minute || got.Reason != "the policy could not be read within 1h of its approval" {
						t.Errorf("after %s: %q", waited, got.Reason)
					}
				})
			})
		}
	}
}

// If the most that one order may buy was lowered since the request, an order that is
// over it can neither be confirmed nor sent.
func TestDesk_MaxHoursLowered(t *testing.T) {
	d := newDesk(t)
	lower := d.process("p2", func(c *order.Config) { c.MaxHours = 71 })
	o := d.request()
	_, err := lower.Decide(t.Context(), order.Decision{ID: o.ID, Person: alice, Yes: true})
	wantCode(t, err, order.CodeBarred)
	_, err = lower.Ruling(t.Context(), o)
	wantCode(t, err, order.CodeBarred)
	d.confirm(o.ID)
	if err := lower.Place(t.Context(), o.ID); err != nil || d.host.count() != 0 {
		t.Errorf("%d sent; %v", d.host.count(), err)
	}
	d.wantState(o.ID, order.Refused)
}
