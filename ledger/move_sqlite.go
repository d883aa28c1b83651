package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"extendbot/ledger/duework"
	"extendbot/ledger/sqlitefile"
)

// mustNotBeServed implements moveEnd. A serving process would hold the lock, but
// this process has it.
func (*sqliteEngine) mustNotBeServed(context.Context) error { return nil }

// keepOpen implements moveEnd. Transactions have no time limit.
func (*sqliteEngine) keepOpen(context.Context, tx) error { return nil }

// load implements moveEnd.
func (e *sqliteEngine) load(ctx context.Context, run func(ctx context.Context, into loader) error) error {
	return e.long(ctx, func(inner *sql.Tx) error {
		return run(ctx, sqliteLoader{sqliteTx: sqliteTx{inner}, inner: inner, engine: e})
	})
}

// alone implements writer.
func (e *sqliteEngine) alone(ctx context.Context, do func(ctx context.Context, tx tx) error) error {
	return e.long(ctx, func(inner *sql.Tx) error { return do(ctx, sqliteTx{inner}) })
}

// long runs a transaction that may take any time.
func (e *sqliteEngine) long(ctx context.Context, run func(inner *sql.Tx) error) (err error) {
	conn, err := e.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // returns it to the pool; it cannot undo a commit
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous=NORMAL") }() // as in commitAll
	inner, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := run(inner); err != nil {
		if undo := inner.Rollback(); !errors.Is(undo, sql.ErrTxDone) { // the end of ctx has already rolled back
			err = errors.Join(err, undo)
		}
		return sqlitefile.WithHint(err)
	}
	if err := inner.Commit(); err != nil {
		return sqlitefile.WithHint(err)
	}
	if err := e.present(); err != nil {
		return &commitLostError{err: sqlitefile.WithHint(err)}
	}
	return nil
}

type sqliteLoader struct {
	sqliteTx

	inner  *sql.Tx
	engine *sqliteEngine
}

// addRows implements loader. The connection compiles the statement once.
func (l sqliteLoader) addRows(ctx context.Context, t layout, next func() ([]any, error)) error {
	insert := t.insert()
	for {
		values, err := next()
		if err != nil || values == nil {
			return err
		}
		if _, err := l.exec(ctx, insert, values...); err != nil {
			return fmt.Errorf("row %v: %w", values[0], err)
		}
	}
}

// schedule implements loader.
func (l sqliteLoader) schedule(ctx context.Context, list []job) error {
	_, err := l.engine.queue.InsertManyFastTx(ctx, l.inner, duework.InsertParams(list, l.engine.config.Now()))
	return err
}

// loaded implements loader.
func (sqliteLoader) loaded(context.Context) error { return nil }
