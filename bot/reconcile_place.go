package bot

import (
	"context"
	"errors"
	"time"

	"extendbot/order"
)

func placeOwed(o order.Order) bool { return o.State == order.Approved }

func placeAt(o order.Order, _ time.Time) time.Time { return o.RetryAt }

// place sends an approved order to the host and schedules what follows.
func (r *reconciler) place(ctx, _ context.Context, s *showing) error {
	err := r.cfg.Desk.Place(ctx, s.o.ID)
	return errors.Join(err, r.scheduleAgain(ctx, s.o.ID))
}
