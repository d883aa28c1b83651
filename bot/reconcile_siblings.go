package bot

import (
	"context"
	"fmt"
	"time"

	"extendbot/order"
)

// siblingsFor is how long after an order was placed this process looks for pending
// orders of the same server, whose cards then say so. Their due work does so
// anyway, but later.
const siblingsFor = time.Minute

func (r *reconciler) siblingsOwed(o order.Order) bool {
	return o.State == order.Placed && r.cfg.Now().Sub(o.ChangedAt) < siblingsFor
}

// showSiblings schedules the cards of the pending orders for a server that was
// just extended.
func (r *reconciler) showSiblings(ctx, _ context.Context, s *showing) error {
	activity, err := r.cfg.Orders.ServerActivity(ctx, s.o, s.o.ChangedAt)
	if err != nil {
		return fmt.Errorf("read the pending orders of the server: %w", err)
	}
	for _, other := range activity.Others {
		if pending(other) {
			r.schedule(other)
		}
	}
	return nil
}

// extendedBy returns the order that extended the server of a pending order
// meanwhile, or nil.
func (r *reconciler) extendedBy(ctx context.Context, o order.Order) (*order.Order, error) {
	if o.ExtendedBy == "" || !pending(o) {
		return nil, nil //nolint:nilnil // as documented
	}
	other, err := r.cfg.Orders.Order(ctx, o.ExtendedBy)
	if err != nil {
		return nil, fmt.Errorf("read the order that extended the server: %w", err)
	}
	return &other, nil
}
