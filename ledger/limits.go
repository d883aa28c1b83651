package ledger

import (
	"context"
	"time"

	"extendbot/order"
)

// What orders count against limits.

// whereSpent is the condition of orders that count, as in [order.Order.Spent].
const whereSpent = "(state = 'approved' OR state = 'placing' OR state = 'unknown' OR state = 'placed')"

var selectSpent = orderTable.selectWhere("WHERE " + whereSpent + " AND decided_at >= $1 ORDER BY decided_at, id")

// SpentSince calls use for each order that counts against limits, see
// [order.Order.Spent], and was approved at that time or later, by the time of its
// approval. It returns the first error of use. It reads the database all that time, so
// use should take little.
func (l *Ledger) SpentSince(ctx context.Context, since time.Time, use func(order.Order) error) error {
	var stopped error
	err := forEachRow(ctx, l.db.read(), selectSpent, func(found scanner) error {
		r, err := scanOrder(found)
		if err != nil {
			return err
		}
		stopped = use(r.Order)
		return stopped
	}, micros(since))
	if stopped != nil {
		return stopped
	}
	return l.db.wrap(err)
}
