package service

import (
	"context"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// knownExpiry is the ledger, completed with what is known of leases: a server expires when
// they say so, whatever its last receipt says.
type knownExpiry struct {
	*ledger.Ledger
	leases order.Leases
}

// LastReceipt implements order.Ledger.
func (k knownExpiry) LastReceipt(ctx context.Context, serverID string) (*order.Receipt, error) {
	last, err := k.Ledger.LastReceipt(ctx, serverID)
	if err != nil {
		return nil, err
	}
	return k.complete(ctx, last, order.Server{ID: serverID})
}

// ServerActivity implements bot.OrderStore.
func (k knownExpiry) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	activity, err := k.Ledger.ServerActivity(ctx, o, since)
	if err == nil {
		activity.Last, err = k.complete(ctx, activity.Last, o.Server)
	}
	return activity, err
}

// complete returns the last receipt of a server with the expiry that is known.
func (k knownExpiry) complete(ctx context.Context, last *order.Receipt, s order.Server) (*order.Receipt, error) {
	lease, err := k.leases.Lease(ctx, s)
	if err != nil || !lease.Known() {
		return last, err
	}
	var known order.Receipt
	if last != nil {
		known = *last
	}
	known.ExpiresAt = lease.ExpiresAt
	return &known, nil
}
