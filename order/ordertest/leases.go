package ordertest

import (
	"context"

	"extendbot/order"
)

// CreateApproved implements [order.Ledger].
func (l *Ledger) CreateApproved(ctx context.Context, o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due ...order.Due) (order.Order, error) {
	return o, &order.Error{Code: order.CodeInternal}
}
