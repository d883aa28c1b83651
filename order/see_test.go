package order_test

import (
	"context"
	"errors"
	"testing"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// The requester and the people whom the policy names can see an order. For all
// others it is as if it did not exist.
func TestSee_OnlyPeopleWhoMayKnow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	o := d.request()
	see := func(p order.Person, id order.ID) order.Code {
		t.Helper()
		got, err := d.See(t.Context(), p, id)
		if (err == nil) != (got.ID == o.ID) {
			t.Errorf("%s: order %q with %v", p.User, got.ID, err)
		}
		if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
			t.Errorf("%s: the error has the order", p.User)
		}
		return order.CodeOf(err)
	}
	wants := func(now ordertest.Rules, wants map[order.Person]order.Code) {
		t.Helper()
		d.policy.Set(now)
		for p, want := range wants {
			if got := see(p, o.ID); got != want {
				t.Errorf("%s sees the order: %q, want %q", p.User, got, want)
			}
			if want == "" {
				want = order.CodeNotFound
			}
			if got := see(p, "nothing"); got != want {
				t.Errorf("%s sees an order that does not exist: %q, want %q", p.User, got, want)
			}
		}
	}
	admin, carol := order.Person{Team: "T1", User: "UADMIN"}, order.Person{Team: "T1", User: "UCAROL"}
	now := aliceAndBob()
	wants(now, map[order.Person]order.Code{
		alice: "", bob: "", admin: "", stranger: order.CodeStranger, carol: order.CodeStranger,
		outsider: order.CodeNotFound, // whatever the policy allows them there
	})
	now.Servers = []order.Server{{Name: "db-1", ID: "srv-db-1"}}
	now.Approvals = []ordertest.Approval{{Name: "others", Servers: []string{"srv-other"}, Approvers: []string{"UCAROL"}}}
	wants(now, map[order.Person]order.Code{alice: "", bob: order.CodeNotFound, admin: "", carol: order.CodeNotFound})
	now.Approvals[0].Servers = nil
	wants(now, map[order.Person]order.Code{alice: "", bob: order.CodeNotFound, admin: "", carol: ""})
	// A requester who lost their rights still sees their own orders.
	for _, code := range []order.Code{order.CodeStranger, order.CodeUnavailable} {
		d.policy.Set(broken(code))
		if got := see(alice, o.ID); got != "" {
			t.Errorf("the requester cannot see the order: %q", got)
		}
		if got := see(bob, o.ID); got != code {
			t.Errorf("bob sees the order: %q, want %q", got, code)
		}
	}
}

// A ledger that cannot be read is no reason to say that there is no such order.
func TestSee_LedgerUnavailable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(c *order.Config) { c.Ledger = unreadable{ordertest.NewLedger(nil)} })
	_, err := d.See(t.Context(), alice, "nothing")
	wantCode(t, err, order.CodeUnavailable)
}

type unreadable struct{ *ordertest.Ledger }

func (unreadable) Order(context.Context, order.ID) (order.Order, error) {
	return order.Order{}, &order.Error{Code: order.CodeUnavailable}
}

// A server is found if the person may extend it.
func TestServer_AsThePolicyGrants(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if got, err := d.Server(t.Context(), alice, "web-1"); err != nil || got != (order.Server{Name: "web-1", ID: "srv-web-1"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err := d.Server(t.Context(), stranger, "web-1")
	wantCode(t, err, order.CodeStranger)
	if got != (order.Server{}) {
		t.Errorf("got %+v with the error", got)
	}
}
