package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"extendbot/order"
)

// Fill adds n orders that came to their end, as the program would have written
// them, in a fraction of the time.
func Fill(ctx context.Context, l *Ledger, n int, of func(i int) (pending, cancelled order.Order)) error {
	return l.db.fill(ctx, func(ctx context.Context, into filling) error {
		var orders, history [][]any
		for i := range n {
			chain := ""
			var last row
			from := order.State("")
			first, second := of(i)
			for _, o := range []order.Order{first, second} {
				facts, err := factsOf(o)
				if err != nil {
					return err
				}
				e := order.Entry{Version: o.Version, At: o.ChangedAt, Who: o.Person.User, From: from, To: o.State}
				chain = chainHash(chain, o.ID, e, facts)
				history = append(history, []any{
					string(o.ID), int64(e.Version), micros(e.At), e.Who, string(e.From), string(e.To), e.Why, facts, chain,
				})
				from, last = o.State, row{Order: o, chain: chain}
			}
			values, err := last.values()
			if err != nil {
				return err
			}
			orders = append(orders, values)
		}
		for i, list := range [][][]any{orders, history} {
			next := func() (values []any, err error) {
				if len(list) > 0 {
					values, list = list[0], list[1:]
				}
				return values, nil
			}
			if err := into.take(ctx, movedTables[i], next); err != nil {
				return fmt.Errorf("fill %s: %w", movedTables[i].name, err)
			}
		}
		return nil
	})
}

// WithLongTimeouts gives the database all the time that it may need on a slow machine.
// What a change waits for at most is the business of few tests.
func WithLongTimeouts(c Config) Config {
	c.LockWait, c.WriteWait = time.Minute, 2*time.Minute
	return c
}

// WaitForSearches gives a function that waits until a PostgreSQL ledger, whose work
// was started, looks for no more orders of dead processes, and until those that
// it found are done with.
func WaitForSearches(l *Ledger) (ended func()) {
	all := l.db.(*pgEngine).orphans
	return func() {
		for _, o := range all {
			o.done.Wait()
		}
	}
}

// MigrateDown takes a SQLite file back to an older version.
func MigrateDown(ctx context.Context, path string, version int64) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, overlay{"migrations/shared", "migrations/sqlite"},
		goose.WithTableName(versionTable))
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}
