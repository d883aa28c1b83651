package order_test

import (
	"strings"
	"testing"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// Only the person who declined an order can say why, and only once. To all others
// it is as if there were no such order.
func TestDeclineReason_OnlyWhoDeclined(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rules := aliceAndBob()
	rules.Approvals = []ordertest.Approval{{Name: "all", Approvers: []string{"UCAROL", "UBOB"}, Count: 1}}
	d.policy.Set(rules)
	carol := order.Person{Team: "T1", User: "UCAROL"}
	o := d.request()
	give := func(p order.Person, id order.ID, reason string) order.Code {
		t.Helper()
		_, err := d.DeclineReason(t.Context(), p, id, reason)
		return order.CodeOf(err)
	}
	if code := give(carol, o.ID, "early"); code != order.CodeNotFound {
		t.Errorf("before the decline: %q", code)
	}
	if _, err := d.Decide(t.Context(), order.Decision{ID: o.ID, Person: carol}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []order.Person{alice, bob, stranger, {Team: "T2", User: "UCAROL"}} {
		if code := give(p, o.ID, "forged"); code != order.CodeNotFound {
			t.Errorf("%+v: %q", p, code)
		}
	}
	if code := give(carol, "no order", "forged"); code != order.CodeNotFound {
		t.Errorf("no order: %q", code)
	}
	if code := give(carol, o.ID, strings.Repeat("ä", 400)); code != "" {
		t.Errorf("the reason: %q", code)
	}
	if code := give(carol, o.ID, "another"); code != order.CodeConflict {
		t.Errorf("a second one: %q", code)
	}
	got, err := d.ledger.Order(t.Context(), o.ID)
	if err != nil || got.DeclineReason != strings.Repeat("ä", order.MaxDeclineReason) || got.Version != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}
