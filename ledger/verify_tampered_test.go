package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// tampered is a ledger without its protection against changes.
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
	x.db.SetMaxOpenConns(1) // the permission belongs to a connection
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

// with changes one column of one row, expects that Verify finds it, and restores
// the value. It skips a value that the column already had.
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
		return // it already had that value
	}
	proof, found := verify(x.t, x.l, start)
	if column == "key_id" && len(proof.UnknownKeys) == 1 {
		found = append(found, "order b may have been written with another key")
	}
	if len(found) == 0 {
		x.t.Errorf("%s of %s where %s was set to %s, and it was not found", column, table, where, to)
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

// Every changed column of history is found. That does not depend on the
// database, but only SQLite accepts text in place of a number.
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
		t.Fatalf("everything was restored, but found: %q", found)
	}
}

// bookkeeping lists the columns of an order that say how and by whom it is
// shown, or in their own words why somebody declined it. They change without a row of history and do not matter for the money.
var bookkeeping = []string{"owner_until", "tender", "tend_until", "card_ref", "card_version", "word_ref", "word_version",
	"waiting_ref", "told_version", "approvers_told", "remind_at", "reminded_at", "decline_reason", "decline_ref", "card_reason", "superseded_ref", "extended_by", "card_extended_by", "told_extended_by", "told_user", "finding", "ask_ref", "ask_version", "asked_at"}

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
		t.Fatalf("everything was restored, but found: %q", found)
	}
}

// No connection is held during a report. Otherwise nested reports that read the
// ledger would soon hold all of them.
func TestVerify_HoldsNothingDuringReport(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		x := tamper(t, d)
		x.exec("UPDATE orders SET hours = hours + 1 WHERE id = 'b'")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		const depth = 20 // more than the number of connections
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
		"a row was added": {"INSERT INTO history SELECT order_id, 8, at, who, 'placed', 'not_placed', why, facts, chain, key_id, mac FROM history" +
			" WHERE order_id = 'b' AND version = 7"},
		"the history of another order": {
			"DELETE FROM history WHERE order_id = 'b'",
			"INSERT INTO history SELECT 'b', version, at, who, from_state, to_state, why, facts, chain, key_id, mac FROM history WHERE order_id = 'a'",
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
					t.Fatal("it was not found")
				}
				for _, f := range found {
					if !strings.Contains(f, "order b") {
						t.Errorf("the wrong order is named: %s", f)
					}
				}
				if _, differences, err := x.l.VerifyOrder(t.Context(), "b"); err != nil || len(differences) != len(found) {
					t.Errorf("VerifyOrder found %v (error %v), want %v", differences, err, found)
				}
			})
		})
	}
}

// Comparing with a stored digest finds what the hashes cannot.
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
					t.Errorf("Verify found it; the documentation says it cannot: %q", found)
				}
				if before.Digest == after.Digest {
					t.Error("the digest is the same")
				}
			})
		})
	}
}
