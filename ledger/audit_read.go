package ledger

import (
	"context"
	"fmt"

	"extendbot/order"
)

var (
	selectOrderRange   = orderTable.selectWhere("WHERE id >= $1 AND id <= $2 ORDER BY id")
	selectHistoryRange = historyTable.selectWhere("WHERE order_id >= $1 AND order_id <= $2 ORDER BY order_id, version")
)

// storedOrder is what the database has of one order: its row and its history,
// oldest first.
type storedOrder struct {
	id      order.ID
	order   *orderRow // nil if there is none, or if it cannot be read
	history []HistoryRow
	// unreadable lists the rows that cannot be read; orderUnreadable reports
	// whether the row of orders is among them.
	unreadable      []Difference
	orderUnreadable bool
}

// storedOrders reads everything about the orders from one id to another, in the
// order of the ids.
func storedOrders(ctx context.Context, tx tx, from, to order.ID) ([]storedOrder, error) {
	var list []storedOrder
	places := map[order.ID]int{}
	of := func(id order.ID) *storedOrder {
		i, known := places[id]
		if !known {
			i = len(list)
			places[id] = i
			list = append(list, storedOrder{id: id})
		}
		return &list[i]
	}
	err := forEachRow(ctx, tx, selectHistoryRange, func(found scanner) error {
		var r HistoryRow
		err := historyTable.scan(found, &r)
		if err == nil {
			o := of(r.Order)
			o.history = append(o.history, r)
			return nil
		}
		raw, rawErr := rawColumns(found, len(historyTable.columns))
		if rawErr != nil {
			return err
		}
		o := of(order.ID(raw[0]))
		o.unreadable = append(o.unreadable, Difference{Order: o.id, What: fmt.Sprintf("row %s of its history cannot be read: %v", raw[1], err)})
		return nil
	}, string(from), string(to))
	if err != nil {
		return nil, err
	}
	err = forEachRow(ctx, tx, selectOrderRange, func(found scanner) error {
		r, err := scanOrder(found)
		if err == nil {
			of(r.ID).order = &r
			return nil
		}
		raw, rawErr := rawColumns(found, len(orderTable.columns))
		if rawErr != nil {
			return err
		}
		o := of(order.ID(raw[0]))
		o.orderUnreadable = true
		o.unreadable = append(o.unreadable, Difference{Order: o.id, What: fmt.Sprintf("it cannot be read: %v", err)})
		return nil
	}, string(from), string(to))
	return list, err
}
