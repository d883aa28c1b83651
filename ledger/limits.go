package ledger

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// What orders count against limits: the sums, and the check in the transaction of the
// last approval. The rows that are summed are not verified. Who changes one can free a
// limit, but has no order sent that people did not approve.

// lastApproval reports whether a transition is the one that limits are about.
func lastApproval(e order.Entry) bool { return e.From == order.Pending && e.To == order.Approved }

// Approve implements [order.Ledger]. On PostgreSQL, all approvals under limits wait for
// each other, whatever their limits are: two can have one in common.
func (l *Ledger) Approve(ctx context.Context, next order.Order, e order.Entry, limits []order.Limit, due ...order.Due) (order.Order, error) {
	if !lastApproval(e) {
		return next, illegal(e)
	}
	return l.change(ctx, next, e, limits, due)
}

// mustBeWithin fails with CodeOverLimit if an order is not within the limits.
func mustBeWithin(ctx context.Context, tx tx, o order.Order, limits []order.Limit, now time.Time) error {
	states, err := limitStates(ctx, tx, o, limits, now)
	if err != nil {
		return err
	}
	return order.Exceeded(states)
}

// LimitStates implements [order.Ledger].
func (l *Ledger) LimitStates(ctx context.Context, o order.Order, limits []order.Limit, now time.Time) ([]order.LimitState, error) {
	states, err := limitStates(ctx, l.db.read(), o, limits, now)
	return states, l.db.wrap(err)
}

func limitStates(ctx context.Context, tx tx, o order.Order, limits []order.Limit, now time.Time) ([]order.LimitState, error) {
	var states []order.LimitState
	for _, limit := range limits {
		s, err := limitState(ctx, tx, o, limit, now)
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return states, nil
}

// limitState reads the sum first, because most orders are allowed. If one is not, when
// it will be depends on the single orders.
func limitState(ctx context.Context, tx tx, o order.Order, limit order.Limit, now time.Time) (order.LimitState, error) {
	where, args := spentTogether(o, limit, now)
	sum, err := selectSpentOf(ctx, tx, sumSpent+where, args...)
	if err != nil {
		return order.LimitState{}, err
	}
	s := limit.State(o, now, sum)
	if s.Allows {
		return s, nil
	}
	single, err := selectSpentOf(ctx, tx, selectSpentParts+where+oldestFirst, args...)
	if err != nil {
		return order.LimitState{}, err
	}
	return limit.State(o, now, single), nil
}

const (
	// whereSpent is the condition of orders that count, as in [order.Order.Spent]. The
	// index orders_spent has it, and all columns of the queries for sums.
	whereSpent = "team <> '' AND (state = 'approved' OR state = 'placing' OR state = 'unknown' OR state = 'placed')"

	// The sum is as new as the newest of the orders.
	sumSpent = "SELECT COALESCE(MAX(decided_at), 0), CAST(COALESCE(SUM(hours), 0) AS BIGINT), CAST(COALESCE(SUM(spent), 0) AS BIGINT)" +
		" FROM orders WHERE " + whereSpent
	selectSpentParts = "SELECT decided_at, CAST(hours AS BIGINT), CAST(spent AS BIGINT) FROM orders WHERE " + whereSpent
)

// The conditions of the orders that count together with one, after whereSpent. Those on
// the order are no columns but expressions, so that no other index is chosen, which has
// more orders or not all columns.
const (
	spentSince  = " AND decided_at > $1 AND id <> $2"
	samePerson  = " AND team || ' ' || requester = $3"
	sameServer  = " AND server_id || '' = $3"
	sameAccount = " AND account || '' = $3"
	oldestFirst = " ORDER BY decided_at"
)

// spentTogether returns the conditions of what counts together with o, and their values.
// [order.Limit.Covers] says the same of two orders.
func spentTogether(o order.Order, limit order.Limit, now time.Time) (where string, args []any) {
	args = []any{micros(now.Add(-limit.Within)), string(o.ID)}
	switch limit.Per {
	case order.PerPerson:
		return spentSince + samePerson, append(args, o.Person.Team+" "+o.Person.User)
	case order.PerServer:
		return spentSince + sameServer, append(args, o.Server.ID)
	case order.PerAccount:
		return spentSince + sameAccount, append(args, o.Account)
	case order.PerAll:
	}
	return spentSince, args
}

func selectSpentOf(ctx context.Context, tx tx, query string, args ...any) (list []order.Spent, err error) {
	err = forEachRow(ctx, tx, query, func(found scanner) error {
		var (
			one    order.Spent
			amount int64
		)
		err := found.Scan((*storedTime)(&one.At), &one.Hours, &amount)
		one.Amount = fromMillionths(amount)
		list = append(list, one)
		return err
	}, args...)
	return list, err
}

// fromMillionths returns an amount without the zeros at its end that people do not write.
func fromMillionths(n int64) decimal.Decimal {
	decimals := int32(6)
	for ; decimals > 2 && n%10 == 0; decimals-- {
		n /= 10
	}
	return decimal.New(n, -decimals)
}

var selectSpent = orderTable.selectWhere("WHERE " + whereSpent + " AND decided_at >= $1 ORDER BY decided_at, id")

// SpentSince calls use for each order that counts against limits, see
// [order.Order.Spent], and was approved at that time or later, by the time of its
// approval. It returns the first error of use. It reads the database all that time, so
// use should take little.
func (l *Ledger) SpentSince(ctx context.Context, since time.Time, use func(order.Order) error) error {
	return l.eachOrder(ctx, use, selectSpent, micros(since))
}
