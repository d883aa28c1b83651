package order

import (
	"context"
	"fmt"
)

// Settlement is what a person found out about an order whose outcome is unknown.
type Settlement struct {
	ID     ID
	Who    string // a user id, or the operator's name
	Placed bool   // it went through
	HostID string // the host's id of the order, if known
	Why    string // how they know; required
}

// Settle ends an unknown outcome for the operator. It checks no policy, because
// anyone who can write to the ledger may settle. It fails with CodeConflict and
// the order if the order is not Unknown, and with CodeClaimed and the other
// order if s.HostID belongs to another one.
func (d *Desk) Settle(ctx context.Context, s Settlement) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, s.ID)
	if err != nil {
		return Order{}, fmt.Errorf("settle: %w", err)
	}
	return d.recordSettlement(ctx, o, s)
}

// SettleBy ends an unknown outcome for a person in Slack, who becomes s.Who. It
// returns the current order even with an error: those of [Policy.MaySettle],
// CodeNotFound, CodeConflict if the order is not Unknown, and CodeClaimed if
// s.HostID belongs to another one.
func (d *Desk) SettleBy(ctx context.Context, p Person, s Settlement) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, s.ID)
	if err != nil {
		return Order{}, fmt.Errorf("settle: %w", err)
	}
	if o.Person.Team != p.Team {
		return Order{}, &Error{Code: CodeNotFound, Detail: "the order belongs to another workspace"}
	}
	if err := d.cfg.Policy.MaySettle(ctx, p, o); err != nil {
		return o, fmt.Errorf("settle: %w", err)
	}
	s.Who = p.User
	return d.recordSettlement(ctx, o, s)
}

// recordSettlement commits a settlement.
func (d *Desk) recordSettlement(ctx context.Context, o Order, s Settlement) (Order, error) {
	if o.State != Unknown {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "only an unknown outcome can be settled"}
	}
	to := NotPlaced
	if s.Placed {
		to = Placed
	}
	settled, err := d.transition(ctx, o, to, s.Who, s.Why, nil, func(next *Order) {
		next.SettledBy = s.Who
		if s.Placed {
			next.Receipt = &Receipt{OrderID: s.HostID, Currency: d.cfg.Currency}
		}
	})
	if CodeOf(err) != CodeConflict {
		return settled, err
	}
	// Another settlement was faster. It is final.
	if o, err := d.cfg.Ledger.Order(ctx, o.ID); err == nil {
		return o, &Error{Code: CodeConflict, Order: &o, Detail: "it has been settled in the meantime"}
	}
	return settled, err
}
