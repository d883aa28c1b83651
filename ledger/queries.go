package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"extendbot/order"
)

const selectHistory = "SELECT version, at, who, from_state, to_state, why, facts, chain FROM history WHERE order_id = $1 ORDER BY version"

// whereEnded is the condition of the index orders_server_ended.
const whereEnded = "state IN ('placed', 'not_placed')"

var (
	// Open orders and those placed lately. Each part has the condition of an
	// index: orders_server_pending, orders_holder, orders_server_ended.
	selectOthers = selectOther + "state = 'pending'" +
		" UNION ALL " + selectOther + "state IN ('approved', 'placing', 'unknown')" +
		" UNION ALL " + selectOther + whereEnded + " AND state = 'placed' AND changed_at >= $3" +
		" ORDER BY created_at DESC LIMIT 5"
	selectOther      = "SELECT " + columnList + " FROM orders WHERE server_id = $1 AND id <> $2 AND "
	selectLastPlaced = "SELECT " + columnList + " FROM orders WHERE server_id = $1 AND " + whereEnded +
		" AND state = 'placed' AND receipt <> '' ORDER BY changed_at DESC LIMIT 5"
	selectRecent = "SELECT " + columnList + " FROM orders WHERE requester = $1 AND team = $2" +
		" ORDER BY created_at DESC LIMIT $3"
	// The index orders_server_name has the condition on the name.
	selectOfServer = "SELECT " + columnList + " FROM orders WHERE server_id = $1 ORDER BY created_at DESC LIMIT $2"
	selectOfNamed  = "SELECT " + columnList + " FROM orders WHERE server_name = $1 AND server_name <> '' ORDER BY created_at DESC LIMIT $2"
	// The expression is that of the index orders_newest.
	selectNewest = "SELECT " + columnList + " FROM orders WHERE created_at + 0 >= $1 ORDER BY created_at + 0 DESC, id DESC LIMIT $2"
	// The index orders_open has the very same condition.
	isOpen = "state IN ('pending', 'approved', 'placing') OR card_version < version" +
		" OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version)"
	selectOpen = "SELECT " + columnList + " FROM orders WHERE " + isOpen + " ORDER BY created_at"
	// The index orders_holder serves it: its condition is spelled out.
	whereUnknown  = " FROM orders WHERE state IN ('approved', 'placing', 'unknown') AND state = 'unknown'"
	selectUnknown = "SELECT " + columnList + whereUnknown
	countUnknown  = "SELECT COUNT(*)" + whereUnknown
)

// one gives the row of a query that has at most one; CodeNotFound if none.
func selectOne(ctx context.Context, tx tx, query string, args ...any) (row, error) {
	list, err := selectAll(ctx, tx, query, args...)
	if err != nil {
		return row{}, err
	}
	if len(list) == 0 {
		return row{}, &order.Error{Code: order.CodeNotFound}
	}
	return list[0], nil
}

func selectAll(ctx context.Context, tx tx, query string, args ...any) (list []row, err error) {
	found, err := tx.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		r, err := scan(found)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, found.Err()
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

// Standing tells what else there is of o's server: the orders that are open or
// were placed since, and the newest receipt.
func (l *Ledger) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	others, err := l.orders(ctx, selectOthers, o.Server.ID, string(o.ID), micros(since))
	if err != nil {
		return order.ServerActivity{}, err
	}
	last, err := l.orders(ctx, selectLastPlaced, o.Server.ID)
	if err != nil {
		return order.ServerActivity{}, err
	}
	last = slices.DeleteFunc(last, func(p order.Order) bool { return p.ID == o.ID })
	return order.ServerActivity{Others: others, Last: newestReceipt(last)}, nil
}

// known puts together what the newest receipts of a server tell. Only the
// newest may say when it expires: each order since has moved that. The price of
// the plan may come from an older one.
func newestReceipt(placed []order.Order) *order.Receipt {
	if len(placed) == 0 {
		return nil
	}
	last := *placed[0].Receipt
	for _, p := range placed[1:] {
		if last.PlanPrice.Valid {
			break
		}
		last.PlanPrice = p.Receipt.PlanPrice
	}
	if last.ExpiresAt.IsZero() && !last.PlanPrice.Valid {
		return nil
	}
	return &last
}

// Recent gives the newest orders of a person, at most n.
func (l *Ledger) Recent(ctx context.Context, p order.Person, n int) ([]order.Order, error) {
	return l.orders(ctx, selectRecent, p.User, p.Team, n)
}

// OfServer gives the newest orders of a server, at most n. The server goes by its
// id at the host or, if there are none of that, by the name it was asked for by.
func (l *Ledger) OfServer(ctx context.Context, server string, n int) ([]order.Order, error) {
	list, err := l.orders(ctx, selectOfServer, server, n)
	if err != nil || len(list) > 0 {
		return list, err
	}
	return l.orders(ctx, selectOfNamed, server, n)
}

// Unfinished gives the orders that did not come to their end, or whose end was not
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

// List gives the newest orders since a time, at most n.
func (l *Ledger) List(ctx context.Context, since time.Time, n int) ([]order.Order, error) {
	return l.orders(ctx, selectNewest, micros(since), n)
}

// CountUnknown says how many orders have an unknown outcome.
func (l *Ledger) CountUnknown(ctx context.Context) (int, error) {
	var n int
	err := l.scanFirst(ctx, countUnknown, nil, &n)
	return n, err
}

// HistoryRow is one row of history as it is stored.
type HistoryRow struct {
	order.Entry
	Facts string // what the order was then, as JSON
	Chain string // the hash over this row and the Chain of the one before
}

// History gives all that happened to an order, oldest first; CodeNotFound if
// there is no such order.
func (l *Ledger) History(ctx context.Context, id order.ID) (list []HistoryRow, err error) {
	found, err := l.db.read().query(ctx, selectHistory, string(id))
	if err != nil {
		return nil, l.db.wrap(err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		var r HistoryRow
		if err := found.Scan(&r.Version, (*storedTime)(&r.At), &r.Who, &r.From, &r.To, &r.Why, &r.Facts, &r.Chain); err != nil {
			return nil, l.db.wrap(err)
		}
		list = append(list, r)
	}
	if len(list) == 0 && found.Err() == nil {
		return nil, &order.Error{Code: order.CodeNotFound}
	}
	return list, l.db.wrap(found.Err())
}
