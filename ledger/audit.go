package ledger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"extendbot/order"
)

// Difference is something in the ledger that differs from what the program
// wrote.
type Difference struct {
	Order order.ID // "" if it concerns the ledger as a whole
	Row   int      // row of the order's history; 0 for the order itself
	What  string   // a text for people
}

// String returns the difference as one line.
func (d Difference) String() string {
	switch {
	case d.Order == "":
		return d.What
	case d.Row == 0:
		return fmt.Sprintf("order %s: %s", d.Order, d.What)
	default:
		return fmt.Sprintf("order %s, row %d of its history: %s", d.Order, d.Row, d.What)
	}
}

var (
	selectOrderRange   = orderTable.selectWhere("WHERE id >= $1 AND id <= $2 ORDER BY id")
	selectHistoryRange = historyTable.selectWhere("WHERE order_id >= $1 AND order_id <= $2 ORDER BY order_id, version")
)

// storedOrder is what the database contains for one order: its row and its
// history, oldest first.
type storedOrder struct {
	id      order.ID
	order   *orderRow // nil if it is missing or cannot be read
	history []HistoryRow
	// unreadable lists the rows that cannot be read. orderUnreadable reports
	// whether the row in orders is one of them.
	unreadable      []Difference
	orderUnreadable bool
}

// storedOrders reads everything about a range of orders, sorted by id.
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

// audit compares an order with its history and each row of history with the
// one before it.
func (s storedOrder) audit() []Difference {
	found := s.unreadable
	differ := func(row int, format string, args ...any) {
		found = append(found, Difference{Order: s.id, Row: row, What: fmt.Sprintf(format, args...)})
	}
	before := HistoryRow{}
	for _, r := range s.history {
		if r.Version != before.Version+1 {
			differ(r.Version, "rows are missing between it and row %d", before.Version)
		}
		switch {
		case r.From != before.To:
			differ(r.Version, "it changes the order from %s, but after the row before it the order was %s", stateName(r.From), stateName(before.To))
		case !r.From.CanBecome(r.To):
			differ(r.Version, "%s cannot become %s", stateName(r.From), stateName(r.To))
		}
		if chainHash(before.Chain, s.id, r.Entry, r.Facts) != r.Chain {
			differ(r.Version, "it or a row before it was changed: its hash does not match")
		}
		before = r
	}
	switch {
	case s.orderUnreadable:
	case s.order == nil:
		differ(0, "it is missing; only its history exists")
	case len(s.history) == 0:
		differ(0, "its history is missing")
	default:
		for _, what := range s.order.against(before, s.addedFacts()) {
			differ(0, "%s", what)
		}
	}
	return found
}

// addedFacts returns the facts that were added in later versions, from the newest
// rows of history that have them. The rows that a process of an older version added
// during an upgrade do not.
func (s storedOrder) addedFacts() (added facts) {
	for _, r := range slices.Backward(s.history) {
		var f facts
		if json.Unmarshal([]byte(r.Facts), &f) != nil {
			continue
		}
		added.Throttled = cmp.Or(added.Throttled, f.Throttled)
		added.Typed, added.Purpose = cmp.Or(added.Typed, f.Typed), cmp.Or(added.Purpose, f.Purpose)
	}
	return added
}

// stateName returns the name of a state for people.
func stateName(s order.State) string {
	if s == "" {
		return "new"
	}
	return fmt.Sprintf("%q", string(s))
}

// against compares an order with the newest row of its history, and with the facts
// that this row may lack.
func (r *orderRow) against(newest HistoryRow, added facts) []string {
	var found []string
	compare := func(column string, is, was any) {
		if is != was {
			found = append(found, fmt.Sprintf("%s is %v, but %v in its history", column, is, was))
		}
	}
	compare("version", r.Version, newest.Version)
	compare("state", r.State, newest.To)
	compare("changed_at", r.ChangedAt.UTC(), newest.At.UTC())
	compare("chain", r.chain, newest.Chain)
	if want := hostOrderID(r.Order); r.hostOrder != want {
		found = append(found, fmt.Sprintf("host_order is %q, but %q in its receipt", r.hostOrder, want))
	}

	current, err := factsOf(r.Order)
	if err != nil {
		return append(found, err.Error())
	}
	var is, was facts
	if err := json.Unmarshal([]byte(newest.Facts), &was); err != nil {
		return append(found, fmt.Sprintf("its history contains facts that cannot be read: %v", err))
	}
	was.Throttled, was.Typed, was.Purpose = added.Throttled, added.Typed, added.Purpose
	if err := json.Unmarshal([]byte(current), &is); err != nil {
		return append(found, err.Error())
	}
	return append(found, is.against(was)...)
}

// against compares facts by the names under which they are stored.
func (is facts) against(was facts) []string {
	var found []string
	now, then := reflect.ValueOf(is), reflect.ValueOf(was)
	for i := range now.NumField() {
		a, _ := json.Marshal(now.Field(i).Interface())
		b, _ := json.Marshal(then.Field(i).Interface())
		if !bytes.Equal(a, b) {
			name, _, _ := strings.Cut(now.Type().Field(i).Tag.Get("json"), ",")
			found = append(found, fmt.Sprintf("%s is %s, but %s in its history", name, a, b))
		}
	}
	return found
}
