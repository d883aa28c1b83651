package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"extendbot/ledger/duework"
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

const (
	// pgUndoTime limits what follows a failed write.
	pgUndoTime = time.Second
	// A repeated write pauses, longer each time.
	pgFirstPause   = 10 * time.Millisecond
	pgLongestPause = 500 * time.Millisecond
)

// write implements engine. Every commit is durable. A write that failed before
// its commit has changed nothing, so it is repeated as long as the fault is
// transient: the server restarts, a connection was cut, two writes changed the
// same rows.
func (e *pgEngine) write(ctx context.Context, _ bool, w write) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.config.WriteWait, postgres.ErrSlow)
	defer cancel()
	var last error
	for pause := pgFirstPause; ; pause = min(2*pause, pgLongestPause) {
		err := e.commit(ctx, w)
		if postgres.IsReadOnly(err) {
			e.pool.Reset() // the server became a standby; a new connection may reach the primary
		}
		if _, lost := errors.AsType[*commitLostError](err); err == nil || lost || !postgres.Transient(err) {
			if errors.Is(err, context.DeadlineExceeded) {
				err = errors.Join(err, last) // the error of the try before this one, which was canceled
			}
			return err
		}
		last = err
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// commit runs one write in a transaction of its own.
func (e *pgEngine) commit(ctx context.Context, w write) error {
	return e.inTx(ctx, func(inner pgx.Tx) error {
		due, err := runWrite(ctx, pgTx{inner}, w)
		if err != nil || len(due) == 0 {
			return err
		}
		// Not InsertManyFastTx: it copies, and a process that freezes while the server
		// waits for the rows would keep its locks. No time limit ends a COPY.
		if _, err := e.queue.InsertManyTx(ctx, inner, duework.InsertParams(due, e.config.Now())); err != nil {
			return fmt.Errorf("record due work: %w", err)
		}
		return nil
	})
}

// inTx runs a transaction that waits at most LockWait for a lock.
func (e *pgEngine) inTx(ctx context.Context, do func(inner pgx.Tx) error) error {
	// As a session setting it would also apply to River's maintenance, which may
	// wait, and which leaves an invalid index behind if it cannot.
	begin := pgx.TxOptions{BeginQuery: "begin; set local lock_timeout = " + strconv.FormatInt(e.config.LockWait.Milliseconds(), 10)}
	inner, err := e.pool.BeginTx(ctx, begin)
	if err != nil {
		return err
	}
	if err := do(inner); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgUndoTime)
		defer cancel()
		_ = inner.Rollback(undo) // if it fails, the connection is closed, which also rolls back
		return err
	}
	err = inner.Commit(ctx)
	if err == nil || postgres.RolledBack(err) {
		return err
	}
	return &commitLostError{err: err}
}

// forUpdate implements engine.
func (*pgEngine) forUpdate() string { return " FOR UPDATE" }

// isDead implements engine.
func (*pgEngine) isDead(column, self string) string {
	return column + " IN (" + fmt.Sprintf(postgres.SelectDead, self) + ")"
}

// lockName implements engine.
func (*pgEngine) lockName(ctx context.Context, tx tx, name string) error {
	_, err := tx.exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
	return err
}

// pingStatement implements engine. It writes an empty record to the server's
// write-ahead log.
func (*pgEngine) pingStatement() string {
	return "SELECT pg_logical_emit_message(true, 'extendbot', 'ping')"
}

// wrap implements engine.
func (*pgEngine) wrap(err error) error {
	detail := postgres.Hint(err)
	if detail == "" {
		detail = "the database cannot be used"
	}
	return unavailable(err, detail)
}

// violates implements engine.
func (*pgEngine) violates(err error, index string) bool { return postgres.IsViolation(err, index) }

// damage implements engine: the server checks its own pages.
func (*pgEngine) damage() error { return nil }
