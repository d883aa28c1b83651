package order

import (
	"context"
	"fmt"
)

// See returns an order to a person who may be told about it: the requester, the
// people whom the policy lets use its server, and admins. To all others, an order
// that they may not see looks like one that does not exist: CodeNotFound, or
// CodeStranger and CodeUnavailable as [Policy.MayDecide] returns them.
func (d *Desk) See(ctx context.Context, p Person, id ID) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil && CodeOf(err) != CodeNotFound {
		return Order{}, fmt.Errorf("see: %w", err)
	}
	if err != nil || o.Person.Team != p.Team {
		o = Order{} // the policy is asked all the same, so that both answers are the same
	}
	exists := o.ID != ""
	if exists && o.Person == p {
		return o, nil
	}
	refused := d.cfg.Policy.MayDecide(ctx, p, o)
	may := refused == nil || CodeOf(refused) == CodeNotYours || d.cfg.Policy.MaySettle(ctx, p) == nil
	switch {
	case may && exists:
		return o, nil
	case may, CodeOf(refused) == CodeUnknownServer:
		return Order{}, &Error{Code: CodeNotFound}
	default:
		return Order{}, fmt.Errorf("see: %w", refused)
	}
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
