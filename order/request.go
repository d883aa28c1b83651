package order

import (
	"context"
	"fmt"
)

// Request is what somebody typed, understood but not yet allowed.
type Request struct {
	// Key tells this request from all others; a second delivery of the same
	// request has the same key.
	Key     string
	Person  Person
	Channel string // where they asked
	Server  string // as they named it
	Hours   Hours
}

// Request checks that the person may have this and records it as a pending
// order. If the request was recorded before, it returns that order and an
// error with CodeDuplicate. The other errors are those of [Policy.Grant] and
// [Ledger.Create], and CodeBadHours.
func (d *Desk) Request(ctx context.Context, r Request) (Order, error) {
	if r.Hours < 1 || r.Hours > d.MaxHours {
		return Order{}, &Error{Code: CodeBadHours, Detail: fmt.Sprintf("%d is not within 1 and %d", r.Hours, d.MaxHours)}
	}
	grant, err := d.Policy.Grant(ctx, r.Person, r.Server)
	if err != nil {
		return Order{}, fmt.Errorf("request: %w", err)
	}
	now := d.now()
	o := Order{
		ID: d.NewID(now), RequestKey: r.Key, Version: 1, State: Pending,
		Person: r.Person, Channel: r.Channel,
		Account: grant.Account, Server: grant.Server, Hours: r.Hours,
		CreatedAt: now, ChangedAt: now, Deadline: now.Add(d.ConfirmTTL),
		CardOwner: d.ProcessID, CardOwnerUntil: now.Add(ReconcileGrace),
	}
	entry := Entry{Version: 1, At: now, Who: r.Person.User, From: none, To: Pending}
	first := now.Add(min(ReconcileGrace, d.ConfirmTTL))
	stored, err := d.Ledger.Create(ctx, o, entry, Due{Work: WorkReconcile, At: first})
	if err != nil {
		return stored, fmt.Errorf("request: %w", err)
	}
	d.Observer.Transitioned(stored, entry)
	return stored, nil
}
