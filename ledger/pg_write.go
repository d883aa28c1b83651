package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"extendbot/ledger/duework"
	"extendbot/ledger/postgres"
)

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
