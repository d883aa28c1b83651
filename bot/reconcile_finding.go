package bot

import (
	"context"
	"errors"
	"fmt"

	"extendbot/bot/message"
	"extendbot/order"
)

// checkFinding checks what a person found out about an unknown outcome, which may
// settle it, and schedules what follows.
func (r *reconciler) checkFinding(ctx, _ context.Context, s *showing) error {
	err := r.cfg.Desk.CheckFinding(ctx, s.o.ID)
	return errors.Join(err, r.scheduleAgain(ctx, s.o.ID))
}

// postRefusal says in the thread that the last finding did not settle the order, and
// why. Its question keeps its buttons.
func (r *reconciler) postRefusal(ctx, calls context.Context, s *showing) error {
	if _, err := r.postInThread(calls, s.o, outgoing(message.FindingRefused(s.o))); err != nil {
		return fmt.Errorf("say that a finding about %s was refused: %w", s.o.ID, err)
	}
	r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldUser, s.o.Finding.By).Warn("an unknown outcome was not settled; the thread says why")
	return s.record(ctx, order.Shown{FindingAt: s.o.Finding.At})
}
