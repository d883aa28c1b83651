package ledger

import (
	"context"
	"time"

	"extendbot/order"
)

// What the other orders of a server mean for one of them: which one stops it, asks
// for the same, or has extended the server meanwhile.

var (
	selectHolder = orderTable.selectWhere("WHERE server_id = $1 AND id <> $2" +
		" AND state IN ('approved', 'placing', 'unknown')")
	// One query, so that an order that becomes placed just now is found as one or the
	// other. The states are those of order.State.Holds and of the indexes orders_holder
	// and orders_server_ended.
	selectHolderAndNewest = selectHolder + " UNION ALL SELECT * FROM (" +
		orderTable.selectWhere("WHERE server_id = $1 AND id <> $2 AND "+whereEnded+
			" AND state = 'placed' AND changed_at >= $3 ORDER BY changed_at DESC, id DESC LIMIT 1") + ") AS newest"
	// A server can have more pending orders than a person, so its id is compared
	// without an index; see selectPendingOf.
	selectBeforeCreate = selectHolderAndNewest +
		" UNION ALL " + orderTable.selectWhere("WHERE request_key = $4") +
		" UNION ALL " + orderTable.selectWhere("WHERE state = 'pending' AND requester = $5 AND requester <> ''"+
		" AND team = $6 AND account = $7 AND server_id || '' = $1 AND hours = $8")

	markExtended = "UPDATE orders SET extended_by = $2 WHERE server_id = $1 AND state = 'pending' AND id <> $2 RETURNING id"
)

// siblings are the other orders that matter for one; each may be nil.
type siblings struct {
	first  *order.Order // has the same request key
	holder *order.Order // holds the server
	newest *order.Order // the newest one that was placed since RecentWindow before the request
	asked  *order.Order // the same person asks for the same with it, and can still confirm it
}

// lockServer makes other transactions that create an order for the server, or
// record that one was placed, wait until tx has ended. So each sees what the others
// did. It is the first lock of a transaction.
func (l *Ledger) lockServer(ctx context.Context, tx tx, o order.Order) error {
	return l.db.lockName(ctx, tx, "the server "+o.Server.ID)
}

// siblingsBeforeCreate returns what matters for an order that is to be created.
func siblingsBeforeCreate(ctx context.Context, tx tx, o order.Order) (siblings, error) {
	return findSiblings(ctx, tx, o, selectBeforeCreate, o.RequestKey, o.Person.User, o.Person.Team, o.Account, int64(o.Hours))
}

// siblingsBeforeApproval returns what matters for an order that is to be approved.
func siblingsBeforeApproval(ctx context.Context, tx tx, o order.Order) (siblings, error) {
	return findSiblings(ctx, tx, o, selectHolderAndNewest)
}

func findSiblings(ctx context.Context, tx tx, o order.Order, query string, more ...any) (siblings, error) {
	args := append([]any{o.Server.ID, string(o.ID), micros(o.CreatedAt.Add(-order.RecentWindow))}, more...)
	found, err := selectAll(ctx, tx, query, args...)
	var s siblings
	for i := range found {
		other := &found[i].Order
		switch {
		case other.RequestKey == o.RequestKey:
			s.first = other
		case other.State.Holds():
			s.holder = other
		case other.State == order.Placed:
			s.newest = other
		case other.Decidable(o.CreatedAt):
			s.asked = other
		}
	}
	return s, err
}

// mayCreate returns why the order may not be created, or nil.
func (s siblings) mayCreate() error {
	switch {
	case s.first != nil:
		return &order.Error{Code: order.CodeDuplicate, Order: s.first}
	case s.holder != nil && s.holder.State == order.Unknown:
		return &order.Error{Code: order.CodeServerHeld, Order: s.holder}
	case s.asked != nil:
		return &order.Error{Code: order.CodeAsked, Order: s.asked}
	default:
		return nil
	}
}

// tellSiblings marks the other pending orders of a server as extended by o, and
// returns the due work that shows that.
func tellSiblings(ctx context.Context, tx tx, o order.Order, now time.Time) (list []job, err error) {
	err = forEachRow(ctx, tx, markExtended, func(found scanner) error {
		var id order.ID
		err := found.Scan(&id)
		list = append(list, job{id: id, due: order.Due{Work: order.WorkReconcile, At: now}})
		return err
	}, o.Server.ID, string(o.ID))
	return list, err
}
