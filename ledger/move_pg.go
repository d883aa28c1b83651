package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"extendbot/ledger/duework"
	"extendbot/ledger/migrations"
	"extendbot/ledger/postgres"
)

// moveLock is an advisory lock that both ends hold during a move.
const moveLock = migrations.Lock + 1

const (
	// A process of an older version is noticed only while it is River's leader. It
	// renews its term every few seconds, and ends it when it stops.
	selectServing = "SELECT EXISTS (SELECT FROM processes WHERE alive_until > now())" +
		" OR EXISTS (SELECT FROM river_leader WHERE expires_at > now())"
	// The session's own limit is meant for frozen processes, see package postgres.
	// Here one end waits for the other.
	noIdleLimit = "SET LOCAL idle_in_transaction_session_timeout = 0"
	lockMove    = "SELECT pg_try_advisory_xact_lock($1)"
	// Reading is still possible.
	lockTables = "LOCK TABLE orders, history, notes, seal, leases, reminders IN EXCLUSIVE MODE"
	// Otherwise the server would plan its queries for empty tables.
	analyzeTables = "ANALYZE orders, history, notes"
)

// mustNotBeServed implements moveEnd. Serving processes share the database, so
// there is no lock to take.
func (e *pgEngine) mustNotBeServed(ctx context.Context) error {
	var served bool
	if err := e.pool.QueryRow(ctx, selectServing).Scan(&served); err != nil {
		return err
	}
	if served {
		return fmt.Errorf("%w, or was killed less than 30 seconds ago: stop it, or wait", ErrInUse)
	}
	return nil
}

// keepOpen implements moveEnd.
func (*pgEngine) keepOpen(ctx context.Context, tx tx) error {
	if _, err := tx.exec(ctx, noIdleLimit); err != nil {
		return err
	}
	free := false
	err := forEachRow(ctx, tx, lockMove, func(found scanner) error { return found.Scan(&free) }, moveLock)
	if err == nil && !free {
		return fmt.Errorf("%w, or another extendbot migrate is using this one", ErrSameDatabase)
	}
	return err
}

// load implements moveEnd.
func (e *pgEngine) load(ctx context.Context, run func(ctx context.Context, into loader) error) error {
	return postgres.WithHint(e.inTx(ctx, func(inner pgx.Tx) error {
		l := pgLoader{pgTx: pgTx{inner}, inner: inner, engine: e}
		if err := e.keepOpen(ctx, l); err != nil {
			return atEnd(endDestination, err)
		}
		if _, err := l.exec(ctx, lockTables); err != nil {
			return atEnd(endDestination, fmt.Errorf("lock the tables: %w", err))
		}
		return run(ctx, l)
	}))
}

// lockHistory makes writers wait.
const lockHistory = "LOCK TABLE history IN SHARE ROW EXCLUSIVE MODE"

// alone implements writer.
func (e *pgEngine) alone(ctx context.Context, do func(ctx context.Context, tx tx) error) error {
	return e.retryStart(ctx, true, func(ctx context.Context) error {
		return e.inTx(ctx, func(inner pgx.Tx) error {
			for _, query := range []string{noIdleLimit, lockHistory} {
				if _, err := inner.Exec(ctx, query); err != nil {
					return err
				}
			}
			return do(ctx, pgTx{inner})
		})
	})
}

type pgLoader struct {
	pgTx

	inner  pgx.Tx
	engine *pgEngine
}

// addRows implements loader.
func (l pgLoader) addRows(ctx context.Context, t layout, next func() ([]any, error)) error {
	var broken error // pgx returns only its text
	_, err := l.inner.CopyFrom(ctx, pgx.Identifier{t.name}, t.names, pgx.CopyFromFunc(func() ([]any, error) {
		values, err := next()
		if err == nil {
			err = mustBeStorable(t, values)
		}
		broken = err
		return values, err
	}))
	if broken != nil {
		return broken
	}
	return err
}

var errNotStorable = errors.New("PostgreSQL does not accept zero bytes or invalid UTF-8 in text")

// mustBeStorable fails if the database would reject a text, and names its
// column, which the database would not do.
func mustBeStorable(t layout, values []any) error {
	for i, v := range values {
		if text, ok := v.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			return fmt.Errorf("%w: column %s of order %q", errNotStorable, t.names[i], values[0])
		}
	}
	return nil
}

// schedule implements loader.
func (l pgLoader) schedule(ctx context.Context, list []job) error {
	_, err := l.engine.queue.InsertManyFastTx(ctx, l.inner, duework.InsertParams(list, l.engine.config.Now()))
	return err
}

// loaded implements loader.
func (l pgLoader) loaded(ctx context.Context) error {
	_, err := l.inner.Exec(ctx, analyzeTables)
	return err
}
