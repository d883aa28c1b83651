package order_test

import (
	"context"
	"errors"
	"testing"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// serverRule is a policy in which some people may use one server, and some are
// strangers.
type serverRule struct {
	rule

	refuses map[order.Person]order.Code
	admin   order.Person
}

func (r *serverRule) MayDecide(_ context.Context, p order.Person, o order.Order) error {
	if code := r.refuses[p]; code == order.CodeStranger || code == order.CodeUnavailable {
		return &order.Error{Code: code}
	}
	if o.Server.ID != "srv-web-1" || r.refuses[p] != "" {
		return &order.Error{Code: order.CodeUnknownServer}
	}
	if p != o.Person {
		return &order.Error{Code: order.CodeNotYours}
	}
	return nil
}

func (r *serverRule) MaySettle(_ context.Context, p order.Person) error {
	if p != r.admin {
		return &order.Error{Code: order.CodeNotAdmin}
	}
	return nil
}

// The requester, the people who may use the server, and admins can see an order.
// For all others it is as if it did not exist.
func TestSee_OnlyPeopleWhoMayKnow(t *testing.T) {
	t.Parallel()
	person := func(user string) order.Person { return order.Person{Team: "T1", User: user} }
	policy := &serverRule{admin: person("UADMIN"), refuses: map[order.Person]order.Code{
		person("UADMIN"): order.CodeStranger, person("USTRANGER"): order.CodeStranger,
		person("UOTHER"): order.CodeUnknownServer, person("UBROKEN"): order.CodeUnavailable,
		outsider: order.CodeStranger,
	}}
	d := newDesk(t, func(c *order.Config) { c.Policy = policy })
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
	for p, want := range map[order.Person]order.Code{
		alice: "", bob: "", policy.admin: "",
		person("UOTHER"): order.CodeNotFound, person("USTRANGER"): order.CodeStranger, person("UBROKEN"): order.CodeUnavailable,
		outsider: order.CodeStranger,
	} {
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
	// A requester who lost their rights still sees their own orders.
	policy.refuses[alice] = order.CodeStranger
	if got := see(alice, o.ID); got != "" {
		t.Errorf("the requester cannot see the order: %q", got)
	}
	// People of another workspace cannot see it, whatever their policy allows there.
	delete(policy.refuses, outsider)
	if got := see(outsider, o.ID); got != order.CodeNotFound {
		t.Errorf("another workspace sees the order: %q", got)
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
	got, err := d.Server(t.Context(), bob, "web-1")
	wantCode(t, err, order.CodeStranger)
	if got != (order.Server{}) {
		t.Errorf("got %+v with the error", got)
	}
}
