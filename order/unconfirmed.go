package order

import (
	"context"
	"errors"
)

// withdrawAttempt returns an order to Approved if its attempt may be committed
// although the ledger did not confirm it. Only a confirmed attempt is sent, so
// nothing was sent for this one. o is the order before the attempt, with the
// attempt counted. If this attempt was not committed, another process may have
// committed its own attempt, with the same version and number, and may be
// sending it. The owner distinguishes the two.
//
// Without this, every commit whose confirmation is lost (a restart of
// PostgreSQL, a cut connection) would end as an unknown outcome that people have
// to settle, although nothing was sent. So it takes as long as record does,
// whatever time its caller has, unless the program stops.
func (d *Desk) withdrawAttempt(ctx context.Context, o Order) error {
	ctx, cancel := withoutDeadline(ctx)
	defer cancel()
	o.State, o.Version = Placing, o.Version+1
	err := d.record(ctx, o, outcome{state: Approved, why: "the ledger was unavailable", unconfirmed: true})
	if CodeOf(err) != CodeConflict {
		return err
	}
	now, err := d.cfg.Ledger.Order(ctx, o.ID)
	if err == nil && now.State == Approved { // the attempt was not committed
		return &Later{At: d.now().Add(retryPause)}
	}
	return err
}

// withoutDeadline returns a context that ends when ctx is canceled, but not when
// the deadline of ctx passes.
func withoutDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() { stop(); cancel(nil) }
}
