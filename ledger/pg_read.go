package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"extendbot/ledger/postgres"
)

// pgRunner is what a pool and a transaction have in common.
type pgRunner interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// pgTx runs the ledger's queries through pgx.
type pgTx struct{ pgRunner }

func (t pgTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := t.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (t pgTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	found, err := t.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &pgRows{Rows: found}, nil
}

// pgRows are rows whose first one may have been fetched already.
type pgRows struct {
	pgx.Rows

	fetched, more bool
	done          context.CancelFunc // nil: nothing to do at the end
}

// Next goes to the next row.
func (r *pgRows) Next() bool {
	if r.fetched {
		r.fetched = false
		return r.more
	}
	return r.Rows.Next()
}

// Close ends the query. Err returns what went wrong.
func (r *pgRows) Close() error {
	r.Rows.Close()
	if r.done != nil {
		r.done()
	}
	return nil
}

// pgReader reads outside of a transaction. If a query fails before its first row
// for a transient reason, it is repeated.
type pgReader struct {
	pgTx
	wait time.Duration // for the first row, all tries together
}

const pgReadTries = 3

func (t pgReader) query(ctx context.Context, query string, args ...any) (rows, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(t.wait, func() { cancel(postgres.ErrSlow) })
	defer late.Stop()
	done := func() { cancel(nil) }
	for try := 1; ; try++ {
		found, err := t.first(ctx, query, args...)
		if err == nil {
			found.done = done
			return found, nil
		}
		if cause := context.Cause(ctx); cause != nil {
			done()
			return nil, errors.Join(err, cause)
		}
		if try == pgReadTries || !postgres.Transient(err) {
			done()
			return nil, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pgFirstPause):
		}
	}
}

// first sends the query and waits for the first row, because errors arrive only
// then.
func (t pgReader) first(ctx context.Context, query string, args ...any) (*pgRows, error) {
	found, err := t.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	more := found.Next()
	if err := found.Err(); err != nil {
		found.Close()
		return nil, err
	}
	return &pgRows{Rows: found, fetched: true, more: more}, nil
}

// read implements engine.
func (e *pgEngine) read() tx { return pgReader{pgTx{e.pool}, e.config.readWait} }

// snapshot implements engine.
func (e *pgEngine) snapshot(ctx context.Context, look func(tx tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, e.pool, options, func(inner pgx.Tx) error { return look(pgTx{inner}) })
}

// A trigger that is switched off is not there.
const selectTriggers = "SELECT 'trigger ' || tgname, pg_get_triggerdef(oid, true) FROM pg_trigger" +
	" WHERE tgrelid IN ('history'::regclass, 'orders'::regclass) AND NOT tgisinternal AND tgenabled IN ('O', 'A')" +
	" UNION ALL SELECT DISTINCT 'function ' || proname, prosrc FROM pg_proc JOIN pg_trigger ON pg_proc.oid = tgfoid WHERE tgrelid = 'history'::regclass"

// brokenTriggers implements engine. The owner of the table can drop, change, or switch
// off the triggers and their functions.
func (e *pgEngine) brokenTriggers(ctx context.Context) ([]string, error) {
	return comparedTriggers(ctx, e.read(), "postgres", selectTriggers)
}
