package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// pgUndoTime bounds what follows a write that failed.
	pgUndoTime    = time.Second
	pgFirstPause  = 10 * time.Millisecond
	pgLongestWait = 500 * time.Millisecond
)

var errPGSlow = errors.New("postgresql did not answer in time")

// write implements engine. Every commit is durable. A write that did not get
// as far as its commit has changed nothing, so it is tried again for as long as
// the fault is one that passes: the server starts again, a connection was cut,
// two writes stood in each other's way.
func (e *pgEngine) write(ctx context.Context, _ bool, w write) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.config.WriteWait, errPGSlow)
	defer cancel()
	var last error
	for pause := pgFirstPause; ; pause = min(2*pause, pgLongestWait) {
		err := e.commit(ctx, w)
		if said, ok := errors.AsType[*pgconn.PgError](err); ok && said.Code == pgReadOnly {
			e.pool.Reset() // the server became a copy; the next connection may find the primary
		}
		if err == nil || !transient(err) {
			if errors.Is(err, context.DeadlineExceeded) {
				err = errors.Join(err, last) // what was wrong until this try was cut off
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
	inner, err := e.pool.BeginTx(ctx, pgBegin(e.config.LockWait))
	if err != nil {
		return err
	}
	if err := e.run(ctx, inner, w); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), pgUndoTime)
		defer cancel()
		_ = inner.Rollback(undo) // if it fails, the connection is closed, which undoes as well
		return err
	}
	err = inner.Commit(ctx)
	if err == nil || rolledBack(err) {
		return err
	}
	return &commitLostError{err: err}
}

func (e *pgEngine) run(ctx context.Context, inner pgx.Tx, w write) error {
	due, err := runWrite(ctx, pgTx{inner}, w)
	if err != nil || len(due) == 0 {
		return err
	}
	if _, err := e.queue.InsertManyFastTx(ctx, inner, insertParams(due, e.config.Now())); err != nil {
		return fmt.Errorf("record due work: %w", err)
	}
	return nil
}

// undone says whether a commit that failed is known to have changed nothing.
// What the server said when it ended the connection does not tell.
func rolledBack(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && said.SeverityUnlocalized == "ERROR" // Severity is in the language of the server
}

// passing says whether an error before the commit may be gone at the next try.
func transient(err error) bool {
	if _, lost := errors.AsType[*commitLostError](err); lost {
		return false
	}
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return transientCodes[said.Code] || transientClasses[said.Code[:2]]
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	_, dialing := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return dialing || network || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
