package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"extendbot/order"
)

// Difference is something in the ledger that is not as the program wrote it.
type Difference struct {
	Order order.ID // "" if it is about the ledger as a whole
	Row   int      // which row of the order's history; 0 for the order itself
	What  string   // in words for people
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
			differ(r.Version, "the row before it is missing, that one is row %d", before.Version)
		}
		switch {
		case r.From != before.To:
			differ(r.Version, "it says that the order was %s, but the row before it left it %s", stateName(r.From), stateName(before.To))
		case !r.From.CanBecome(r.To):
			differ(r.Version, "%s cannot become %s", stateName(r.From), stateName(r.To))
		}
		if chainHash(before.Chain, s.id, r.Entry, r.Facts) != r.Chain {
			differ(r.Version, "it was changed, or a row before it was: its hash does not match")
		}
		before = r
	}
	switch {
	case s.orderUnreadable:
	case s.order == nil:
		differ(0, "it is missing, only its history is there")
	case len(s.history) == 0:
		differ(0, "its history is missing")
	default:
		for _, what := range s.order.against(before) {
			differ(0, "%s", what)
		}
	}
	return found
}

// named is a state for people.
func stateName(s order.State) string {
	if s == "" {
		return "new"
	}
	return fmt.Sprintf("%q", string(s))
}

// against compares an order with the newest row of its history.
func (r orderRow) against(newest HistoryRow) []string {
	var found []string
	compare := func(column string, is, was any) {
		if is != was {
			found = append(found, fmt.Sprintf("%s is %v, its history says %v", column, is, was))
		}
	}
	compare("version", r.Version, newest.Version)
	compare("state", r.State, newest.To)
	compare("changed_at", r.ChangedAt.UTC(), newest.At.UTC())
	compare("chain", r.chain, newest.Chain)
	if want := hostOrderID(r.Order); r.hostOrder != want {
		found = append(found, fmt.Sprintf("host_order is %q, its receipt says %q", r.hostOrder, want))
	}

	current, err := factsOf(r.Order)
	if err != nil {
		return append(found, err.Error())
	}
	var is, was facts
	if err := json.Unmarshal([]byte(newest.Facts), &was); err != nil {
		return append(found, fmt.Sprintf("its history holds facts that cannot be read: %v", err))
	}
	if err := json.Unmarshal([]byte(current), &is); err != nil {
		return append(found, err.Error())
	}
	return append(found, is.against(was)...)
}

// against compares facts by the names under which they are written.
func (is facts) against(was facts) []string {
	var found []string
	now, then := reflect.ValueOf(is), reflect.ValueOf(was)
	for i := range now.NumField() {
		a, _ := json.Marshal(now.Field(i).Interface())
		b, _ := json.Marshal(then.Field(i).Interface())
		if !bytes.Equal(a, b) {
			name, _, _ := strings.Cut(now.Type().Field(i).Tag.Get("json"), ",")
			found = append(found, fmt.Sprintf("%s is %s, its history says %s", name, a, b))
		}
	}
	return found
}
