package ledger

import (
	"context"
	"time"

	"extendbot/order"
)

// What the other orders of a server mean for one of them: which one stops it, asks
// for the same, or has extended the server meanwhile.

// selectSibling selects what findSiblings needs of another order. It is parsed for
// each write, so it is short.
const selectSibling = "SELECT id, request_key, state, created_at, deadline FROM orders WHERE "

const (
	// One query, so that an order that becomes placed just now is found as one or the
	// other. The states are those of order.State.Holds and of the indexes orders_holder
	// and orders_server_ended.
	selectHolderAndNewest = selectSibling + "server_id = $1 AND id <> $2 AND " + whereHolds +
		" UNION ALL SELECT * FROM (" + selectSibling + "server_id = $1 AND id <> $2 AND " + whereEnded +
		" AND state = 'placed' AND changed_at >= $3 ORDER BY changed_at DESC, id DESC LIMIT 1) AS newest"
	// The index orders_person_pending serves the last part; see selectPendingOf.
	selectBeforeCreate = selectHolderAndNewest +
		" UNION ALL " + selectSibling + "request_key = $4" +
		" UNION ALL " + selectSibling + "state = 'pending' AND requester = $5 AND requester <> ''" +
		" AND team = $6 AND account = $7 AND server_id = $1 AND hours = $8"

	// The states are those of the index orders_one_click, which has each server and lease
	// once.
	oneClick = "server_id = $1 AND lease = $2 AND lease <> 0 AND (state = 'pending' OR state = 'approved' OR state = 'placing' OR state = 'unknown' OR state = 'placed')"

	markExtended = "UPDATE orders SET extended_by = $2 WHERE server_id = $1 AND state = 'pending' AND id <> $2 RETURNING id"
)

// siblings are the other orders that matter for one. Those that do not exist have
// no id.
type siblings struct {
	first  sibling // has the same request key
	holder sibling // holds the server
	newest sibling // the newest one that was placed since RecentWindow before the request
	asked  sibling // the same person asks for the same with it, and can still confirm it
}

type sibling struct {
	id    order.ID
	state order.State
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

func findSiblings(ctx context.Context, tx tx, o order.Order, query string, more ...any) (s siblings, err error) {
	args := append([]any{o.Server.ID, string(o.ID), micros(o.CreatedAt.Add(-order.RecentWindow))}, more...)
	err = forEachRow(ctx, tx, query, func(found scanner) error {
		var other order.Order
		err := found.Scan(&other.ID, &other.RequestKey, &other.State, (*storedTime)(&other.CreatedAt), (*storedTime)(&other.Deadline))
		one := sibling{other.ID, other.State}
		switch {
		case other.RequestKey == o.RequestKey:
			s.first = one
		case other.State.Holds():
			s.holder = one
		case other.State == order.Placed:
			s.newest = one
		case other.Decidable(o.CreatedAt):
			s.asked = one
		}
		return err
	}, args...)
	return s, err
}

// mayCreate returns why o may not be created, or nil. A press on a reminder does not depend
// on what else the person asks for.
func (s siblings) mayCreate(ctx context.Context, tx tx, o order.Order) error {
	if s.first.id != "" {
		return s.first.prevents(ctx, tx, order.CodeDuplicate)
	}
	if err := mustNotBeTaken(ctx, tx, o); err != nil {
		return err
	}
	switch {
	case s.holder.state == order.Unknown:
		return s.holder.prevents(ctx, tx, order.CodeServerHeld)
	case s.asked.id != "" && o.Lease.IsZero():
		return s.asked.prevents(ctx, tx, order.CodeAsked)
	default:
		return nil
	}
}

// mustNotBeTaken fails with CodeLeaseTaken if o is due to a press on a reminder, and so is
// another order for the same server and lease that is open or was placed.
func mustNotBeTaken(ctx context.Context, tx tx, o order.Order) error {
	if o.Lease.IsZero() {
		return nil
	}
	taken, err := selectOne(ctx, tx, selectOneClick, o.Server.ID, micros(o.Lease))
	switch {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return &order.Error{Code: order.CodeLeaseTaken, Order: &taken.Order}
}

// prevents returns an error with the order.
func (s sibling) prevents(ctx context.Context, tx tx, code order.Code) error {
	o, err := selectOne(ctx, tx, selectOrder, string(s.id))
	if err != nil {
		return err
	}
	return &order.Error{Code: code, Order: &o.Order}
}

// tellSiblings marks the other pending orders of a server as extended by o, and
// returns the due work that shows that.
func tellSiblings(ctx context.Context, tx tx, o order.Order, now time.Time) (list []job, err error) {
	err = forEachRow(ctx, tx, markExtended, func(found scanner) error {
		var id order.ID
		err := found.Scan(&id)
		list = append(list, job{Order: id, Due: order.Due{Work: order.WorkReconcile, At: now}})
		return err
	}, o.Server.ID, string(o.ID))
	return list, err
}
