package bot

import (
	"context"
	"errors"
	"time"

	"extendbot/order"
)

func placeOwed(o order.Order) bool { return o.State == order.Approved }

func placeAt(o order.Order, _ time.Time) time.Time { return o.RetryAt }

// place sends an approved order to the host and schedules what follows. The Desk reads
// the order itself, and does nothing if there is nothing to send.
func (r *reconciler) place(ctx, _ context.Context, s *showing) error {
	err := r.cfg.Desk.Place(ctx, s.o.ID)
	now, exists, readErr := r.read(ctx, s.o.ID)
	switch {
	case readErr != nil:
		return errors.Join(err, readErr)
	case !exists:
		return nil
	}
	s.o = now
	r.schedule(now)
	return err
}
