package ledger_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
)

// A database of a newer version is refused.
func TestOpen_NewerDatabase(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		exec(t, d.raw(t, url), "INSERT INTO extendbot_version (version_id, is_applied) VALUES (9999, TRUE)")
		for _, serve := range []bool{false, true} {
			if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: serve}); !errors.Is(err, ledger.ErrNewerSchema) {
				t.Errorf("serving %v: got %v, want ErrNewerSchema", serve, err)
			}
		}
	})
}

// The database itself refuses to change or remove rows of history.
func TestHistory_AppendOnly(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		create(t, open(t, url, true), sample("a"))
		db := d.raw(t, url)
		queries := []string{"UPDATE history SET why = 'x'", "DELETE FROM history"}
		if d.shared {
			queries = append(queries, "TRUNCATE history")
		} else {
			queries = append(queries, "INSERT OR REPLACE INTO history SELECT * FROM history", "REPLACE INTO history SELECT * FROM history")
		}
		for _, q := range queries {
			if _, err := db.ExecContext(t.Context(), q); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", q, err)
			}
		}
	})
}

// A process that does not serve neither creates nor changes tables.
func TestOpen_ReaderChangesNoTables(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.bare(t)
		for range 2 { // the first try must leave nothing that the second could mistake for a ledger
			if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url}); !errors.Is(err, ledger.ErrNoDatabase) {
				t.Errorf("no ledger: %v", err)
			}
		}
		if err := open(t, url, true).Close(); err != nil {
			t.Fatal(err)
		}
		exec(t, d.raw(t, url), "DELETE FROM extendbot_version WHERE version_id > 1")
		if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url}); !errors.Is(err, ledger.ErrOlderSchema) {
			t.Errorf("an older ledger: %v", err)
		}
	})
}

// Of several processes that start at once, one creates the tables and the others
// wait.
func TestOpen_ManyProcessesMigrateOnce(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.bare(t)
		var group sync.WaitGroup
		opened := make(chan error, 8)
		for range cap(opened) {
			group.Go(func() {
				l, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url, Serve: true})
				if err == nil {
					defer func() { _ = l.Close() }()
					_, err = l.List(t.Context(), start, 1)
				}
				opened <- err
			})
		}
		group.Wait()
		close(opened)
		served := 0
		for err := range opened {
			switch {
			case err == nil:
				served++
			case !d.shared && errors.Is(err, ledger.ErrInUse):
			default:
				t.Error(err)
			}
		}
		if served == 0 || (d.shared && served != cap(opened)) {
			t.Errorf("%d of %d could serve", served, cap(opened))
		}
		var versions int
		count := d.raw(t, url).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM extendbot_version WHERE version_id = 1")
		if err := count.Scan(&versions); err != nil || versions != 1 {
			t.Errorf("the first migration ran %d times (%v)", versions, err)
		}
	})
}

// HostOrderOf also finds receipts that are older than the column host_order.
func TestHostOrderOf_OlderReceipts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, "sqlite:"+path, true)
	o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing)
	o.Receipt = &order.Receipt{OrderID: "h-1"}
	step(t, l, o, order.Placed)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ledger.MigrateDown(t.Context(), path, 3); err != nil {
		t.Fatal(err)
	}
	if id, err := open(t, "sqlite:"+path, true).HostOrderOf(t.Context(), "h-1"); err != nil || id != "a" {
		t.Errorf("%q, %v", id, err)
	}
}

// The ledger knows every column of its tables, and no others.
func TestColumns_AreThoseOfTheTables(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		db := d.raw(t, d.url(t))
		for table, query := range map[string]string{
			"orders": "SELECT * FROM orders", "history": "SELECT * FROM history", "notes": "SELECT * FROM notes",
			"leases": "SELECT * FROM leases", "reminders": "SELECT * FROM reminders",
		} {
			there, known := columnNames(t, db, query), slices.Sorted(slices.Values(ledger.TableColumns[table]))
			if diff := cmp.Diff(known, there); diff != "" {
				t.Errorf("%s (-known +there): %s", table, diff)
			}
		}
	})
}

// columnNames returns the sorted columns of a query.
func columnNames(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	names, err := found.Columns()
	if err != nil || found.Err() != nil {
		t.Fatal(err, found.Err())
	}
	slices.Sort(names)
	return names
}

// The violations of two unique indexes can be distinguished.
func TestViolates_NamesTheIndex(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		create(t, l, sample("a"))
		create(t, l, sample("b"))
		indexes := map[string]string{
			"orders_holder":  "UPDATE orders SET state = 'approved'",
			"orders_request": "UPDATE orders SET request_key = 'key-a'",
			"orders_pkey":    "UPDATE orders SET id = 'a'",
		}
		for violated, statement := range indexes {
			_, err := d.raw(t, url).ExecContext(t.Context(), statement)
			for index := range indexes {
				if index == "orders_pkey" {
					continue // no code checks for it
				}
				if got := ledger.Violates(l, err, index); got != (index == violated) {
					t.Errorf("%v: violates %s: %v", err, index, got)
				}
			}
		}
	})
}
