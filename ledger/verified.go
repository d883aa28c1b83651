package ledger

import (
	"context"
	"maps"
	"slices"
	"strings"

	"extendbot/ledger/mac"
	"extendbot/order"
)

// selectWithHistory returns an order beside each row of its history, oldest first.
// It is one statement, so both are of the same moment, and on PostgreSQL it takes one
// round trip.
var selectWithHistory = "SELECT " + orderTable.namesOf("o") + ", " + historyTable.namesOf("h") +
	" FROM orders AS o JOIN history AS h ON h.order_id = o.id WHERE o.id = $1 ORDER BY h.version"

// Verified implements [order.Ledger]. It compares the order with all rows of its
// history, and checks each of these: that it follows from the row before it, and that
// it was written with one of the keys of this process.
//
// It cannot find an order that was set back, as a whole, to how it once was: the rows
// from then are authentic. Nor does it check the columns of the table orders that are
// leases, or say how the order is shown.
func (l *Ledger) Verified(ctx context.Context, id order.ID) (order.Order, error) {
	s, err := l.withHistory(ctx, id)
	if err != nil {
		return order.Order{ID: id}, l.db.wrap(err)
	}
	a := s.audit(l.config.Keys)
	o := order.Order{ID: id}
	if s.order != nil {
		o = s.order.Order
		o.Finding.Unverified = order.CodeOf(l.verifyFinding(s.order))
	}
	switch {
	case len(a.differences) > 0:
		return o, &order.Error{Code: order.CodeTampered, Detail: a.differences[0].String(), MayBeSent: a.mayBeSent}
	case len(a.unknown) > 0:
		return o, &order.Error{Code: order.CodeKeyUnknown, Detail: "it was recorded with the key " + strings.Join(slices.Sorted(maps.Keys(a.unknown)), " and the key ")}
	case a.unkeyed > 0:
		return o, &order.Error{Code: order.CodeOldVersion}
	default:
		return o, nil
	}
}

// withHistory returns an order and its history, or CodeNotFound if nothing of it
// exists.
func (l *Ledger) withHistory(ctx context.Context, id order.ID) (storedOrder, error) {
	s := storedOrder{id: id}
	err := forEachRow(ctx, l.db.read(), selectWithHistory, func(found scanner) error {
		var (
			r orderRow
			h HistoryRow
		)
		if err := found.Scan(append(orderTable.fields(&r), historyTable.fields(&h)...)...); err != nil {
			return err
		}
		s.history = append(s.history, h)
		if s.order == nil {
			r.decode()
			s.order = &r
		}
		return nil
	}, string(id))
	if err != nil || s.order != nil {
		return s, err
	}
	// One of the two is missing, or both.
	return l.storedOrder(ctx, id)
}

// verifyCode returns why it is not proven that the program recorded something that has
// a MAC of its own, with the codes of [Ledger.Verified], or nil. what names it.
func (l *Ledger) verifyCode(what, keyID, code, format string, fields ...string) error {
	switch result := l.config.Keys.Verify(keyID, code, format, fields...); {
	case result == mac.Valid:
		return nil
	case keyID == "" && code == "":
		return &order.Error{Code: order.CodeOldVersion, Detail: what + " is not authenticated"}
	case result == mac.UnknownKey:
		return &order.Error{Code: order.CodeKeyUnknown, Detail: what + " was made with the key " + keyID}
	default:
		return &order.Error{Code: order.CodeTampered, Detail: what + " was changed: its MAC does not match"}
	}
}
