package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"extendbot/ledger/duework"
	"extendbot/ledger/groupcommit"
	"extendbot/ledger/sqlitefile"
	"extendbot/order"
)

// sqliteRunner is what *sql.DB and *sql.Tx have in common.
type sqliteRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// sqliteTx runs the ledger's queries through database/sql.
type sqliteTx struct{ sqliteRunner }

func (t sqliteTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t sqliteTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	return t.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller checks it
}

// read implements engine.
func (e *sqliteEngine) read() tx { return sqliteTx{e.reader} }

// snapshot implements engine.
func (e *sqliteEngine) snapshot(ctx context.Context, look func(tx tx) error) error {
	inner, err := e.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(look(sqliteTx{inner}), inner.Rollback())
}

// brokenTriggers implements engine. Anyone who can write the file can drop or change
// them.
func (e *sqliteEngine) brokenTriggers(ctx context.Context) ([]string, error) {
	return comparedTriggers(ctx, e.read(), "sqlite", "SELECT 'trigger ' || name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('history', 'orders')")
}

// write implements engine.
func (e *sqliteEngine) write(ctx context.Context, durable bool, w write) error {
	return e.batch.Do(ctx, durable, w)
}

// queuedWrite is a write that waits for its commit.
type queuedWrite = groupcommit.Write[write]

// commit runs a batch in one transaction. A write that fails by itself is left
// out and the others are tried again. Any other failure applies to all of them.
func (e *sqliteEngine) commit(batch []*queuedWrite) {
	for {
		batch = stillAwaited(batch)
		if len(batch) == 0 {
			return
		}
		err := e.commitAll(batch)
		if err == nil {
			return
		}
		failed, ok := errors.AsType[*failedWriteError](err)
		if !ok {
			for _, p := range batch { // also those that were refused: another one, which does not count, may be why
				p.Err = err
			}
			return
		}
		failed.write.Err = failed.err
		batch = slices.DeleteFunc(batch, func(p *queuedWrite) bool { return p == failed.write })
	}
}

// stillAwaited leaves out the writes whose callers have given up.
func stillAwaited(batch []*queuedWrite) []*queuedWrite {
	var list []*queuedWrite
	for _, p := range batch {
		if p.Err = p.GaveUp(); p.Err == nil {
			list = append(list, p)
		}
	}
	return list
}

// failedWriteError is the failure of a batch because of one of its writes.
type failedWriteError struct {
	write *queuedWrite
	err   error
}

// Error returns the write's error.
func (e *failedWriteError) Error() string { return e.err.Error() }

// Unwrap returns the write's error.
func (e *failedWriteError) Unwrap() error { return e.err }

var errLocked = errors.New("the database was locked for too long")

// commitAll runs a transaction that does not depend on any caller's context: it
// is short, and its writes belong to many callers.
func (e *sqliteEngine) commitAll(batch []*queuedWrite) error {
	ctx := context.Background()
	waiting, cancel := context.WithTimeoutCause(ctx, e.config.LockWait, errLocked)
	defer cancel()
	conn, err := e.writer.Conn(waiting)
	if err != nil {
		return errors.Join(context.Cause(waiting), err)
	}
	defer func() { _ = conn.Close() }() // returns it to the pool; it cannot undo a commit
	if slices.ContainsFunc(batch, func(p *queuedWrite) bool { return p.Durable }) {
		// With FULL, the log is synced at each commit; with NORMAL, only when it is
		// copied into the database. Then a crash of the process loses nothing, but a
		// power failure loses the last commits.
		if _, err := conn.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
			return err
		}
		// If this fails, later commits take longer; this one is not affected.
		defer func() { _, _ = conn.ExecContext(ctx, "PRAGMA synchronous=NORMAL") }()
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.runAll(ctx, tx, batch); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	// The file can disappear during the commit, so it counts only if the file is
	// there before it and after it.
	if err := e.present(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := e.present(); err != nil {
		return &commitLostError{err: err}
	}
	e.reportLargeLog()
	return nil
}

// reportLargeLog logs once when the write-ahead log gets large. It can be reused
// only while nobody reads the database, so a reader that does not end makes it
// grow without limit. Nothing here reads for long; another program may.
func (e *sqliteEngine) reportLargeLog() {
	large := e.files.LogSize() > e.config.maxLog
	if large && !e.largeLog {
		e.config.Log.WithField("bytes", e.files.LogSize()).
			Warn("the write-ahead log of the database grows: another program has been reading the database for too long; end it")
	}
	e.largeLog = large
}

// runAll runs the writes of a batch and records their due work together. A write
// that was refused has changed nothing and does not affect the others. Any other
// error of a write fails the batch.
func (e *sqliteEngine) runAll(ctx context.Context, inner *sql.Tx, batch []*queuedWrite) error {
	var due []job
	for _, p := range batch {
		list, err := runWrite(ctx, sqliteTx{inner}, p.Write)
		if _, refused := errors.AsType[*order.Error](err); refused {
			p.Err = err
			continue
		}
		if err != nil {
			return &failedWriteError{write: p, err: err}
		}
		due = append(due, list...)
	}
	if len(due) == 0 {
		return nil
	}
	if _, err := e.queue.InsertManyFastTx(ctx, inner, duework.InsertParams(due, e.config.Now())); err != nil {
		return fmt.Errorf("record due work: %w", err)
	}
	return nil
}

// runWrite runs a write. A panic becomes an error, because the transaction and
// the connection are shared with other writes.
func runWrite(ctx context.Context, tx tx, w write) (list []job, err error) {
	defer func() {
		if p := recover(); p != nil {
			list, err = nil, fmt.Errorf("a write panicked: %T", p)
		}
	}()
	return w(ctx, tx)
}

// forUpdate implements engine. There is only one writer.
func (*sqliteEngine) forUpdate() string { return "" }

// isDead implements engine. No other process can own anything: the start takes
// everything over.
func (*sqliteEngine) isDead(_, self string) string { return self + " IS NULL" }

// lockName implements engine. Only one transaction writes at a time, over all
// processes.
func (*sqliteEngine) lockName(context.Context, tx, string) error { return nil }

// pingStatement implements engine. An UPDATE that does not change a row would
// write nothing. This writes the first page, and nothing else uses that number.
func (*sqliteEngine) pingStatement() string { return "PRAGMA user_version = 1" }

// wrap implements engine.
func (e *sqliteEngine) wrap(err error) error {
	if sqlitefile.IsDamage(err) {
		e.damaged.CompareAndSwap(nil, &err)
	}
	detail := sqlitefile.Hint(err)
	if detail == "" {
		detail = "the database cannot be used"
	}
	return unavailable(err, detail)
}

// damage implements engine. One intact page does not mean that the others are
// intact, so the file counts as damaged until it was replaced and the program
// restarted.
func (e *sqliteEngine) damage() error {
	if found := e.damaged.Load(); found != nil {
		return *found
	}
	return nil
}

// uniqueColumns are the columns of the unique indexes, as SQLite names them.
var uniqueColumns = map[string]string{
	"orders_holder":  "orders.server_id",
	"orders_request": "orders.request_key",
}

// violates implements engine. In history, a trigger refuses a row that is there already
// before the index does.
func (*sqliteEngine) violates(err error, index string) bool {
	if index == historyKey {
		return sqlitefile.IsRefusedRow(err)
	}
	return sqlitefile.IsUniqueViolation(err, uniqueColumns[index])
}
