package ordertest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// Claim makes self the card owner of an order, as the ledger does for the bot.
func (l *Ledger) Claim(_ context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.orders[id]
	if !ok {
		return o, false, &order.Error{Code: order.CodeNotFound}
	}
	owes := !o.State.Final() || o.CardDue() || o.ThreadMessageDue() || o.DeclineReason != "" && o.DeclineRef == ""
	if o.CardOwner != self && l.now().Before(o.CardOwnerUntil) && owes {
		return o, false, nil
	}
	o.CardOwner, o.CardOwnerUntil = self, until
	l.orders[id] = o
	return o, true, nil
}

// RecordShown records what the bot has shown of an order.
func (l *Ledger) RecordShown(_ context.Context, s order.Shown) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.orders[s.ID]
	if !ok {
		return nil
	}
	if shown := newer(o.ThreadMessage, s.ThreadMessage); o.ThreadMessage.Ref != "" && shown.Ref != o.ThreadMessage.Ref {
		o.SupersededRef = o.ThreadMessage.Ref
	}
	if s.EditedRef == o.SupersededRef {
		o.SupersededRef = ""
	}
	if s.WaitingRef != "" {
		o.WaitingRef = s.WaitingRef
	}
	if s.ApproverTold != "" && !slices.Contains(o.ApproversTold, s.ApproverTold) {
		o.ApproversTold = append(slices.Clone(o.ApproversTold), s.ApproverTold)
	}
	if s.RemindedAt.After(o.RemindedAt) {
		o.RemindedAt = s.RemindedAt
	}
	o.DeclineRef = cmp.Or(s.DeclineRef, o.DeclineRef)
	o.ToldVersion = max(o.ToldVersion, s.ToldVersion)
	if s.Card != (order.ShownMessage{}) && s.Card.Version >= o.Card.Version {
		o.CardExtendedBy, o.CardDeclineReason = s.CardExtendedBy, s.CardDeclineReason
	}
	if o.State == order.Pending && s.ToldExtendedBy != "" {
		o.ToldExtendedBy, o.ToldUser = s.ToldExtendedBy, s.ToldUser
	}
	if !s.FindingAt.IsZero() && s.FindingAt.Equal(o.Finding.At) {
		o.Finding.Shown = true
	}
	o.Card, o.ThreadMessage, o.Question = newer(o.Card, s.Card), newer(o.ThreadMessage, s.ThreadMessage), newer(o.Question, s.Question)
	if s.AskedAt.After(o.AskedAt) {
		o.AskedAt = s.AskedAt
	}
	l.orders[s.ID] = o
	return nil
}

// AddDeclineReason implements [order.Ledger].
func (l *Ledger) AddDeclineReason(_ context.Context, id order.ID, reason string, due ...order.Due) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.orders[id]
	if !ok || o.State != order.Declined || o.DeclineReason != "" && o.DeclineReason != reason {
		return &order.Error{Code: order.CodeConflict}
	}
	o.DeclineReason = reason
	l.orders[id] = o
	l.due = append(l.due, due...)
	return nil
}

// RecordFinding implements [order.Ledger].
func (l *Ledger) RecordFinding(_ context.Context, id order.ID, f order.Finding, due ...order.Due) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.Why = strings.ReplaceAll(f.Why, "\x00", "") // the databases cannot store it
	o, ok := l.orders[id]
	switch {
	case !ok:
		return o, &order.Error{Code: order.CodeNotFound}
	case o.FindingDue() && o.Finding.SameAs(f):
		return o, nil
	case o.State != order.Unknown || o.FindingDue():
		return o, &order.Error{Code: order.CodeConflict, Order: &o}
	}
	o.Finding = f
	l.orders[id] = o
	l.due = append(l.due, due...)
	return o, nil
}

// RefuseFinding implements [order.Ledger].
func (l *Ledger) RefuseFinding(_ context.Context, id order.ID, at time.Time, why string, due ...order.Due) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.orders[id]
	if o.State != order.Unknown || !o.Finding.At.Equal(at) || o.Finding.Refused != "" && o.Finding.Refused != why {
		return &order.Error{Code: order.CodeConflict, Order: &o}
	}
	o.Finding.Refused = why
	l.orders[id] = o
	l.due = append(l.due, due...)
	return nil
}

func newer(recorded, shown order.ShownMessage) order.ShownMessage {
	if shown.Version < recorded.Version || shown == (order.ShownMessage{}) {
		return recorded
	}
	return shown
}

// ServerActivity returns the other activity on the order's server.
func (l *Ledger) ServerActivity(_ context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	others := l.all(func(other order.Order) bool {
		open := other.State == order.Pending || other.State.Holds()
		recent := other.State == order.Placed && !other.ChangedAt.Before(since)
		return other.ID != o.ID && other.Server.ID == o.Server.ID && (open || recent)
	})
	slices.Reverse(others)
	return order.ServerActivity{Others: others[:min(len(others), 5)]}, nil
}

// LastReceipt implements [order.Ledger].
func (l *Ledger) LastReceipt(_ context.Context, serverID string) (*order.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	placed := l.all(func(other order.Order) bool {
		return other.Server.ID == serverID && other.State == order.Placed && other.Receipt != nil
	})
	slices.SortStableFunc(placed, func(a, b order.Order) int { return b.ChangedAt.Compare(a.ChangedAt) })
	if len(placed) == 0 {
		return nil, nil //nolint:nilnil // as documented
	}
	last := *placed[0].Receipt
	for _, p := range placed {
		if p.Receipt.PlanPrice.Valid && last.PricedAt.IsZero() { // unlike the expiry, it may come from an older receipt
			last.PlanPrice, last.PricedAt = p.Receipt.PlanPrice, p.ChangedAt
		}
	}
	if last.ExpiresAt.IsZero() && !last.PlanPrice.Valid {
		return nil, nil //nolint:nilnil // as documented
	}
	return &last, nil
}

// Recent returns the newest n orders of a person, newest first.
func (l *Ledger) Recent(_ context.Context, p order.Person, n int) ([]order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.all(func(o order.Order) bool { return o.Person == p })
	slices.Reverse(list)
	return list[:min(len(list), n)], nil
}

// Pending returns the oldest n pending orders of a workspace, oldest first.
func (l *Ledger) Pending(_ context.Context, team string, n int) ([]order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.all(func(o order.Order) bool { return o.Person.Team == team && o.State == order.Pending })
	return list[:min(len(list), n)], nil
}

// PendingOf returns the pending orders of a person, newest first, at most 20.
func (l *Ledger) PendingOf(_ context.Context, p order.Person) ([]order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.all(func(o order.Order) bool { return o.Person == p && o.State == order.Pending })
	slices.Reverse(list)
	return list[:min(len(list), 20)], nil
}

// Unknown returns the orders of a workspace whose outcome is unknown, oldest first.
func (l *Ledger) Unknown(_ context.Context, team string) ([]order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all(func(o order.Order) bool { return o.Person.Team == team && o.State == order.Unknown }), nil
}

// OfServer returns the newest n orders for a server, by its id at the host or, if
// there are none, by its name.
func (l *Ledger) OfServer(_ context.Context, server string, n int) ([]order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.all(func(o order.Order) bool { return o.Server.ID == server })
	if len(list) == 0 {
		list = l.all(func(o order.Order) bool { return o.Server.Name == server && server != "" })
	}
	slices.Reverse(list)
	return list[:min(len(list), n)], nil
}
