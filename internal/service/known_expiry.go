package service

import (
	"context"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// knownExpiry is the ledger, completed with what the policy says about servers: when
// they expire, as long as no receipt says so.
type knownExpiry struct {
	*ledger.Ledger
	expires func(serverID string) time.Time
}

// LastReceipt implements order.Ledger.
func (k knownExpiry) LastReceipt(ctx context.Context, serverID string) (*order.Receipt, error) {
	last, err := k.Ledger.LastReceipt(ctx, serverID)
	if err != nil {
		return nil, err
	}
	return k.complete(last, serverID), nil
}

// ServerActivity implements bot.OrderStore.
func (k knownExpiry) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	activity, err := k.Ledger.ServerActivity(ctx, o, since)
	if err == nil {
		activity.Last = k.complete(activity.Last, o.Server.ID)
	}
	return activity, err
}

// complete returns the last receipt of a server, with the expiry from the policy if
// the receipt has none.
func (k knownExpiry) complete(last *order.Receipt, serverID string) *order.Receipt {
	if last != nil && !last.ExpiresAt.IsZero() {
		return last
	}
	at := k.expires(serverID)
	if at.IsZero() {
		return last
	}
	var known order.Receipt
	if last != nil {
		known = *last
	}
	known.ExpiresAt = at
	return &known
}
