package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// moveLock is held in the database of either end for as long as a move lasts.
const moveLock = migrationLock + 1

const (
	// Of the processes that work on a ledger one leads River. It says so again
	// every few seconds, and says when it stops.
	selectLeader = "SELECT EXISTS (SELECT FROM river_leader WHERE expires_at > now())"
	// The session's own limit is for processes that were frozen, see pgSession.
	// Here one end waits for the other.
	lingerOn = "SET LOCAL idle_in_transaction_session_timeout = 0"
	lockMove = "SELECT pg_try_advisory_xact_lock($1)"
	// Reading goes on.
	lockTables = "LOCK TABLE orders, history, notes IN EXCLUSIVE MODE"
	// Without it the server would plan its queries for empty tables.
	analyze = "ANALYZE orders, history, notes"
)

// served implements movable. Processes share the database, so there is no lock
// to take.
func (e *pgEngine) served(ctx context.Context) error {
	var led bool
	if err := e.pool.QueryRow(ctx, selectLeader).Scan(&led); err != nil {
		return err
	}
	if led {
		return fmt.Errorf("%w, or was killed less than half a minute ago: stop it", ErrInUse)
	}
	return nil
}

// linger implements movable.
func (*pgEngine) linger(ctx context.Context, tx tx) error {
	if _, err := tx.exec(ctx, lingerOn); err != nil {
		return err
	}
	free := false
	err := forEachRow(ctx, tx, lockMove, func(found rows) error { return found.Scan(&free) }, moveLock)
	if err == nil && !free {
		return fmt.Errorf("%w, or another extendbot migrate is at work on this one", ErrSameDatabase)
	}
	return err
}

// fill implements movable.
func (e *pgEngine) fill(ctx context.Context, fill func(ctx context.Context, into filling) error) error {
	inner, err := e.pool.BeginTx(ctx, pgBegin(e.config.LockWait))
	if err != nil {
		return withPGHint(err)
	}
	f := pgFilling{pgTx: pgTx{inner}, inner: inner, engine: e}
	if err := e.fillAlone(ctx, f, fill); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgUndoTime)
		defer cancel()
		_ = inner.Rollback(undo) // if it fails, the connection is closed, which undoes as well
		return withPGHint(err)
	}
	err = inner.Commit(ctx)
	if err != nil && !rolledBack(err) {
		err = &commitLostError{err: err}
	}
	return withPGHint(err)
}

func (e *pgEngine) fillAlone(ctx context.Context, f pgFilling, fill func(ctx context.Context, into filling) error) error {
	if err := e.linger(ctx, f); err != nil {
		return at(endDestination, err)
	}
	if _, err := f.exec(ctx, lockTables); err != nil {
		return at(endDestination, fmt.Errorf("take the tables: %w", err))
	}
	return fill(ctx, f)
}

type pgFilling struct {
	pgTx

	inner  pgx.Tx
	engine *pgEngine
}

// take implements filling.
func (f pgFilling) take(ctx context.Context, t table, next func() ([]any, error)) error {
	var broken error // pgx shows of it no more than its text
	_, err := f.inner.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
		values, err := next()
		if err == nil {
			err = fits(t, values)
		}
		broken = err
		return values, err
	}))
	if broken != nil {
		return broken
	}
	return err
}

var errUnfit = errors.New("PostgreSQL takes neither a zero byte nor broken UTF-8 in a text")

// fits says which text the database would not take; it would not say where.
func fits(t table, values []any) error {
	for i, v := range values {
		if text, ok := v.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			return fmt.Errorf("%w: column %s of order %q", errUnfit, t.columns[i], values[0])
		}
	}
	return nil
}

// schedule implements filling.
func (f pgFilling) schedule(ctx context.Context, list []job) error {
	_, err := f.engine.queue.InsertManyFastTx(ctx, f.inner, insertParams(list, f.engine.config.Now()))
	return err
}

// settle implements filling.
func (f pgFilling) settle(ctx context.Context) error {
	_, err := f.inner.Exec(ctx, analyze)
	return err
}
