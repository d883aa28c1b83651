package order

import (
	"context"
	"fmt"
)

// See returns an order to a person who may be told about it: the requester, and
// the people whom [Policy.MaySee] names. To all others, an order that they may not
// see looks like one that does not exist. The errors are those of MaySee.
func (d *Desk) See(ctx context.Context, p Person, id ID) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Order{}, fmt.Errorf("see: %w", err)
	}
	if err != nil || o.Person.Team != p.Team {
		o = Order{} // the policy is asked all the same, so that both answers are the same
	}
	if o.ID != "" && o.Person == p {
		return o, nil
	}
	if err := d.cfg.Policy.MaySee(ctx, p, o); err != nil {
		return Order{}, fmt.Errorf("see: %w", err)
	}
	return o, nil
}

// Concerns reports whether a person may be told about an order, as [Desk.See] does for one
// that was read already. It does not block.
func (d *Desk) Concerns(p Person, o Order) bool {
	return o.Person == p || o.Person.Team == p.Team && d.cfg.Policy.MaySee(context.Background(), p, o) == nil
}

// Ruling returns what the policy says about an order now, for its card. The errors
// are those of [Policy.Judge]; the ruling is then as far as it is known.
func (d *Desk) Ruling(ctx context.Context, o Order) (Ruling, error) {
	ruling, err := d.cfg.Policy.Judge(ctx, o)
	if err != nil {
		return ruling, fmt.Errorf("ruling: %w", err)
	}
	return ruling, nil
}

// Awaits reports whether a pending order waits for p's yes, as the policy is now: p's
// yes would count, and a rule asks for it.
func (d *Desk) Awaits(ctx context.Context, p Person, o Order) bool {
	ruling, err := d.cfg.Policy.MayApprove(ctx, p, o)
	return err == nil && len(ruling.Rules) > 0 && o.Decidable(d.now())
}

// Server returns the server that a person means by its name or id, if they may
// extend it. The errors are those of [Policy.Grant].
func (d *Desk) Server(ctx context.Context, p Person, nameOrID string) (Server, error) {
	grant, err := d.cfg.Policy.Grant(ctx, p, nameOrID)
	if err != nil {
		return Server{}, fmt.Errorf("server: %w", err)
	}
	return grant.Server, nil
}
