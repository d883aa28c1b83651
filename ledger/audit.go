package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"extendbot/ledger/mac"
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
	order   *orderRow // nil if it is missing
	history []HistoryRow
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
		if err := historyTable.scan(found, &r); err != nil {
			return err
		}
		o := of(r.Order)
		o.history = append(o.history, r)
		return nil
	}, string(from), string(to))
	if err != nil {
		return nil, err
	}
	err = forEachRow(ctx, tx, selectOrderRange, func(found scanner) error {
		r, err := scanOrder(found)
		if err == nil {
			of(r.ID).order = &r
		}
		return err
	}, string(from), string(to))
	return list, err
}

// audited is what an audit of one order found.
type audited struct {
	differences []Difference
	unkeyed     int            // rows of history without a MAC
	unknown     map[string]int // rows of history by the key that made their MAC, if it is not known here
	mayBeSent   bool           // it may have been sent: there was an attempt that its history does not show to have sent nothing
}

// audit compares an order with its history, each row of history with the one before
// it, and the MACs with the keys.
func (s storedOrder) audit(keys mac.Keys) audited {
	a := auditor{keys: keys, id: s.id, found: audited{unknown: map[string]int{}}}
	for _, r := range s.history {
		a.row(r)
	}
	a.found.mayBeSent = s.attempted() && !a.provesUnsent()
	switch {
	case s.order == nil:
		a.differ(0, "it is missing; only its history exists")
	case len(s.history) == 0:
		a.differ(0, "its history is missing")
	default:
		for _, what := range s.order.against(a.before, a.facts) {
			a.differ(0, "%s", what)
		}
	}
	return a.found
}

// attempted reports whether there is any trace of an attempt at the order.
func (s storedOrder) attempted() bool {
	if r := s.order; r != nil && (r.Attempts != 0 || !r.FirstTry.IsZero() || !r.ThrottledAt.IsZero() || r.receipt != "") {
		return true
	}
	return slices.ContainsFunc(s.history, func(r HistoryRow) bool { return r.From == order.Placing || r.To == order.Placing })
}

// auditor goes through the history of one order.
type auditor struct {
	keys   mac.Keys
	id     order.ID
	before HistoryRow // the row before, and its facts
	facts  facts
	found  audited
}

func (a *auditor) differ(row int, format string, args ...any) {
	a.found.differences = append(a.found.differences, Difference{Order: a.id, Row: row, What: fmt.Sprintf(format, args...)})
}

// provesUnsent reports whether the history, which ends here, is authentic and shows that
// nothing was sent: only an order that can still be sent has such a history.
func (a *auditor) provesUnsent() bool {
	sendable := a.before.To == order.Pending || a.before.To == order.Approved
	authentic := len(a.found.differences)+len(a.found.unknown)+a.found.unkeyed == 0
	return sendable && authentic && a.facts.Throttled == 0
}

// row checks the next row.
func (a *auditor) row(r HistoryRow) {
	if r.Version != a.before.Version+1 {
		a.differ(r.Version, "rows are missing between it and row %d", a.before.Version)
	}
	switch {
	case r.From != a.before.To:
		a.differ(r.Version, "it changes the order from %s, but after the row before it the order was %s", stateName(r.From), stateName(a.before.To))
	case !r.From.CanBecome(r.To):
		a.differ(r.Version, "%s cannot become %s", stateName(r.From), stateName(r.To))
	}
	var f facts
	switch err := json.Unmarshal([]byte(r.Facts), &f); {
	case chainHash(a.before.Chain, a.id, r.Entry, r.Facts) != r.Chain:
		a.differ(r.Version, "it or a row before it was changed: its hash does not match")
	case err != nil:
		a.differ(r.Version, "its facts cannot be read: %v", err)
	default:
		a.code(r, f)
	}
	if r.MAC == "" {
		f = f.completed(a.facts)
	}
	if a.before.Version > 0 {
		for _, what := range f.fixed().against(a.facts.fixed(), "before") {
			a.differ(r.Version, "%s", what)
		}
	}
	a.before, a.facts = r, f
}

// code checks the MAC of a row, whose facts are f.
func (a *auditor) code(r HistoryRow, f facts) {
	switch {
	case (r.MAC == "") != (r.KeyID == ""):
		a.differ(r.Version, "it has only one of a MAC and the id of its key")
		return
	case r.MAC == "":
		if a.found.unkeyed++; a.before.MAC != "" {
			a.differ(r.Version, "it is not authenticated, but the row before it is")
		}
		return
	}
	switch a.keys.Verify(r.KeyID, r.MAC, macFormat, r.authenticated(f)...) {
	case mac.Valid:
	case mac.UnknownKey:
		a.found.unknown[r.KeyID]++
	case mac.Invalid:
		a.differ(r.Version, "it was not written with the key %s: its MAC does not match", r.KeyID)
	}
}

// completed returns the facts of an unauthenticated row with what it may lack, from
// those of the row before: a process of an older version that was running during an
// upgrade did not know them.
func (f facts) completed(before facts) facts {
	f.Throttled = cmp.Or(f.Throttled, before.Throttled)
	f.Typed, f.Purpose = cmp.Or(f.Typed, before.Typed), cmp.Or(f.Purpose, before.Purpose)
	return f
}

// stateName returns the name of a state for people.
func stateName(s order.State) string {
	if s == "" {
		return "new"
	}
	return fmt.Sprintf("%q", string(s))
}

// against compares an order with the newest row of its history, and its facts.
func (r *orderRow) against(newest HistoryRow, was facts) []string {
	var found []string
	compare := func(column string, is, was any) {
		if is != was {
			found = append(found, fmt.Sprintf("%s is %v, but %v in its history", column, is, was))
		}
	}
	compare("version", r.Version, newest.Version)
	compare("state", r.State, newest.To)
	compare("changed_at", r.ChangedAt.UTC(), newest.At.UTC())
	compare("chain", r.Chain, newest.Chain)
	if want := hostOrderID(r.Order); r.hostOrder != want {
		found = append(found, fmt.Sprintf("host_order is %q, but %q in its receipt", r.hostOrder, want))
	}
	if want := spentAmount(r.Order); r.spent != want {
		found = append(found, fmt.Sprintf("spent is %d, but %d by its receipt and estimate", r.spent, want))
	}
	return append(found, factsOf(r).against(was, "in its history")...)
}

// against compares facts by the names under which they are stored.
func (f facts) against(was facts, where string) []string {
	if f == was {
		return nil
	}
	var found []string
	now, then := reflect.ValueOf(f), reflect.ValueOf(was)
	for i := range now.NumField() {
		if a, b := now.Field(i).Interface(), then.Field(i).Interface(); a != b {
			name, _, _ := strings.Cut(now.Type().Field(i).Tag.Get("json"), ",")
			found = append(found, fmt.Sprintf("%s is %s, but %s %s", name, factText(a), factText(b), where))
		}
	}
	return found
}

// factText returns a fact for people: JSON as it is, a text in quotes.
func factText(fact any) string {
	if text, ok := fact.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(fact)
}
