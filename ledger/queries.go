package ledger

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"extendbot/order"
)

var selectHistory = historyTable.selectWhere("WHERE order_id = $1 ORDER BY version")

// Conditions of indexes: of orders_server_ended and orders_holder. They and that of
// orders_open are no lists of states. For a list of three or more values, SQLite fills a
// table of its own each time, so also for each index of each row that is written.
const (
	whereEnded = "state IN ('placed', 'not_placed')"
	whereHolds = "(state = 'approved' OR state = 'placing' OR state = 'unknown')"
)

var (
	// Open orders and recently placed ones. Each part has the condition of an
	// index: orders_server_pending, orders_holder, orders_server_ended.
	selectOthers = othersOf(orderTable.selectWhere("")) + " ORDER BY created_at DESC LIMIT 5"
	// Most servers have none, and finding that out by reading whole orders takes
	// several times as long.
	selectAnyOther = othersOf("SELECT 1 FROM orders ") + " LIMIT 1"
	selectRecent   = orderTable.selectWhere("WHERE requester = $1 AND team = $2 ORDER BY created_at DESC LIMIT $3")
	// The index orders_person_pending has the conditions on the state and on any
	// requester. SQLite would choose orders_person if that sorted the result.
	selectPendingOf = orderTable.selectWhere("WHERE requester = $1 AND team = $2 AND state = 'pending' AND requester <> '' ORDER BY created_at + 0 DESC LIMIT 20")
	selectPending   = orderTable.selectWhere("WHERE team = $1 AND state = 'pending' ORDER BY created_at LIMIT $2")
	// The index orders_server_name has the condition on the name.
	selectOfServer = orderTable.selectWhere("WHERE server_id = $1 ORDER BY created_at DESC LIMIT $2")
	selectOfNamed  = orderTable.selectWhere("WHERE server_name = $1 AND server_name <> '' ORDER BY created_at DESC LIMIT $2")
	// The expression is that of the index orders_newest.
	selectNewest  = orderTable.selectWhere("WHERE created_at + 0 >= $1 ORDER BY created_at + 0 DESC, id DESC LIMIT $2")
	selectOpen    = orderTable.selectWhere("WHERE " + isOpen + " ORDER BY created_at")
	selectUnknown = orderTable.selectWhere(whereUnknown)
)

// othersOf returns a query for the other orders of a server, which begins with
// selecting.
func othersOf(selecting string) string {
	each := selecting + "WHERE server_id = $1 AND id <> $2 AND "
	return each + "state = 'pending'" +
		" UNION ALL " + each + whereHolds +
		" UNION ALL " + each + whereEnded + " AND state = 'placed' AND changed_at >= $3"
}

const (
	selectLastReceipts = "SELECT receipt, changed_at FROM orders WHERE server_id = $1 AND " + whereEnded +
		" AND state = 'placed' AND receipt <> '' ORDER BY changed_at DESC LIMIT 5"
	// The index orders_open has exactly this condition.
	isOpen      = "state = 'pending' OR state = 'approved' OR state = 'placing' OR card_version < version OR " + owesThreadMessage
	owesNothing = "(state IN ('placed', 'refused', 'not_placed', 'declined', 'cancelled', 'expired') AND card_version >= version AND NOT (" +
		owesThreadMessage + "))"
	owesThreadMessage = "((state = 'placed' OR state = 'refused' OR state = 'unknown' OR state = 'not_placed' OR state = 'declined'" +
		" OR state = 'cancelled' AND reason <> '' AND card_ref <> '') AND word_version < version)" +
		" OR (decline_reason <> '' AND (decline_ref = '' OR card_reason <> decline_reason))"
	// The index orders_holder serves this query: its condition is repeated here.
	whereUnknown = "WHERE " + whereHolds + " AND state = 'unknown'"
	countUnknown = "SELECT COUNT(*) FROM orders " + whereUnknown
	countHolding = "SELECT state, COUNT(*) FROM orders WHERE " + whereHolds + " GROUP BY state"
)

// forEachRow calls use for each row of a query.
func forEachRow(ctx context.Context, tx tx, query string, use func(found scanner) error, args ...any) (err error) {
	found, err := tx.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		if err := use(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// selectAll returns the orders of a query.
func selectAll(ctx context.Context, tx tx, query string, args ...any) (list []orderRow, err error) {
	err = forEachRow(ctx, tx, query, func(found scanner) error {
		r, err := scanOrder(found)
		list = append(list, r)
		return err
	}, args...)
	return list, err
}

// selectOne returns the first order of a query, or CodeNotFound.
func selectOne(ctx context.Context, tx tx, query string, args ...any) (orderRow, error) {
	list, err := selectAll(ctx, tx, query, args...)
	if err != nil {
		return orderRow{}, err
	}
	if len(list) == 0 {
		return orderRow{}, &order.Error{Code: order.CodeNotFound}
	}
	return list[0], nil
}

// withFirst calls use for the first row of a query, or returns CodeNotFound.
func (l *Ledger) withFirst(ctx context.Context, query string, args []any, use func(found scanner) error) error {
	rows := 0
	err := forEachRow(ctx, l.db.read(), query, func(found scanner) error {
		if rows++; rows > 1 {
			return nil
		}
		return use(found)
	}, args...)
	if err == nil && rows == 0 {
		return &order.Error{Code: order.CodeNotFound}
	}
	return l.db.wrap(err)
}

// scanFirst reads the first row of a query into dest, or returns CodeNotFound.
func (l *Ledger) scanFirst(ctx context.Context, query string, args []any, dest ...any) error {
	return l.withFirst(ctx, query, args, func(found scanner) error { return found.Scan(dest...) })
}

func (l *Ledger) orders(ctx context.Context, query string, args ...any) ([]order.Order, error) {
	found, err := selectAll(ctx, l.db.read(), query, args...)
	if err != nil {
		return nil, l.db.wrap(err)
	}
	list := make([]order.Order, len(found))
	for i, r := range found {
		list[i] = r.Order
	}
	return list, nil
}

// eachOrder calls use for each order of a query, and returns its first error.
func (l *Ledger) eachOrder(ctx context.Context, use func(order.Order) error, query string, args ...any) error {
	var stopped error
	err := forEachRow(ctx, l.db.read(), query, func(found scanner) error {
		r, err := scanOrder(found)
		if err != nil {
			return err
		}
		stopped = use(r.Order)
		return stopped
	}, args...)
	if stopped != nil {
		return stopped
	}
	return l.db.wrap(err)
}

// ServerActivity returns the other activity on o's server: the orders that are
// open or were placed since a time.
func (l *Ledger) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	var found int
	of := []any{o.Server.ID, string(o.ID), micros(since)}
	switch err := l.scanFirst(ctx, selectAnyOther, of, &found); {
	case order.CodeOf(err) == order.CodeNotFound:
		return order.ServerActivity{}, nil
	case err != nil:
		return order.ServerActivity{}, err
	}
	others, err := l.orders(ctx, selectOthers, of...)
	return order.ServerActivity{Others: others}, err
}

// LastReceipt implements [order.Ledger]. It combines the newest receipts: only the newest
// has the current expiry, because each order moves it; the price of the plan may come from
// an older one.
func (l *Ledger) LastReceipt(ctx context.Context, serverID string) (*order.Receipt, error) {
	var last *order.Receipt
	err := forEachRow(ctx, l.db.read(), selectLastReceipts, func(found scanner) error {
		var (
			stored string
			placed time.Time
		)
		err := found.Scan(&stored, (*storedTime)(&placed))
		one := decodeReceipt(stored)
		if one == nil { // it cannot be read
			return err
		}
		if last == nil {
			last = one
		}
		if one.PlanPrice.Valid && last.PricedAt.IsZero() {
			last.PlanPrice, last.PricedAt = one.PlanPrice, placed
		}
		return err
	}, serverID)
	if err != nil || last == nil || last.ExpiresAt.IsZero() && !last.PlanPrice.Valid {
		return nil, l.db.wrap(err)
	}
	return last, nil
}

// Order implements [order.Ledger].
func (l *Ledger) Order(ctx context.Context, id order.ID) (order.Order, error) {
	r, err := selectOne(ctx, l.db.read(), selectOrder, string(id))
	if err != nil {
		return order.Order{}, l.db.wrap(err)
	}
	return r.Order, nil
}

// Requested implements [order.Ledger].
func (l *Ledger) Requested(ctx context.Context, key string) (order.Order, error) {
	r, err := selectOne(ctx, l.db.read(), selectByKey, key)
	if err != nil {
		return order.Order{}, l.db.wrap(err)
	}
	return r.Order, nil
}

// Recent returns the newest orders of a person, at most n.
func (l *Ledger) Recent(ctx context.Context, p order.Person, n int) ([]order.Order, error) {
	return l.orders(ctx, selectRecent, p.User, p.Team, n)
}

// Pending returns the oldest n orders of a workspace that wait for a decision, oldest
// first.
func (l *Ledger) Pending(ctx context.Context, team string, n int) ([]order.Order, error) {
	return l.orders(ctx, selectPending, team, int64(n))
}

// PendingOf returns the orders of a person that wait for a decision, newest first,
// at most 20.
func (l *Ledger) PendingOf(ctx context.Context, p order.Person) ([]order.Order, error) {
	return l.orders(ctx, selectPendingOf, p.User, p.Team)
}

// OfServer returns at most n of the newest orders for a server: by its id at the
// host or, if there are none, by its name.
func (l *Ledger) OfServer(ctx context.Context, server string, n int) ([]order.Order, error) {
	list, err := l.orders(ctx, selectOfServer, server, n)
	if err != nil || len(list) > 0 {
		return list, err
	}
	return l.orders(ctx, selectOfNamed, server, n)
}

// Unfinished returns the orders that are not final, and those whose end was not
// shown yet, oldest first.
func (l *Ledger) Unfinished(ctx context.Context) ([]order.Order, error) {
	open, err := l.orders(ctx, selectOpen)
	if err != nil {
		return nil, err
	}
	unknown, err := l.orders(ctx, selectUnknown)
	if err != nil {
		return nil, err
	}
	for _, o := range unknown {
		if !slices.ContainsFunc(open, func(other order.Order) bool { return other.ID == o.ID }) {
			open = append(open, o)
		}
	}
	slices.SortStableFunc(open, func(a, b order.Order) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return open, nil
}

// Unknown returns the orders of a workspace whose outcome is unknown, oldest first.
func (l *Ledger) Unknown(ctx context.Context, team string) ([]order.Order, error) {
	all, err := l.orders(ctx, selectUnknown) // in all workspaces, they are few
	all = slices.DeleteFunc(all, func(o order.Order) bool { return o.Person.Team != team })
	slices.SortStableFunc(all, func(a, b order.Order) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return all, err
}

// List returns the newest orders that were requested since a time, at most n.
func (l *Ledger) List(ctx context.Context, since time.Time, n int) ([]order.Order, error) {
	return l.orders(ctx, selectNewest, micros(since), n)
}

// NewestFirst calls use for each order that was requested since a time, the newest first.
// It returns the first error of use. It reads the database all that time, so use should
// take little.
func (l *Ledger) NewestFirst(ctx context.Context, since time.Time, use func(order.Order) error) error {
	return l.eachOrder(ctx, use, selectNewest, micros(since), math.MaxInt32)
}

// CountUnknown returns how many orders have an unknown outcome.
func (l *Ledger) CountUnknown(ctx context.Context) (int, error) {
	var n int
	err := l.scanFirst(ctx, countUnknown, nil, &n)
	return n, err
}

// CountHolding returns how many orders are in each state that [order.State.Holds]: those
// that are approved and whose outcome is not known yet.
func (l *Ledger) CountHolding(ctx context.Context) (map[order.State]int, error) {
	count := map[order.State]int{}
	err := forEachRow(ctx, l.db.read(), countHolding, func(found scanner) error {
		var state order.State
		var n int
		err := found.Scan(&state, &n)
		count[state] = n
		return err
	})
	return count, l.db.wrap(err)
}

// HistoryRow is one row of history as it is stored.
type HistoryRow struct {
	order.Entry
	Order order.ID
	Facts string // the order's data at that time, as JSON
	Chain string // the hash over this row and the Chain of the one before
	// KeyID names the key with which MAC was made, and MAC authenticates the row. Both
	// are "" in the rows of versions that did not authenticate.
	KeyID, MAC string
}

// History returns all rows of an order's history, oldest first, or CodeNotFound.
func (l *Ledger) History(ctx context.Context, id order.ID) (list []HistoryRow, err error) {
	err = forEachRow(ctx, l.db.read(), selectHistory, func(found scanner) error {
		var r HistoryRow
		err := historyTable.scan(found, &r)
		list = append(list, r)
		return err
	}, string(id))
	if err != nil {
		return nil, l.db.wrap(err)
	}
	if len(list) == 0 {
		return nil, &order.Error{Code: order.CodeNotFound}
	}
	return list, nil
}
