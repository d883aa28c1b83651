package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"extendbot/ledger/mac"
	"extendbot/ledger/migrations"
	"extendbot/order"
)

// Fill adds n final orders, as the program would have written them, in a
// fraction of the time.
func Fill(ctx context.Context, l *Ledger, n int, of func(i int) []Transition) error {
	return l.db.load(ctx, func(ctx context.Context, into loader) error {
		var orders, history [][]any
		for i := range n {
			rows, err := Encode(l.config.Keys, of(i))
			if err != nil {
				return err
			}
			orders, history = append(orders, rows.Order), append(history, rows.History...)
		}
		for i, list := range [][][]any{orders, history} {
			next := func() (values []any, err error) {
				if len(list) > 0 {
					values, list = list[0], list[1:]
				}
				return values, nil
			}
			if err := into.addRows(ctx, movedTables[i], next); err != nil {
				return fmt.Errorf("fill %s: %w", movedTables[i].name, err)
			}
		}
		return nil
	})
}

// WithLongTimeouts gives the database all the time that it may need on a slow
// machine, for tests of what a change does. It searches often for orders of dead
// processes.
func WithLongTimeouts(c Config) Config {
	c.LockWait, c.WriteWait, c.searchEvery = time.Minute, 2*time.Minute, 100*time.Millisecond
	return c
}

// WithShortTimeouts is for tests of what happens when a time limit is reached.
func WithShortTimeouts(c Config) Config {
	c.LockWait, c.WriteWait, c.readWait = 300*time.Millisecond, time.Second, time.Second
	c.commitCheckTime = 2 * time.Second
	return c
}

// WaitForSearches returns a function that waits until a PostgreSQL ledger, whose
// work was started, stopped searching for orders of dead processes, and until
// the work on the orders that it found is done.
func WaitForSearches(l *Ledger) (ended func()) {
	all := l.db.(*pgEngine).adopters
	return func() {
		for _, a := range all {
			a.done.Wait()
		}
	}
}

// StopHeartbeat stops saying that the process is alive, as if it had died.
func StopHeartbeat(l *Ledger) {
	l.db.(*pgEngine).alive.Stop()
}

// AsOlder is for a ledger that a version fills that does not authenticate: it has no
// key, and makes no seal.
func AsOlder(c Config) Config {
	c.Serve, c.unsealed, c.Keys = true, true, mac.Keys{}
	return c
}

// ChangeAsOlder is Change as a version does it that does not know when the host
// throttled an order, and what its requester typed. o is the order before the
// change.
func ChangeAsOlder(ctx context.Context, l *Ledger, o order.Order, to order.State) error {
	next, e := o, order.Entry{Version: o.Version + 1, At: o.ChangedAt, Who: order.Bot, From: o.State, To: to}
	next.State, next.Version, next.ThrottledAt = to, e.Version, time.Time{}
	known := next
	known.Typed, known.Purpose = "", ""
	_, h, err := newRows(known, e)
	if err != nil {
		return err
	}
	row, err := newOrderRow(next)
	if err != nil {
		return err
	}
	return l.db.write(ctx, true, func(ctx context.Context, tx tx) ([]job, error) {
		now, err := selectOne(ctx, tx, selectOrder, string(o.ID))
		if err != nil {
			return nil, err
		}
		h.authenticate(mac.Keys{}, now.Chain, facts{})
		row.Chain = h.Chain
		row.ThrottledAt = now.ThrottledAt // it leaves the column alone
		if err := updateRow(ctx, tx, row); err != nil {
			return nil, err
		}
		return nil, addHistory(ctx, tx, h)
	})
}

// MigrateDown takes a SQLite file back to an older version.
func MigrateDown(ctx context.Context, path string, version int64) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return MigrateDatabaseDown(ctx, db, false, version)
}

// MigrateDatabaseDown is MigrateDown for either database; shared: PostgreSQL.
func MigrateDatabaseDown(ctx context.Context, db *sql.DB, shared bool, version int64) error {
	dialect, own := goose.DialectSQLite3, "sqlite"
	if shared {
		dialect, own = goose.DialectPostgres, "postgres"
	}
	provider, err := migrations.Provider(db, dialect, own)
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

// Violates reports whether the ledger's database interprets err as the violation
// of a unique index.
func Violates(l *Ledger, err error, index string) bool { return l.db.violates(err, index) }

// TableColumns are the columns that the ledger knows, for each table.
var TableColumns = map[string][]string{
	orderTable.name: orderTable.names, historyTable.name: historyTable.names, baselineTable.name: baselineTable.names,
	leaseTable.name: leaseTable.names, reminderTable.name: reminderTable.names,
}

// DuringNextCommit runs do when the next write of a SQLite ledger commits: after
// the check of the file that precedes the commit.
func DuringNextCommit(l *Ledger, do func()) {
	e := l.db.(*sqliteEngine)
	check := e.present
	e.present = func() error {
		err := check()
		if do != nil {
			do()
			do = nil
		}
		return err
	}
}

// CommitTogether commits writes of a SQLite ledger in one transaction, and returns their
// errors.
func CommitTogether(l *Ledger, writes ...func() error) (errs []error) {
	var batch []*queuedWrite
	for _, w := range writes {
		run := func(context.Context, tx) ([]job, error) { return nil, w() }
		batch = append(batch, &queuedWrite{Write: run, GaveUp: func() error { return nil }})
	}
	l.db.(*sqliteEngine).commit(batch)
	for _, p := range batch {
		errs = append(errs, p.Err)
	}
	return errs
}

// DropConnections closes the connections of a SQLite ledger that are idle, as
// database/sql does when one of them fails.
func DropConnections(l *Ledger) {
	e := l.db.(*sqliteEngine)
	for _, db := range []*sql.DB{e.writer, e.reader} {
		db.SetMaxIdleConns(0)
		db.SetMaxIdleConns(readers)
	}
}

// WithMaxLog limits the size of the write-ahead log of a SQLite ledger.
func WithMaxLog(c Config, bytes int64) Config {
	c.maxLog = bytes
	return c
}

// WithWallClock sets the machine's clock, and lets the ledger look at it often.
func WithWallClock(c Config, wall func() time.Time) Config {
	c.wall, c.lookEvery = wall, 10*time.Millisecond
	return c
}

// ChainHash returns the chain of a row of history after one with the chain before.
func ChainHash(before string, r HistoryRow) string {
	return chainHash(before, r.Order, r.Entry, r.Facts)
}
