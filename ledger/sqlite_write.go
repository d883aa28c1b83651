package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"extendbot/order"
)

var errLocked = errors.New("the database is locked for too long")

func (e *sqliteEngine) write(ctx context.Context, durable bool, w write) error {
	return e.batch.do(ctx, durable, w)
}

// commit runs a batch in one transaction. The transaction is not bound to any
// caller's context: it is short, and half a batch belongs to somebody else. A
// write that fails by itself is left out and the others are tried again; what
// fails for another reason fails for all of them.
func (e *sqliteEngine) commit(batch []*queuedWrite) {
	ctx := context.WithoutCancel(batch[0].ctx)
	for {
		batch = awaited(batch)
		if len(batch) == 0 {
			return
		}
		err := e.commitAll(ctx, batch)
		spoiled, ok := errors.AsType[*failedWriteError](err)
		if !ok {
			for _, p := range batch {
				p.err = errors.Join(p.err, err)
			}
			return
		}
		spoiled.by.err = spoiled.err
		batch = slices.DeleteFunc(batch, func(p *queuedWrite) bool { return p == spoiled.by })
	}
}

// awaited leaves out the writes for which nobody waits any more.
func awaited(batch []*queuedWrite) []*queuedWrite {
	var list []*queuedWrite
	for _, p := range batch {
		if p.err = nil; p.ctx.Err() != nil {
			p.err = context.Cause(p.ctx)
			continue
		}
		list = append(list, p)
	}
	return list
}

// spoiledError is a batch that failed because one of its writes did.
type failedWriteError struct {
	by  *queuedWrite
	err error
}

// Error gives the write's error.
func (s *failedWriteError) Error() string { return s.err.Error() }

// Unwrap gives the write's error.
func (s *failedWriteError) Unwrap() error { return s.err }

func (e *sqliteEngine) commitAll(ctx context.Context, batch []*queuedWrite) error {
	waiting, cancel := context.WithTimeoutCause(ctx, e.config.LockWait, errLocked)
	defer cancel()
	conn, err := e.writer.Conn(waiting)
	if err != nil {
		return errors.Join(context.Cause(waiting), err)
	}
	defer func() { _ = conn.Close() }() // gives it back; what was committed stays so
	if durable(batch) {
		// With FULL the log is synced at each commit, with NORMAL only when it
		// is copied into the database: a crash of the process loses nothing
		// then, but a power cut loses the last commits.
		if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
			return err
		}
		// If this fails, later commits take longer, and this one is none the worse.
		defer func() { _, _ = conn.ExecContext(ctx, "PRAGMA synchronous=NORMAL") }()
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.runAll(ctx, tx, batch); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func durable(batch []*queuedWrite) bool {
	for _, p := range batch {
		if p.durable {
			return true
		}
	}
	return false
}

// runAll runs the writes of a batch and records their due work together. A
// write that was refused has changed nothing and leaves the others alone; any
// other error of one spoils the batch.
func (e *sqliteEngine) runAll(ctx context.Context, inner *sql.Tx, batch []*queuedWrite) error {
	tx := sqliteTx{inner}
	var due []job
	for _, p := range batch {
		list, err := runWrite(ctx, tx, p.write)
		if _, refused := errors.AsType[*order.Error](err); refused {
			p.err = err
			continue
		}
		if err != nil {
			return &failedWriteError{by: p, err: err}
		}
		due = append(due, list...)
	}
	if len(due) == 0 {
		return nil
	}
	if _, err := e.queue.InsertManyFastTx(ctx, inner, insertParams(due, e.config.Now())); err != nil {
		return fmt.Errorf("record due work: %w", err)
	}
	return nil
}

// safely runs a write; a panic of it is its error. The transaction and the
// connection belong to others as well.
func runWrite(ctx context.Context, tx tx, w write) (list []job, err error) {
	defer func() {
		if p := recover(); p != nil {
			list, err = nil, fmt.Errorf("a write panicked: %T", p)
		}
	}()
	return w(ctx, tx)
}

// touch implements engine. An UPDATE that leaves a row as it is would write
// nothing; this writes the first page, and nobody else uses that number.
func (*sqliteEngine) touch() string { return "PRAGMA user_version = 1" }

// violates implements engine. SQLite names the columns of an index, or the
// index itself if it is a partial one.
func (*sqliteEngine) violates(err error, _ string) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}
