package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// eventful takes an order through as many states as an order can meet, with
// every field that the program sets on the way.
func eventful(t *testing.T, l *ledger.Ledger, id order.ID) order.Order {
	t.Helper()
	o := sample(id)
	o.Server.ID = "srv-" + string(id)
	o = create(t, l, o)
	o.DecidedBy, o.DecidedAt = "U0ALICE", start.Add(time.Second)
	o = step(t, l, o, order.Approved)
	o.Attempts, o.FirstTry, o.Owner, o.OwnerUntil = 1, start.Add(2*time.Second), "p1", start.Add(time.Minute)
	o = step(t, l, o, order.Placing)
	o.Reason, o.Owner, o.OwnerUntil, o.RetryAt = "slow down", "", time.Time{}, start.Add(5*time.Second)
	o = step(t, l, o, order.Approved)
	o.Attempts, o.Owner = 2, "p1"
	o = step(t, l, o, order.Placing)
	o.Owner, o.Reason = "", "no answer"
	o = step(t, l, o, order.Unknown)
	o.Reason = "seen at 0xhost"
	o.Receipt = &order.Receipt{OrderID: "h-1", Amount: decimal.NewNullDecimal(decimal.RequireFromString("1.30")), ExpiresAt: start}
	return step(t, l, o, order.Placed)
}

const (
	eventfulRows = 7
	never        = 100 * 365 * 24 * time.Hour
)

// verify gives what Verify reports, without what it says of missing triggers.
func verify(t *testing.T, l *ledger.Ledger, until time.Time) (ledger.Proof, []string) {
	t.Helper()
	var found []string
	proof, err := l.Verify(t.Context(), until, func(d ledger.Difference) error {
		if d.Order != "" {
			found = append(found, d.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return proof, found
}

// A ledger that was not tampered with has no difference.
func TestVerify_IntactLedger(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		eventful(t, l, "a")
		create(t, l, sample("b"))
		proof, found := verify(t, l, start.Add(never))
		if len(found) > 0 || proof.Orders != 2 || proof.History != eventfulRows+1 || proof.Digest == "" {
			t.Fatalf("proof %+v, differences %v", proof, found)
		}
		one, differences, err := l.VerifyOrder(t.Context(), "a")
		if err != nil || len(differences) > 0 || one.History != eventfulRows {
			t.Fatalf("proof %+v, differences %v, error %v", one, differences, err)
		}
		_, _, err = l.VerifyOrder(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
	})
}

// tampered is a ledger whose protection was taken away.
type tampered struct {
	t  *testing.T
	l  *ledger.Ledger
	db *sql.DB
}

func tamper(t *testing.T, d database) tampered {
	t.Helper()
	url := d.url(t)
	l := open(t, url, true)
	x := tampered{t: t, l: l, db: d.raw(t, url)}
	for _, id := range []order.ID{"a", "b", "c"} {
		eventful(t, l, id)
	}
	x.db.SetMaxOpenConns(1) // the permission is that of a connection
	exec(t, x.db, d.unguard)
	return x
}

func (x tampered) exec(query string, args ...any) {
	x.t.Helper()
	if _, err := x.db.ExecContext(x.t.Context(), query, args...); err != nil {
		x.t.Fatalf("%s: %v", query, err)
	}
}

// columns lists the columns of a table and their types.
func (x tampered) columns(table string) map[string]string {
	x.t.Helper()
	found, err := x.db.QueryContext(x.t.Context(), "SELECT name, type FROM pragma_table_info($1)", table)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	list := map[string]string{}
	for found.Next() {
		var name, kind string
		if err := found.Scan(&name, &kind); err != nil {
			x.t.Fatal(err)
		}
		list[name] = kind
	}
	if err := found.Err(); err != nil {
		x.t.Fatal(err)
	}
	return list
}

// with changes one column of one row, wants that this is found, and puts it
// back. A value that was there already is no change.
func (x tampered) with(table, column, to, where string) {
	x.t.Helper()
	var was any
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s", column, table, where) //nolint:gosec // the test's own words
	if err := x.db.QueryRowContext(x.t.Context(), query).Scan(&was); err != nil {
		x.t.Fatalf("%s: %v", query, err)
	}
	var row int64
	if err := x.db.QueryRowContext(x.t.Context(), fmt.Sprintf("SELECT rowid FROM %s WHERE %s", table, where)).Scan(&row); err != nil {
		x.t.Fatal(err)
	}
	x.exec(fmt.Sprintf("UPDATE %s SET %s = %s WHERE rowid = %d", table, column, to, row))
	var is any
	if err := x.db.QueryRowContext(x.t.Context(), fmt.Sprintf("SELECT %s FROM %s WHERE rowid = %d", column, table, row)).Scan(&is); err != nil {
		x.t.Fatal(err)
	}
	if is == was {
		return // that is what it said already
	}
	if _, found := verify(x.t, x.l, start); len(found) == 0 {
		x.t.Errorf("%s of %s where %s was set to %s, and nobody noticed", column, table, where, to)
	} else if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, "order b") }) {
		x.t.Errorf("%s of %s where %s was set to %s, and the order is not named: %q", column, table, where, to, found)
	}
	x.exec(fmt.Sprintf("UPDATE %s SET %s = $1 WHERE rowid = %d", table, column, row), was)
}

// others are values that a column does not have by itself.
func others(column, kind string) []string {
	if kind == "BIGINT" {
		return []string{column + " + 1000", "'text'"}
	}
	return []string{column + " || 'x'", "''", "'approved'"}
}

// Every changed column of history is found. That does not depend on the database, but
// only SQLite takes text in place of a number.
func TestVerify_ChangedHistoryColumn(t *testing.T) {
	t.Parallel()
	x := tamper(t, databases[0])
	for column, kind := range x.columns("history") {
		for row := 1; row <= eventfulRows; row++ {
			for _, to := range others(column, kind) {
				x.with("history", column, to, fmt.Sprintf("order_id = 'b' AND version = %d", row))
			}
		}
	}
	if _, found := verify(t, x.l, start); len(found) > 0 {
		t.Fatalf("everything was put back, and yet: %q", found)
	}
}

// bookkeeping lists the columns of an order that say how it is shown and by
// whom. They change without a row of history; what they say does not matter to
// the money.
var bookkeeping = []string{"owner_until", "tender", "tend_until", "card_ref", "card_version", "word_ref", "word_version",
	"ask_ref", "ask_version", "asked_at"}

// Every changed column of an order is found, except for how it is shown.
func TestVerify_ChangedOrderColumn(t *testing.T) {
	t.Parallel()
	x := tamper(t, databases[0])
	for column, kind := range x.columns("orders") {
		if slices.Contains(bookkeeping, column) {
			continue
		}
		for _, to := range others(column, kind) {
			x.with("orders", column, to, "request_key = 'key-b'")
		}
	}
	if _, found := verify(t, x.l, start); len(found) > 0 {
		t.Fatalf("everything was put back, and yet: %q", found)
	}
}

// No connection is held during a report: reports that read the ledger again, and so on,
// would soon hold all of them.
func TestVerify_HoldsNothingDuringReport(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		x := tamper(t, d)
		x.exec("UPDATE orders SET hours = hours + 1 WHERE id = 'b'")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		const depth = 20 // more than there are connections
		reports := 0
		var report func(ledger.Difference) error
		report = func(d ledger.Difference) error {
			if d.Order == "" {
				return nil
			}
			if reports++; reports >= depth {
				return nil
			}
			_, err := x.l.Verify(ctx, start, report)
			return err
		}
		if _, err := x.l.Verify(ctx, start, report); err != nil {
			t.Errorf("after %d reports: %v", reports, err)
		}
	})
}

// Rows that were removed or added are found, and the right order is named.
func TestVerify_RemovedOrAddedRows(t *testing.T) {
	t.Parallel()
	for name, queries := range map[string][]string{
		"the first row":            {"DELETE FROM history WHERE order_id = 'b' AND version = 1"},
		"a row":                    {"DELETE FROM history WHERE order_id = 'b' AND version = 4"},
		"the newest row":           {"DELETE FROM history WHERE order_id = 'b' AND version = 7"},
		"all history of an order":  {"DELETE FROM history WHERE order_id = 'b'"},
		"an order":                 {"DELETE FROM orders WHERE id = 'b'"},
		"a row and the next moved": {"DELETE FROM history WHERE order_id = 'b' AND version = 7", "UPDATE history SET version = 7 WHERE order_id = 'b' AND version = 6"},
		"a row was added": {"INSERT INTO history SELECT order_id, 8, at, who, 'placed', 'not_placed', why, facts, chain FROM history" +
			" WHERE order_id = 'b' AND version = 7"},
		"the history of another order": {
			"DELETE FROM history WHERE order_id = 'b'",
			"INSERT INTO history SELECT 'b', version, at, who, from_state, to_state, why, facts, chain FROM history WHERE order_id = 'a'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) {
				x := tamper(t, d)
				for _, q := range queries {
					x.exec(q)
				}
				_, found := verify(t, x.l, start)
				if len(found) == 0 {
					t.Fatal("nobody noticed")
				}
				for _, f := range found {
					if !strings.Contains(f, "order b") {
						t.Errorf("another order is blamed: %s", f)
					}
				}
				if _, differences, err := x.l.VerifyOrder(t.Context(), "b"); err != nil || len(differences) != len(found) {
					t.Errorf("alone it has %v (error %v), want %v", differences, err, found)
				}
			})
		})
	}
}

// A digest that was kept finds what the hashes cannot.
func TestVerify_DigestFindsRemovals(t *testing.T) {
	t.Parallel()
	until := start.Add(never)
	for name, queries := range map[string][]string{
		"an order removed with its history": {"DELETE FROM history WHERE order_id = 'b'", "DELETE FROM orders WHERE id = 'b'"},
		"an order set back": {
			"DELETE FROM history WHERE order_id = 'b' AND version = 7",
			"UPDATE orders SET version = 6, state = 'unknown', receipt = '', host_order = '', reason = 'no answer', changed_at = changed_at - 1000000," +
				" chain = (SELECT chain FROM history WHERE order_id = 'b' AND version = 6) WHERE id = 'b'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) {
				x := tamper(t, d)
				before, _ := verify(t, x.l, until)
				for _, q := range queries {
					x.exec(q)
				}
				after, found := verify(t, x.l, until)
				if len(found) > 0 {
					t.Errorf("it was found all the same, so say so: %q", found)
				}
				if before.Digest == after.Digest {
					t.Error("the digest is the same")
				}
			})
		})
	}
}

// The digest as of a time stays the same when the ledger grows.
func TestVerify_DigestStaysTheSame(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := step(t, l, create(t, l, sample("a")), order.Approved)
		until := o.ChangedAt
		before, _ := verify(t, l, until)
		step(t, l, o, order.Placing)
		later := sample("b")
		later.CreatedAt, later.Server.ID = until.Add(time.Minute), "srv-2"
		if _, err := l.Create(t.Context(), later, order.Entry{Version: 1, At: until.Add(time.Minute), To: order.Pending}); err != nil {
			t.Fatal(err)
		}
		after, _ := verify(t, l, until)
		if before.Digest != after.Digest {
			t.Errorf("%s became %s", before.Digest, after.Digest)
		}
		if grown, _ := verify(t, l, until.Add(never)); grown.Digest == before.Digest {
			t.Error("the digest does not grow")
		}
	})
}

// A trigger that is missing or switched off is reported.
func TestVerify_MissingTrigger(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		l := open(t, url, true)
		exec(t, d.raw(t, url), d.dropTriggers...)
		var found []string
		_, err := l.Verify(t.Context(), start, func(d ledger.Difference) error { found = append(found, d.String()); return nil })
		if err != nil || len(found) != 2 || !strings.Contains(found[0], "history_no_update") {
			t.Errorf("found %q, error %v", found, err)
		}
	})
}

// A large ledger is verified part by part.
func TestVerify_LargeLedger(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		const n = 450 // more than two parts
		proof := proofOf(t, filled(t, d, n))
		if proof.Orders != n || proof.History != 2*n {
			t.Errorf("proof %+v", proof)
		}
	})
}
