package order

import (
	"context"
	"fmt"
)

// Finding is what somebody found out about an order whose outcome was unknown.
type Settlement struct {
	ID     ID
	Who    string // a user id, or the name of whoever ran the command
	Placed bool   // it went through
	HostID string // the host's id of it, if known
	Why    string // what the finding rests on; required
}

// Settle ends an unknown outcome by the word of whoever runs this program:
// who can write to the ledger needs no other right. It fails with CodeConflict
// and the order as it stands if that is not Unknown, and with CodeClaimed and
// the other order if f.HostID belongs to another one.
func (d *Desk) Settle(ctx context.Context, f Settlement) (Order, error) {
	o, err := d.Ledger.Order(ctx, f.ID)
	if err != nil {
		return Order{}, fmt.Errorf("settle: %w", err)
	}
	return d.finish(ctx, o, f)
}

// SettleBy ends an unknown outcome by the word of somebody in Slack, who takes
// the place of f.Who. It returns the order as it then stands, also beside an
// error: those of [Policy.MaySettle], CodeNotFound, CodeConflict if the order
// is not Unknown, and CodeClaimed if f.HostID belongs to another one.
func (d *Desk) SettleBy(ctx context.Context, p Person, f Settlement) (Order, error) {
	o, err := d.Ledger.Order(ctx, f.ID)
	if err != nil {
		return Order{}, fmt.Errorf("settle: %w", err)
	}
	if o.Person.Team != p.Team {
		return Order{}, &Error{Code: CodeNotFound, Detail: "the order belongs to another workspace"}
	}
	if err := d.Policy.MaySettle(ctx, p); err != nil {
		return o, fmt.Errorf("settle: %w", err)
	}
	f.Who = p.User
	return d.finish(ctx, o, f)
}

// finish records a finding.
func (d *Desk) finish(ctx context.Context, o Order, f Settlement) (Order, error) {
	if o.State != Unknown {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "only an unknown outcome can be settled"}
	}
	to := NotPlaced
	if f.Placed {
		to = Placed
	}
	settled, err := d.step(ctx, o, to, f.Who, f.Why, nil, func(next *Order) {
		next.SettledBy = f.Who
		if f.Placed {
			next.Receipt = &Receipt{OrderID: f.HostID, Currency: d.Currency}
		}
	})
	if CodeOf(err) != CodeConflict {
		return settled, err
	}
	// Somebody was faster: what they said is what stands.
	if o, err := d.Ledger.Order(ctx, o.ID); err == nil {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "it is settled since"}
	}
	return settled, err
}
