package servicetest

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"extendbot/internal/ledgerfill"
	"extendbot/internal/slacksim"
	"extendbot/internal/testpg"
	"extendbot/ledger"
)

// emptyPostgres returns the URL of a PostgreSQL database with a ledger without orders.
// Copying one is much faster than creating its tables for each test.
var emptyPostgres = testpg.Template(func(ctx context.Context, url string) error {
	l, err := ledger.Open(ctx, ledger.Config{URL: url, Serve: true, Keys: ledgerfill.Keys()})
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		return err
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "DELETE FROM seal") // the first start makes it, with its own key
	return errors.Join(err, db.Close())
})

// EachDatabase runs a test with a stage for each kind of database. Nothing is
// running on it yet.
func EachDatabase(t *testing.T, slack slacksim.Config, test func(h *Harness)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		h := New(t, slack)
		h.useEmptyLedger()
		test(h)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		OnPostgres(t, slack, test)
	})
}

// OnPostgres is [EachDatabase] for what only PostgreSQL can do: several processes.
func OnPostgres(t *testing.T, slack slacksim.Config, test func(h *Harness)) {
	t.Helper()
	database := emptyPostgres(t) // removed last
	h := New(t, slack)
	h.UseDatabase(database)
	test(h)
}
