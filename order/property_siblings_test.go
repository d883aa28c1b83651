package order_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"extendbot/order"
)

// extensions returns the newest other orders that were placed for an order's
// server since RecentWindow before its request: several if it was the same moment.
func extensions(all []order.Order, o order.Order) (ids []order.ID) {
	since := o.CreatedAt.Add(-order.RecentWindow)
	for _, other := range all {
		if other.State != order.Placed || other.ID == o.ID || other.Server.ID != o.Server.ID || other.ChangedAt.Before(since) {
			continue
		}
		if other.ChangedAt.After(since) {
			ids, since = nil, other.ChangedAt
		}
		ids = append(ids, other.ID)
	}
	return ids
}

// click lets a person press a button on a card. The card mostly shows what the
// ledger says, and sometimes less, or something else.
func (w *world) click(t *rapid.T) {
	id := w.anOrder(t, order.Pending)
	v := order.Decision{
		ID: id, Yes: !rarely(t, 10, "no"),
		Person: person(rapid.SampledFrom([]string{"UALICE", "UALICE", "UCAROL", "UDAVE", "UBOB", "UADMIN", "UNOBODY"}).Draw(t, "person")),
	}
	before, err := w.ledger.Order(context.Background(), id)
	if err != nil {
		fatalf("%v", err)
	}
	v.Seen = rapid.SampledFrom([]order.ID{before.ExtendedBy, before.ExtendedBy, before.ExtendedBy, "", rapid.SampledFrom(w.ids).Draw(t, "another")}).Draw(t, "seen")
	v.SeenEstimate = before.Estimate.Amount
	if rarely(t, 5, "old card") {
		v.SeenEstimate = euros("1")
	}
	tell := rapid.Bool().Draw(t, "told")
	known := slices.Concat(w.told[telling{id, v.Person}], []order.ID{v.Seen})
	needed := extensions(w.ledger.Orders(), before)
	w.draw(t)
	w.on(t, func(d *order.Desk) {
		defer w.rememberApproval(id)
		defer w.checkKnown(before, needed, known)
		died := true
		defer func() { w.people.pressed(v, err, died) }()
		_, err = d.Decide(context.Background(), v)
		died = false
		if order.CodeOf(err) == order.CodeExtended {
			w.extended(v, needed, known, err, tell)
		}
	})
}

// telling is what a person was told about an order.
type telling struct {
	id     order.ID
	person order.Person
}

// checkKnown checks that an order was not approved while its requester did not know
// the newest extension.
func (w *world) checkKnown(before order.Order, needed, known []order.ID) {
	now, err := w.ledger.Order(context.Background(), before.ID)
	if err != nil {
		fatalf("%v", err)
	}
	if before.State != order.Pending || now.State != order.Approved || len(needed) == 0 {
		return
	}
	if !slices.ContainsFunc(needed, func(id order.ID) bool { return slices.Contains(known, id) }) {
		fatalf("order %s was approved by a person who knows of %q, but %q extended its server", before.ID, known, needed)
	}
}

// extended checks an approval that was refused because the requester does not know
// an extension, and tells them if that is to happen.
func (w *world) extended(v order.Decision, needed, known []order.ID, err error, tell bool) {
	id := v.ID
	e, _ := errors.AsType[*order.Error](err)
	if e.Order == nil || !slices.Contains(needed, e.Order.ID) || slices.Contains(known, e.Order.ID) {
		fatalf("order %s was not approved (%v) by a person who knows of %q; %q extended its server", id, err, known, needed)
	}
	if tell {
		// The ledger remembers only the last one who was told.
		maps.DeleteFunc(w.told, func(other telling, _ []order.ID) bool { return other.id == id && other.person != v.Person })
		w.told[telling{id, v.Person}] = append(w.told[telling{id, v.Person}], e.Order.ID)
		if err := w.ledger.RecordShown(context.Background(), order.Shown{ID: id, ToldExtendedBy: e.Order.ID, ToldUser: v.Person.User}); err != nil {
			fatalf("%v", err)
		}
	}
}

// askAgain lets a person ask for the same as a pending order, which is refused as
// long as that one can be decided.
func (w *world) askAgain(t *rapid.T) {
	o, err := w.ledger.Order(context.Background(), w.anOrder(t, order.Pending))
	if err != nil {
		fatalf("%v", err)
	}
	if !o.Decidable(time.Now()) {
		t.Skip("it cannot be decided")
	}
	if _, err := w.people.policy.Judge(context.Background(), o); err != nil {
		t.Skip("it cannot be asked for now")
	}
	w.on(t, func(d *order.Desk) {
		got, err := d.Request(context.Background(), order.Request{Key: "again-" + o.RequestKey, Person: o.Person, Server: o.Server.Name, Hours: o.Hours})
		e, ok := errors.AsType[*order.Error](err)
		switch {
		case ok && (e.Code == order.CodeOverLimit || e.Code == order.CodePriceUnknown):
		case !ok || e.Order == nil:
			fatalf("the same as order %s was asked for again: %v", o.ID, err)
		case e.Code == order.CodeServerHeld && e.Order.State == order.Unknown && e.Order.Server == o.Server:
		case e.Code != order.CodeAsked || e.Order.ID != o.ID || got.ID != o.ID:
			fatalf("the same as order %s was asked for again: %v", o.ID, err)
		}
	})
}

// checkPending checks what pending orders say about others.
func checkPending(all []order.Order) {
	type request struct {
		person  order.Person
		account string
		server  order.Server
		hours   order.Hours
	}
	asked := map[request]order.ID{}
	for _, o := range all {
		if o.State != order.Pending {
			continue
		}
		same := request{o.Person, o.Account, o.Server, o.Hours}
		if other, ok := asked[same]; ok {
			fatalf("%s and %s are the same request, and both are pending", other, o.ID)
		}
		asked[same] = o.ID
		newest := extensions(all, o)
		if len(newest) == 0 && o.ExtendedBy != "" || len(newest) > 0 && !slices.Contains(newest, o.ExtendedBy) {
			fatalf("order %s says that %q extended its server, but it was %q", o.ID, o.ExtendedBy, newest)
		}
	}
}
