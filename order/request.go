package order

import (
	"context"
	"fmt"
	"time"
)

// Request is a parsed command that is not yet authorized.
type Request struct {
	// Key identifies the request: a redelivery of the request has the same key.
	Key     string
	Person  Person
	Channel string // where the command was typed
	Server  string // the name or id that was typed
	Hours   Hours
	// Until, if it is not zero, is the time until which the server is to run; Hours
	// is then ignored. They follow from the server's expiry, rounded up to whole
	// hours.
	Until   time.Time
	Typed   string // see [Order]
	Purpose string // see [Order]
}

// Request checks that the person may extend the server and records a pending
// order. If the request was recorded before, it returns that order and an error
// with CodeDuplicate. The other errors are those of [Policy.Grant] and
// [Ledger.Create], and CodeBadHours.
func (d *Desk) Request(ctx context.Context, r Request) (Order, error) {
	grant, err := d.cfg.Policy.Grant(ctx, r.Person, r.Server)
	if err != nil {
		return Order{}, fmt.Errorf("request: %w", err)
	}
	if r.Hours < 1 || r.Hours > d.cfg.MaxHours {
		return Order{}, &Error{Code: CodeBadHours, Detail: fmt.Sprintf("%d is not within 1 and %d", r.Hours, d.cfg.MaxHours)}
	}
	now := d.now()
	o := Order{
		ID: d.cfg.NewID(now), RequestKey: r.Key, Version: 1, State: Pending,
		Person: r.Person, Channel: r.Channel,
		Account: grant.Account, Server: grant.Server, Hours: r.Hours, Typed: r.Typed, Purpose: r.Purpose,
		CreatedAt: now, ChangedAt: now, Deadline: now.Add(d.cfg.ConfirmTTL),
		CardOwner: d.cfg.ProcessID, CardOwnerUntil: now.Add(ReconcileGrace),
	}
	entry := Entry{Version: 1, At: now, Who: r.Person.User, From: none, To: Pending, Why: r.Purpose}
	first := now.Add(min(ReconcileGrace, d.cfg.ConfirmTTL))
	stored, err := d.cfg.Ledger.Create(ctx, o, entry, Due{Work: WorkReconcile, At: first})
	if err != nil {
		return stored, fmt.Errorf("request: %w", err)
	}
	d.cfg.Observer.Transitioned(stored, entry)
	return stored, nil
}
