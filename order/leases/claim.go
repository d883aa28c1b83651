package leases

import (
	"context"
	"time"
)

// claim makes this process the one that reminds, for at least some time. The context ends
// with the claim.
func (r *Reminders) claim(ctx context.Context, atLeast time.Duration) (context.Context, context.CancelFunc, bool, error) {
	now := r.cfg.Now()
	if r.claimedUntil.Sub(now) < atLeast {
		until := now.Add(claimTime)
		ok, err := r.cfg.Store.ClaimReminders(ctx, r.cfg.Process, until)
		if err != nil || !ok {
			r.claimedUntil = time.Time{}
			return ctx, nil, false, err
		}
		r.claimedUntil = until
	}
	claimed, cancel := context.WithTimeoutCause(ctx, r.claimedUntil.Sub(now), errClaimEnded)
	return claimed, cancel, true, nil
}

// outlast returns a context that ends with the claim, or stopGrace after ctx, so that a stop
// loses neither the answer to a post nor its record.
func (r *Reminders) outlast(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), r.claimedUntil.Sub(r.cfg.Now()), errClaimEnded)
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(stopGrace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-lasting.Done():
		}
	})
	return lasting, func() { stop(); cancel() }
}

// release lets another process remind.
func (r *Reminders) release(ctx context.Context) {
	if !r.claimedUntil.After(r.cfg.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if _, err := r.cfg.Store.ClaimReminders(ctx, r.cfg.Process, r.cfg.Now()); err != nil {
		r.cfg.Log.WithError(err).Warn("other processes remind only after a minute, because this one could not tell them that it stops")
	}
}
