package ledger_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/secret"
	"extendbot/ledger"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// ways are the ways to each state, and to some of them with more history.
func ways() map[string][]order.State {
	return map[string][]order.State{
		"pending":            {},
		"one approval":       {order.Pending},
		"approved":           {order.Pending, order.Approved},
		"approved again":     {order.Approved, order.Placing, order.Approved},
		"placing":            {order.Approved, order.Placing},
		"placed":             {order.Approved, order.Placing, order.Placed},
		"refused":            {order.Approved, order.Placing, order.Refused},
		"refused before":     {order.Approved, order.Refused},
		"unknown":            {order.Approved, order.Placing, order.Unknown},
		"not placed":         {order.Approved, order.Placing, order.Unknown, order.NotPlaced},
		"declined":           {order.Declined},
		"withdrawn":          {order.Pending, order.Cancelled},
		"expired, one asked": {order.Pending, order.Expired},
	}
}

// onTheWay records an order and takes it along a way, with what a Desk would record.
func onTheWay(t *testing.T, l *ledger.Ledger, id order.ID, way []order.State) order.Order {
	t.Helper()
	o := sample(id)
	o.Server.ID = "srv-" + string(id)
	o = create(t, l, o)
	for i, s := range way {
		at := o.ChangedAt.Add(time.Second)
		switch s {
		case order.Pending, order.Approved:
			if o.State == order.Pending {
				o.Approvals = append(slices.Clone(o.Approvals), order.Approval{User: fmt.Sprintf("U%d", i), At: at})
				o.DecidedBy, o.DecidedAt = fmt.Sprintf("U%d", i), at
			} else {
				o.ThrottledAt, o.RetryAt = at, at.Add(time.Minute)
			}
		case order.Placing:
			o.Attempts, o.FirstTry, o.Owner, o.OwnerUntil, o.RetryAt = 1, at, "p1", at.Add(time.Minute), time.Time{}
		case order.Placed:
			o.Receipt = &order.Receipt{OrderID: "h-" + string(id), Hours: 72}
		case order.Declined, order.Cancelled:
			o.DecidedBy, o.DecidedAt, o.Reason = "U9", at, "no"
		case order.Refused, order.Unknown, order.NotPlaced, order.Expired:
			o.Reason, o.SettledBy = "why", "ops"
		}
		o = step(t, l, o, s)
	}
	return o
}

// changes are values that a column can be changed to, as SQL.
func changes(column string, value any, d database) []string {
	if _, number := value.(int64); number {
		list := []string{column + " + 1", "0", "-1", "99999"}
		if !d.shared { // only SQLite stores it
			list = append(list, "'text'")
		}
		return list
	}
	list := []string{column + " || 'x'", "' ' || " + column, "''", "UPPER(" + column + ")", "'x'"}
	switch column {
	case "state", "from_state", "to_state":
		for _, s := range order.States() {
			list = append(list, "'"+string(s)+"'")
		}
	case "approvals":
		list = append(list, `'[]'`, `'null'`, `'[{"user":"U9","at":1}]'`, "REPLACE("+column+", ',', ', ')", "REPLACE("+column+", '}]', '},{\"user\":\"U9\",\"at\":1}]')")
	case "facts":
		list = append(list, "'{}'", "REPLACE("+column+", '\"hours\":', '\"hours\":9')", "REPLACE("+column+", 'U0ALICE', 'U0MALLORY')")
	case "receipt":
		list = append(list, `'{}'`, `'{"order_id":"h-9"}'`)
	}
	return list
}

// tampering changes single columns of one order and its history, and restores them.
type tampering struct {
	t  *testing.T
	d  database
	db *sql.DB
}

// value returns a column of the row that a condition finds.
func (x tampering) value(table, column, where string) (v any) {
	x.t.Helper()
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s", column, table, where) //nolint:gosec // the test's own words
	if err := x.db.QueryRowContext(x.t.Context(), query).Scan(&v); err != nil {
		x.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// each calls check for each change of a column of a row that the database accepts.
// where must not depend on the column.
func (x tampering) each(table, column, where string, check func(to string)) {
	x.t.Helper()
	was, checked := x.value(table, column, where), false
	for _, to := range changes(column, was, x.d) {
		set := fmt.Sprintf("UPDATE %s SET %s = ", table, column)
		if _, err := x.db.ExecContext(x.t.Context(), set+to+" WHERE "+where); err != nil {
			continue // the database refuses it by itself
		}
		if x.value(table, column, where) != was {
			check(to)
			checked = true
		}
		if _, err := x.db.ExecContext(x.t.Context(), set+"$1 WHERE "+where, was); err != nil {
			x.t.Fatal(err)
		}
	}
	if !checked {
		x.t.Errorf("%s of %s, where %s, could not be changed", column, table, where)
	}
}

// Whatever column of an order or of its history is changed in the database, in any
// state, and to whatever: the order does not verify. The only exceptions are the
// columns that are leases, or say how the order is shown.
func TestVerified_AnyColumnChanged(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		x := tampering{t: t, d: d, db: d.raw(t, url)}
		x.db.SetMaxOpenConns(1) // the permission belongs to a connection
		exec(t, x.db, d.unguard)
		for name, way := range ways() {
			id := order.ID(strings.ReplaceAll(name, " ", "-"))
			o := onTheWay(t, l, id, way)
			refused := func(table, column string, row int) func(to string) {
				return func(to string) {
					_, err := l.Verified(t.Context(), id)
					if code := order.CodeOf(err); code != order.CodeTampered && (code != order.CodeKeyUnknown || column != "key_id") {
						t.Errorf("%s: %s of %s, row %d, was set to %s, and it verifies: %v", name, column, table, row, to, err)
					}
				}
			}
			for _, column := range ledger.TableColumns["orders"] {
				where := "id = '" + string(id) + "'"
				if column == "id" {
					where = "request_key = 'key-" + string(id) + "'"
				}
				if !slices.Contains(bookkeeping, column) {
					x.each("orders", column, where, refused("orders", column, 0))
				}
			}
			for row := 1; row <= o.Version; row++ {
				key := fmt.Sprintf("order_id = '%s' AND version = %d", id, row)
				chain := fmt.Sprintf("chain = '%s'", x.value("history", "chain", key))
				for _, column := range ledger.TableColumns["history"] {
					where := key
					if column == "order_id" || column == "version" {
						where = chain
					}
					x.each("history", column, where, refused("history", column, row))
				}
			}
			got, err := l.Verified(t.Context(), id)
			if diff := cmp.Diff(o, got); err != nil || diff != "" {
				t.Errorf("%s: everything was restored, but: %v\n%s", name, err, diff)
			}
		}
	})
}

// What only says how an order is shown, or is a lease, may differ, and nothing else
// may be missing from the check.
func TestVerified_ShownMayDiffer(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		onTheWay(t, l, "a", []order.State{order.Approved})
		x := tampering{t: t, d: d, db: d.raw(t, url)}
		for _, column := range bookkeeping {
			x.each("orders", column, "id = 'a'", func(to string) {
				if _, err := l.Verified(t.Context(), "a"); err != nil && to != "'text'" {
					t.Errorf("%s was set to %s: %v", column, to, err)
				}
			})
		}
	})
}

// Rows that somebody wrote who knows the program, but not the key, do not verify:
// with a key of their own, with the id of the right key, or with MACs of other rows.
func TestVerified_ForgedRows(t *testing.T) {
	t.Parallel()
	forgers, err := mac.New(secret.New(strings.Repeat("forged", 8)))
	if err != nil {
		t.Fatal(err)
	}
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		authentic := onTheWay(t, l, "authentic", []order.State{order.Approved})
		db := d.raw(t, url)
		o := sample("forged")
		o.Server.ID, o.ChangedAt = "srv-forged", start
		approved := o
		approved.State, approved.Version = order.Approved, 2
		approved.Approvals = []order.Approval{{User: "U0CARO", At: start}}
		rows, err := ledger.Encode(forgers, []ledger.Transition{
			{Order: o, Entry: order.Entry{Version: 1, At: start, Who: "U0ALICE", To: order.Pending}},
			{Order: approved, Entry: order.Entry{Version: 2, At: start, Who: "U0CARO", From: order.Pending, To: order.Approved}},
		})
		if err != nil {
			t.Fatal(err)
		}
		insertRow(t, db, "orders", ledger.OrderColumns(), rows.Order)
		for _, r := range rows.History {
			insertRow(t, db, "history", ledger.HistoryColumns(), r)
		}
		verified := func() order.Code {
			_, err := l.Verified(t.Context(), "forged")
			return order.CodeOf(err)
		}
		if code := verified(); code != order.CodeKeyUnknown {
			t.Errorf("with the key of the forger: %q", code)
		}
		db.SetMaxOpenConns(1)
		exec(t, db, d.unguard, "UPDATE history SET key_id = '"+testKeys.ID()+"' WHERE order_id = 'forged'")
		if code := verified(); code != order.CodeTampered {
			t.Errorf("with the id of the right key: %q", code)
		}
		exec(t, db, "UPDATE history SET mac = (SELECT mac FROM history AS h WHERE h.order_id = 'authentic' AND h.version = history.version) WHERE order_id = 'forged'")
		if code := verified(); code != order.CodeTampered {
			t.Errorf("with the MACs of another order: %q", code)
		}
		exec(t, db, "UPDATE history SET mac = '', key_id = '' WHERE order_id = 'forged'")
		if code := verified(); code != order.CodeOldVersion {
			t.Errorf("without MACs: %q", code)
		}
		if _, err := l.Verified(t.Context(), authentic.ID); err != nil {
			t.Error(err)
		}
	})
}

// Rows with the right MACs do not verify either if they do not follow from each other:
// nothing that the program is made to write about a changed order completes a history.
func TestVerified_RowsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	d := databases[0] // both are checked by the same code
	url := d.url(t)
	l := open(t, url, true)
	db := d.raw(t, url)
	for name, c := range map[string]struct {
		edit func(next *order.Order, e *order.Entry)
		says string
	}{
		"hours":   {func(next *order.Order, _ *order.Entry) { next.Hours = 99 }, "hours is 99, but "},
		"from":    {func(_ *order.Order, e *order.Entry) { e.From = order.Placing }, `it changes the order from "placing", but after the row before it the order was "pending"`},
		"step":    {func(next *order.Order, e *order.Entry) { next.State, e.To = order.Placed, order.Placed }, `"pending" cannot become "placed"`},
		"version": {func(next *order.Order, e *order.Entry) { next.Version, e.Version = 3, 3 }, "rows are missing between it and row 1"},
		"no-mac":  {nil, "it is not authenticated, but the row before it is"},
	} {
		o := sample(order.ID(name))
		o.Server.ID = "srv-" + name // one order holds a server
		o.ChangedAt = start
		next, e := o, order.Entry{Version: 2, At: start, Who: "U0CARO", From: order.Pending, To: order.Approved}
		next.State, next.Version = order.Approved, 2
		if c.edit != nil {
			c.edit(&next, &e)
		}
		rows, err := ledger.Encode(testKeys, []ledger.Transition{
			{Order: o, Entry: order.Entry{Version: 1, At: start, Who: "U0ALICE", To: order.Pending}}, {Order: next, Entry: e},
		})
		if err != nil {
			t.Fatal(err)
		}
		insertRow(t, db, "orders", ledger.OrderColumns(), rows.Order)
		for i, r := range rows.History {
			if c.edit == nil && i == 1 {
				exec(t, db, "DELETE FROM seal") // an older version could write then
				r[slices.Index(ledger.HistoryColumns(), "mac")], r[slices.Index(ledger.HistoryColumns(), "key_id")] = "", ""
			}
			insertRow(t, db, "history", ledger.HistoryColumns(), r)
		}
		if _, err := l.Verified(t.Context(), o.ID); order.CodeOf(err) != order.CodeTampered || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func insertRow(t *testing.T, db *sql.DB, table string, columns []string, values []any) {
	t.Helper()
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	//nolint:gosec // the names are those of the test
	query := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	if _, err := db.ExecContext(t.Context(), query, values...); err != nil {
		t.Fatal(err)
	}
}

// Missing, added, and swapped rows do not verify, nor does what is left of an order.
func TestVerified_RowsRemovedOrAdded(t *testing.T) {
	t.Parallel()
	for name, queries := range map[string][]string{
		"the first row":  {"DELETE FROM history WHERE order_id = 'a' AND version = 1"},
		"the newest row": {"DELETE FROM history WHERE order_id = 'a' AND version = 4"},
		"all history":    {"DELETE FROM history WHERE order_id = 'a'"},
		"the order":      {"DELETE FROM orders WHERE id = 'a'"},
		"one more row": {"INSERT INTO history SELECT order_id, 5, at, who, 'approved', 'placing', why, facts, chain, key_id, mac FROM history" +
			" WHERE order_id = 'a' AND version = 4"},
		"one row, without a MAC": {
			"INSERT INTO history SELECT order_id, 5, at, who, 'approved', 'placing', why, facts, chain, key_id, mac FROM history WHERE order_id = 'a' AND version = 4",
			"UPDATE history SET key_id = '', mac = '' WHERE order_id = 'a' AND version = 5",
		},
		"two rows swapped": {
			"UPDATE history SET version = 9 WHERE order_id = 'a' AND version = 2",
			"UPDATE history SET version = 2 WHERE order_id = 'a' AND version = 3",
			"UPDATE history SET version = 3 WHERE order_id = 'a' AND version = 9",
		},
		"the rows of another order": {
			"DELETE FROM history WHERE order_id = 'a'",
			"UPDATE history SET order_id = 'a' WHERE order_id = 'b'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) {
				url := d.url(t)
				l := open(t, url, true)
				way := []order.State{order.Approved, order.Placing, order.Approved}
				onTheWay(t, l, "a", way)
				onTheWay(t, l, "b", way)
				db := d.raw(t, url)
				db.SetMaxOpenConns(1)
				exec(t, db, d.unguard)
				exec(t, db, queries...)
				_, err := l.Verified(t.Context(), "a")
				wantCode(t, err, order.CodeTampered)
			})
		})
	}
}

// Before a rotation is complete, a process may not have the key of an order. That is
// not tampering. A process that has both keys verifies all.
func TestVerified_RotatedKeys(t *testing.T) {
	t.Parallel()
	keys := func(texts ...string) (k mac.Keys) {
		for _, text := range texts {
			k = k.And(mac.Derived(secret.New(text)))
		}
		return k
	}
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		with := func(k mac.Keys, use func(l *ledger.Ledger)) {
			t.Helper()
			l, err := ledger.Open(t.Context(), ledger.WithLongTimeouts(ledger.Config{URL: url, Serve: true, Keys: k}))
			if err != nil {
				t.Fatal(err)
			}
			use(l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		codes := func(l *ledger.Ledger, ids ...order.ID) (codes []order.Code) {
			for _, id := range ids {
				o, err := l.Verified(t.Context(), id)
				codes = append(codes, order.CodeOf(err))
				if o.ID != id || o.State != order.Approved {
					t.Errorf("with %v, the order is %+v", err, o)
				}
			}
			return codes
		}
		with(keys("one"), func(l *ledger.Ledger) { onTheWay(t, l, "a", []order.State{order.Approved}) })
		with(keys("two", "one"), func(l *ledger.Ledger) {
			onTheWay(t, l, "b", []order.State{order.Approved})
			if got := codes(l, "a", "b"); !slices.Equal(got, []order.Code{"", ""}) {
				t.Errorf("with both keys: %q", got)
			}
		})
		with(keys("two"), func(l *ledger.Ledger) {
			if got := codes(l, "a", "b"); !slices.Equal(got, []order.Code{order.CodeKeyUnknown, ""}) {
				t.Errorf("without the first key: %q", got)
			}
			proof, found := verify(t, l, start)
			if want := map[string]int{keys("one").ID(): 3}; len(found) > 0 || !cmp.Equal(want, proof.UnknownKeys) { // two rows, and the seal
				t.Errorf("found %v, unknown keys %v, want %v", found, proof.UnknownKeys, want)
			}
		})
	})
}

// What a version recorded that did not authenticate is not called tampered with, and
// does not verify, whatever was recorded later.
func TestVerified_OlderVersion(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, older(t, d, func(l *ledger.Ledger) {
			onTheWay(t, l, "a", []order.State{order.Approved})
		}), true)
		o, err := l.Verified(t.Context(), "a")
		wantCode(t, err, order.CodeOldVersion)
		step(t, l, o, order.Refused)
		_, err = l.Verified(t.Context(), "a")
		wantCode(t, err, order.CodeOldVersion)
		if _, found := verify(t, l, start.Add(time.Hour)); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	})
}

// An order that does not exist is not found.
func TestVerified_NotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		_, err := l.Verified(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
	})
}
