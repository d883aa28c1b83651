package ledger

import (
	"context"
	"errors"
	"fmt"

	"extendbot/order"
)

var selectOrders = "SELECT " + columnList + " FROM orders WHERE id >= $1 AND id <= $2 ORDER BY id"

const selectHistories = "SELECT order_id, version, at, who, from_state, to_state, why, facts, chain FROM history" +
	" WHERE order_id >= $1 AND order_id <= $2 ORDER BY order_id, version"

// historyColumns is how many of them there are.
const historyColumns = 9

// files reads all there is of the orders from one id to another, by their ids.
func storedOrders(ctx context.Context, tx tx, from, to order.ID) ([]storedOrder, error) {
	var list []storedOrder
	// of gives the file of an id that is not less than those before.
	place := map[order.ID]int{}
	of := func(id order.ID) *storedOrder {
		i, known := place[id]
		if !known {
			i = len(list)
			place[id] = i
			list = append(list, storedOrder{id: id})
		}
		return &list[i]
	}
	err := forEachRow(ctx, tx, selectHistories, func(found rows) error {
		var (
			id order.ID
			r  HistoryRow
		)
		err := found.Scan(&id, &r.Version, (*storedTime)(&r.At), &r.Who, &r.From, &r.To, &r.Why, &r.Facts, &r.Chain)
		if err == nil {
			f := of(id)
			f.history = append(f.history, r)
			return nil
		}
		raw, rawErr := rawColumns(found, historyColumns)
		if rawErr != nil {
			return err
		}
		f := of(order.ID(raw[0]))
		f.broken = append(f.broken, Difference{Order: f.id, What: fmt.Sprintf("row %s of its history cannot be read: %v", raw[1], err)})
		return nil
	}, string(from), string(to))
	if err != nil {
		return nil, err
	}
	err = forEachRow(ctx, tx, selectOrders, func(found rows) error {
		r, err := scan(found)
		if err == nil {
			of(r.ID).order = &r
			return nil
		}
		raw, rawErr := rawColumns(found, len(columns))
		if rawErr != nil {
			return err
		}
		f := of(order.ID(raw[0]))
		f.orderBroken = true
		f.broken = append(f.broken, Difference{Order: f.id, What: fmt.Sprintf("it cannot be read: %v", err)})
		return nil
	}, string(from), string(to))
	return list, err
}

// unread gives the columns of a row that does not make sense, as text.
func rawColumns(found rows, n int) ([]string, error) {
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	if err := found.Scan(into...); err != nil {
		return nil, err
	}
	text := make([]string, n)
	for i, v := range values {
		text[i] = fmt.Sprint(v)
	}
	return text, nil
}

// each calls take for each row of a query.
func forEachRow(ctx context.Context, tx tx, query string, take func(found rows) error, args ...any) (err error) {
	found, err := tx.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		if err := take(found); err != nil {
			return err
		}
	}
	return found.Err()
}
