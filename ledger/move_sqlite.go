package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// served implements movable: whoever serves has the lock, and this process has it.
func (*sqliteEngine) served(context.Context) error { return nil }

// linger implements movable: a file puts up with a long look.
func (*sqliteEngine) linger(context.Context, tx) error { return nil }

// fill implements movable.
func (e *sqliteEngine) fill(ctx context.Context, fill func(ctx context.Context, into filling) error) (err error) {
	conn, err := e.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // gives it back; what was committed stays so
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
		return err
	}
	inner, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fill(ctx, sqliteFilling{sqliteTx: sqliteTx{inner}, inner: inner, engine: e}); err != nil {
		if undo := inner.Rollback(); !errors.Is(undo, sql.ErrTxDone) { // the end of ctx did it already
			err = errors.Join(err, undo)
		}
		return withSQLiteHint(err)
	}
	return withSQLiteHint(inner.Commit())
}

type sqliteFilling struct {
	sqliteTx

	inner  *sql.Tx
	engine *sqliteEngine
}

// take implements filling. The connection compiles the statement once.
func (f sqliteFilling) take(ctx context.Context, t table, next func() ([]any, error)) error {
	insert := t.insert()
	for {
		values, err := next()
		if err != nil || values == nil {
			return err
		}
		if _, err := f.exec(ctx, insert, values...); err != nil {
			return fmt.Errorf("row %v: %w", values[0], err)
		}
	}
}

// schedule implements filling.
func (f sqliteFilling) schedule(ctx context.Context, list []job) error {
	_, err := f.engine.queue.InsertManyFastTx(ctx, f.inner, insertParams(list, f.engine.config.Now()))
	return err
}

// settle implements filling.
func (sqliteFilling) settle(context.Context) error { return nil }
