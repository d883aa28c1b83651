package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
)

func ids(list []order.Order) (all []order.ID) {
	for _, o := range list {
		all = append(all, o.ID)
	}
	return all
}

// at returns a pending order that was requested so many minutes after the first.
func at(id order.ID, server order.Server, minutes int) order.Order {
	o := sample(id)
	o.Server = server
	o.CreatedAt = start.Add(time.Duration(minutes) * time.Minute)
	o.ChangedAt = o.CreatedAt
	return o
}

// The newest orders of a server are found by its id or its name.
func TestOfServer_ByIDOrName(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		web, unnamed := order.Server{Name: "web-1", ID: "h-1"}, order.Server{ID: "h-2"}
		for i := range 4 {
			create(t, l, at(order.ID(fmt.Sprintf("web-%d", i)), web, i))
			create(t, l, at(order.ID(fmt.Sprintf("h2-%d", i)), unnamed, i))
		}
		for server, want := range map[string][]order.ID{
			"h-1": {"web-3", "web-2", "web-1"}, "web-1": {"web-3", "web-2", "web-1"},
			"h-2": {"h2-3", "h2-2", "h2-1"}, "": nil, "nothing": nil,
		} {
			got, err := l.OfServer(t.Context(), server, 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, ids(got)); diff != "" {
				t.Errorf("%q: %s", server, diff)
			}
		}
	})
}

// NewestFirst reads the orders since a time, and stops at the first error of its caller.
func TestNewestFirst_SinceAndStop(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		for i := range 4 {
			create(t, l, at(order.ID(fmt.Sprintf("o-%d", i)), order.Server{ID: "h-1"}, i))
		}
		enough := errors.New("enough")
		for stop, want := range map[int][]order.ID{9: {"o-3", "o-2", "o-1"}, 2: {"o-3", "o-2"}} {
			var read []order.Order
			err := l.NewestFirst(t.Context(), start.Add(time.Minute), func(o order.Order) error {
				if read = append(read, o); len(read) == stop {
					return enough
				}
				return nil
			})
			if diff := cmp.Diff(want, ids(read)); diff != "" || (stop == 2) != errors.Is(err, enough) {
				t.Errorf("stop at %d: %v %s", stop, err, diff)
			}
		}
	})
}

// Unfinished returns the orders that wait for something, including those that
// were not shown.
func TestUnfinished_WaitingOrders(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		past := func(n int, states ...order.State) order.Order {
			id := order.ID(fmt.Sprintf("%02d", n))
			o := through(t, l, create(t, l, at(id, order.Server{ID: "srv-" + string(id)}, n)), states...)
			shown := order.ShownMessage{Ref: "C/1", Version: o.Version}
			if err := l.RecordShown(t.Context(), order.Shown{ID: id, Card: shown, ThreadMessage: shown}); err != nil {
				t.Fatal(err)
			}
			return o
		}
		past(1)
		past(2, order.Cancelled)
		past(3, order.Approved)
		past(4, order.Approved, order.Placing, order.Unknown)
		past(5, order.Approved, order.Placing, order.Placed)
		create(t, l, at("06", order.Server{ID: "srv-6"}, 6))
		step(t, l, past(7, order.Approved, order.Placing), order.Refused) // not shown
		step(t, l, past(8, order.Approved, order.Placing), order.Unknown) // likewise
		got, err := l.Unfinished(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]order.ID{"01", "03", "04", "06", "07", "08"}, ids(got)); diff != "" {
			t.Error(diff)
		}
		orphans, err := l.Orphans(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]order.ID{"03"}, orphans); diff != "" {
			t.Errorf("orphans: %s", diff)
		}
	})
}

// Encode returns the same rows as the ledger writes, column by column.
func TestEncode_SameRowsAsLedger(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		o := sample("a")
		created := order.Entry{Version: 1, At: start, Who: o.Person.User, To: order.Pending}
		create(t, l, o)
		next := o
		next.State, next.ChangedAt = order.Approved, o.ChangedAt.Add(time.Second)
		changed := order.Entry{Version: 2, At: next.ChangedAt, Who: "U0ALICE", From: o.State, To: next.State, Why: "because"}
		stored := step(t, l, o, order.Approved)
		rows, err := ledger.Encode(testKeys, []ledger.Transition{{Order: o, Entry: created}, {Order: stored, Entry: changed}})
		if err != nil {
			t.Fatal(err)
		}
		db := d.raw(t, url)
		for i, want := range rows.History {
			got := columnsOf(t, db, "history", ledger.HistoryColumns(), i)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("row %d of history: %s", i+1, diff)
			}
		}
		if diff := cmp.Diff(rows.Order, columnsOf(t, db, "orders", ledger.OrderColumns(), 0)); diff != "" {
			t.Errorf("order: %s", diff)
		}
	})
}

// columnsOf reads a row of a table, by its position in the order of versions.
func columnsOf(t *testing.T, db *sql.DB, table string, columns []string, place int) []any {
	t.Helper()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " ORDER BY version LIMIT 1 OFFSET " + strconv.Itoa(place)
	if err := db.QueryRowContext(t.Context(), query).Scan(into...); err != nil {
		t.Fatal(err)
	}
	return values
}

// Unknown outcomes, and orders that have no known outcome yet, are counted.
func TestCount_FollowsStates(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		want := func(unknown int, holding map[order.State]int) {
			t.Helper()
			if got, err := l.CountUnknown(t.Context()); err != nil || got != unknown {
				t.Errorf("%d, %v, want %d", got, err, unknown)
			}
			if got, err := l.CountHolding(t.Context()); err != nil || !maps.Equal(got, holding) {
				t.Errorf("%v, %v, want %v", got, err, holding)
			}
		}
		o := create(t, l, sample("a"))
		want(0, nil)
		o = through(t, l, o, order.Approved, order.Placing)
		want(0, map[order.State]int{order.Placing: 1})
		o = step(t, l, o, order.Unknown)
		want(1, map[order.State]int{order.Unknown: 1})
		step(t, l, o, order.NotPlaced)
		want(0, nil)
	})
}

// The unknown outcomes of a workspace are those of all its people, the oldest first, until
// they are settled.
func TestUnknown_OfAWorkspace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		unknown := func(key, team, user string, at time.Duration) order.Order {
			o := sample(order.ID(key))
			o.Person, o.Server.ID, o.CreatedAt = order.Person{Team: team, User: user}, "srv-"+key, o.CreatedAt.Add(at)
			return step(t, l, through(t, l, create(t, l, o), order.Approved, order.Placing), order.Unknown)
		}
		late, early := unknown("late", "T1", "U1", time.Hour), unknown("early", "T1", "U2", 0)
		unknown("elsewhere", "T2", "U1", 0)
		settled := unknown("settled", "T1", "U1", 0)
		step(t, l, settled, order.NotPlaced)
		list, err := l.Unknown(t.Context(), "T1")
		if err != nil || len(list) != 2 || list[0].ID != early.ID || list[1].ID != late.ID {
			t.Errorf("got %v, %v", list, err)
		}
	})
}
