package service

import (
	"context"
	"time"

	"extendbot/order"
)

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
