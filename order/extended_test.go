package order_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// another requests other hours for the same server.
func (d *desk) another(hours order.Hours) order.Order {
	d.t.Helper()
	o, err := d.Request(d.t.Context(), order.Request{Key: hours.String(), Person: alice, Channel: "C1", Server: "web-1", Hours: hours})
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

// placed requests, confirms and places an order. Its requester knows of another
// one.
func (d *desk) placed(hours order.Hours, knows order.ID) order.ID {
	d.t.Helper()
	o := d.another(hours)
	d.confirmSeen(o.ID, knows)
	if err := d.Place(d.t.Context(), o.ID); err != nil {
		d.t.Fatal(err)
	}
	d.wantState(o.ID, order.Placed)
	return o.ID
}

// An order cannot be confirmed on a card that does not say that another order
// extended the server meanwhile. Once the requester was told, or the card says so,
// it can.
func TestDecide_ExtendedMeanwhile(t *testing.T) {
	for _, how := range []string{"the card says so", "the requester was told"} {
		d := newDesk(t)
		waiting := d.another(1)
		first := d.placed(2, "")
		press := func(seen order.ID) error {
			o, err := d.Decide(t.Context(), order.Decision{ID: waiting.ID, Person: alice, Yes: true, Seen: seen})
			if o.ID != waiting.ID {
				t.Errorf("returned order %q", o.ID)
			}
			return err
		}
		wantExtended := func(err error, by order.ID) {
			t.Helper()
			wantCode(t, err, order.CodeExtended)
			if e, _ := errors.AsType[*order.Error](err); e.Order == nil || e.Order.ID != by {
				t.Fatalf("the error is %v, want one that names %s", err, by)
			}
			d.wantState(waiting.ID, order.Pending)
		}
		wantExtended(press(""), first)
		second := d.placed(3, first)
		wantExtended(press(first), second)
		seen := second
		if how == "the requester was told" {
			seen = ""
			if err := d.ledger.RecordShown(t.Context(), order.Shown{ID: waiting.ID, ToldExtendedBy: second, ToldUser: alice.User}); err != nil {
				t.Fatal(err)
			}
		}
		if err := press(seen); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		if o := d.wantState(waiting.ID, order.Approved); o.ToldExtendedBy != second {
			t.Errorf("the requester knows of %q", o.ToldExtendedBy)
		}
	}
}

// Nobody has to know of an extension to withdraw an order.
func TestDecide_ExtendedMayBeWithdrawn(t *testing.T) {
	d := newDesk(t)
	waiting := d.another(1)
	d.placed(2, "")
	if _, err := d.Decide(t.Context(), order.Decision{ID: waiting.ID, Person: alice}); err != nil {
		t.Fatal(err)
	}
	d.wantState(waiting.ID, order.Cancelled)
}

// An unknown outcome that turns out to be an extension is one.
func TestDecide_ExtendedBySettledOrder(t *testing.T) {
	d := newDesk(t)
	waiting, lost := d.another(1), d.another(2)
	d.lose(lost.ID, nil)
	if _, err := d.Settle(t.Context(), order.Settlement{ID: lost.ID, Who: "ops", Placed: true, Why: "looked"}); err != nil {
		t.Fatal(err)
	}
	if o := d.wantState(waiting.ID, order.Pending); o.ExtendedBy != lost.ID || !o.CardDue() {
		t.Errorf("extended by %q, card due: %v", o.ExtendedBy, o.CardDue())
	}
	_, err := d.Decide(t.Context(), order.Decision{ID: waiting.ID, Person: alice, Yes: true})
	wantCode(t, err, order.CodeExtended)
}

// A second request for the same returns the first one while that can be confirmed.
func TestRequest_AskedAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		first := d.request()
		again := order.Request{Key: "k2", Person: alice, Channel: "C2", Server: "web-1", Hours: 72, Typed: "3 days", Purpose: "again"}
		got, err := d.Request(t.Context(), again)
		wantCode(t, err, order.CodeAsked)
		if e, _ := errors.AsType[*order.Error](err); got.ID != first.ID || e.Order == nil || e.Order.ID != first.ID {
			t.Errorf("got order %q with %v", got.ID, err)
		}
		if len(d.ledger.Orders()) != 1 {
			t.Error("it was recorded")
		}
		pass(15 * time.Minute) // the deadline of the first one; nothing has expired it yet
		if _, err := d.Request(t.Context(), again); err != nil {
			t.Error(err)
		}
		d.wantState(first.ID, order.Pending)
	})
}

// What people type is stored, up to a length.
func TestRequest_TextsAreCut(t *testing.T) {
	d := newDesk(t)
	o, err := d.Request(t.Context(), order.Request{
		Key: "k", Person: alice, Server: "web-1", Hours: 1, Typed: strings.Repeat("ü", 101), Purpose: strings.Repeat("\U0001F680", 300) + "x",
	})
	if err != nil || o.Typed != strings.Repeat("ü", 100) || o.Purpose != strings.Repeat("\U0001F680", 300) {
		t.Errorf("typed %q, purpose %q, %v", o.Typed, o.Purpose, err)
	}
	if first := d.ledger.History(o.ID)[0]; first.Why != o.Purpose {
		t.Errorf("the first row of history has the reason %q", first.Why)
	}
}

// Of several approvers, the one whose yes is the last has to know that the server was
// extended meanwhile: from the card that they pressed, or because they were told. That
// the requester knows is not enough, and an earlier yes needs nothing.
func TestDecide_LastApproverKnows(t *testing.T) {
	d := newDesk(t)
	rules := withRules(twoOf("UCAROL", "UDAVE"))
	rules.Approvals[0].HoursOver = 2
	d.policy.Set(rules)
	waiting := d.another(5)
	by := d.placed(2, "")
	press := func(user string, seen order.ID) error {
		_, err := d.Decide(t.Context(), order.Decision{ID: waiting.ID, Person: person(user), Yes: true, Seen: seen})
		return err
	}
	tell := func(user string) {
		t.Helper()
		if err := d.ledger.RecordShown(t.Context(), order.Shown{ID: waiting.ID, ToldExtendedBy: by, ToldUser: user}); err != nil {
			t.Fatal(err)
		}
	}
	if err := press("UCAROL", ""); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"", "UALICE", "UCAROL"} {
		if user != "" {
			tell(user)
		}
		wantCode(t, press("UDAVE", ""), order.CodeExtended)
	}
	d.wantState(waiting.ID, order.Pending)
	tell("UDAVE")
	if err := press("UDAVE", ""); err != nil {
		t.Fatal(err)
	}
	if o := d.wantState(waiting.ID, order.Approved); o.ToldExtendedBy != by || o.ToldUser != "UDAVE" {
		t.Errorf("%s knows of %q", o.ToldUser, o.ToldExtendedBy)
	}
}
