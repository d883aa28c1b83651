package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"extendbot/internal/ledgerfill"
	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// database is a kind of database for a ledger.
type database struct {
	name string
	url  func(t testing.TB) string // the URL of a new one
	// altered is like url, for a test that changes the tables.
	altered func(t testing.TB) string
	bare    func(t testing.TB) string // a URL without a ledger
	driver  string                    // its name for database/sql
	shared  bool                      // several processes may serve it
	unguard string                    // the statement that lets a connection change history
	// dropTriggers removes two of the triggers that protect history.
	dropTriggers []string
}

// databases lists the databases for the conformance tests.
var databases = []database{
	{
		name: "sqlite", driver: "sqlite", url: emptyFile, altered: emptyFile,
		bare:         bareFile,
		unguard:      "DROP TRIGGER history_no_update; DROP TRIGGER history_no_delete",
		dropTriggers: []string{"DROP TRIGGER history_no_update", "DROP TRIGGER history_no_delete"},
	},
	{
		name: "postgres", driver: "pgx", url: withTables, altered: alteredTables, bare: testpg.Database, shared: true,
		unguard:      "SET session_replication_role = replica",
		dropTriggers: []string{"ALTER TABLE history DISABLE TRIGGER history_no_update", "DROP TRIGGER history_no_delete ON history"},
	},
}

// testKeys authenticate what the tests record.
var testKeys = ledgerfill.Keys()

// withTables returns the URL of a PostgreSQL database that contains a ledger
// without orders. Tests that change its tables use a copy that is not used
// again: alteredTables.
var (
	withTables    = testpg.Reusable(makeTables, removeRows)
	alteredTables = testpg.Template(makeTables)
)

func makeTables(ctx context.Context, url string) error {
	l, err := ledger.Open(ctx, ledger.AsOlder(ledger.Config{URL: url})) // the first start seals it
	if err != nil {
		return err
	}
	return l.Close()
}

// removeRows empties a ledger, bypassing the triggers on history. It first
// closes the connections that a test has left open.
func removeRows(ctx context.Context, url string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `DO $$ DECLARE t text; BEGIN
		SET LOCAL session_replication_role = replica;
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
			AND tablename NOT IN ('extendbot_version', 'river_migration')
		LOOP EXECUTE 'DELETE FROM ' || quote_ident(t); END LOOP;
	END $$`)
	return err
}

// emptyFile returns the URL of a file that contains a ledger without orders.
func emptyFile(t testing.TB) string {
	t.Helper()
	url := bareFile(t)
	empty, err := ledgerfill.EmptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(strings.TrimPrefix(url, "sqlite:"), empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return url
}

func bareFile(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
}

// raw opens a database directly, bypassing the ledger.
func (d database) raw(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// exec runs statements directly, bypassing the ledger.
func exec(t testing.TB, db *sql.DB, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// onEachDatabase runs a test for each kind of database.
func onEachDatabase(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, d)
		})
	}
}

// open opens a ledger with time limits for a slow machine.
func open(t testing.TB, url string, serve bool) *ledger.Ledger {
	t.Helper()
	return openWith(t, ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: serve, PollEvery: 10 * time.Millisecond}))
}

// openAsUsual opens a ledger with the program's time limits.
func openAsUsual(t testing.TB, url string) *ledger.Ledger {
	t.Helper()
	return openWith(t, ledger.Config{Keys: testKeys, URL: url, Serve: true})
}

// openImpatient opens a ledger whose changes fail after a short time.
func openImpatient(t testing.TB, url string) *ledger.Ledger {
	t.Helper()
	return openWith(t, ledger.WithShortTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: true}))
}

func openWith(t testing.TB, config ledger.Config) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), config)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

// onEach runs a test on a fresh ledger of each database.
func onEach(t *testing.T, test func(t *testing.T, l *ledger.Ledger)) {
	t.Helper()
	onEachDatabase(t, func(t *testing.T, d database) {
		t.Helper()
		test(t, open(t, d.url(t), true))
	})
}

// onShared runs a test on a fresh ledger of each database that several
// processes can share.
func onShared(t *testing.T, test func(t *testing.T, l *ledger.Ledger)) {
	t.Helper()
	for _, d := range databases {
		if d.shared {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t, d.url(t), true))
			})
		}
	}
}

// The orders of these tests, and what happens to them.
var (
	start    = ordertest.Start
	sample   = ordertest.Sample
	step     = ordertest.Step
	through  = ordertest.Through
	wantCode = ordertest.WantCode
	create   = ordertest.Create
)

func try(t testing.TB, l *ledger.Ledger, o order.Order, to order.State, due ...order.Due) (order.Order, error) {
	t.Helper()
	return ordertest.Try(t.Context(), l, o, to, due...)
}

// await waits until done returns true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	often := time.NewTicker(5 * time.Millisecond)
	defer often.Stop()
	end := time.After(2 * time.Minute)
	for !done() {
		select {
		case <-often.C:
		case <-end:
			t.Fatalf("timed out waiting for: %s", what)
		}
	}
}
