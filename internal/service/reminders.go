package service

import (
	"context"
	"time"

	"extendbot/internal/settings"
	"extendbot/order"
	"extendbot/order/leases"
)

// firstReading is how long reminders wait for the first reading of balances at 0xhost, so
// that what was missed while nothing ran says what is left.
const firstReading = 10 * time.Second

// newReminders returns what reminds people before servers run out. If nobody is to be reminded,
// it keeps what is known of leases, and what earlier reminders show.
func (v *Service) newReminders(s settings.Settings, processID string) *leases.Reminders {
	return leases.NewReminders(leases.Config{
		Store: v.Ledger, Known: v.Leases, Poster: v.Bot, Prices: v.Prices, Balance: v.Prices.Balance, ReadList: v.Prices.ReadList,
		AccountsOf: v.rules.AccountsOf, Admins: v.policy.Admins, Before: s.RemindBefore, Channel: s.RemindChannel,
		Process: processID, Observer: v.metrics, Log: v.log, Now: v.clock.Now,
	})
}

// remind reminds people until ctx ends. The bot is connected, and the policy is that of its
// workspace.
func (v *Service) remind(ctx context.Context) {
	timer := time.NewTimer(firstReading)
	defer timer.Stop()
	select {
	case <-v.Prices.Tried():
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	v.Reminders.Run(ctx)
}

// wakeReminders makes reminders follow what has changed, at once.
func (v *Service) wakeReminders() {
	if v.Reminders != nil { // the policy may be read again while New runs
		v.Reminders.Wake()
	}
}

// stopReminders records that nobody is to be reminded of a lease anymore, if it is the one
// that the server has now; see [bot.Config].
func (v *Service) stopReminders(ctx context.Context, serverID string, lease time.Time, user string) error {
	now, err := v.Leases.Lease(ctx, order.Server{ID: serverID})
	switch {
	case err != nil:
		return err
	case !now.ExpiresAt.Equal(lease):
		return &order.Error{Code: order.CodeLeaseOver, Expiry: now.ExpiresAt}
	}
	return v.Ledger.StopReminders(ctx, serverID, lease, user)
}
