package ledgerfill

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"extendbot/ledger"
)

type sqlite struct {
	path string
	db   *sql.DB
}

// openSQLite opens a file without a journal, so it does not survive a crash.
func openSQLite(path string) (target, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(OFF)"+
		"&_pragma=synchronous(OFF)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-400000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &sqlite{path: path, db: db}, nil
}

// write implements target.
func (s *sqlite) write(ctx context.Context, rows batch) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = insert(ctx, tx, "orders", ledger.OrderColumns(), rows.orders)
	if err == nil {
		err = insert(ctx, tx, "history", ledger.HistoryColumns(), rows.history)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// valuesPerInsert is how many values one statement inserts. Setting up a
// statement takes SQLite as long as a row, and the time that the driver takes to
// bind values grows with the square of their number.
const valuesPerInsert = 250

// insert adds rows, many with one statement.
func insert(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any) (err error) {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	into := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + one
	many := valuesPerInsert / len(columns)
	full, err := tx.PrepareContext(ctx, into+strings.Repeat(", "+one, many-1))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, full.Close()) }()
	for ; len(rows) >= many; rows = rows[many:] {
		if _, err := full.ExecContext(ctx, slices.Concat(rows[:many]...)...); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err = tx.ExecContext(ctx, into+strings.Repeat(", "+one, len(rows)-1), slices.Concat(rows...)...)
	return err
}

// sqliteJobs inserts finished pieces of work from the last day.
const sqliteJobs = `WITH RECURSIVE jobs (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM jobs WHERE n < $1),
	times AS (SELECT n, strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (n * 72000.0 / $1) || ' seconds') AS at FROM jobs)
INSERT INTO river_job
	(args, attempt, attempted_at, attempted_by, created_at, finalized_at, kind, max_attempts, scheduled_at, queue, state)
SELECT jsonb_object('Order', (SELECT max(id) FROM orders)), 1, at, jsonb_array('process'), at, at,
	CASE n % 3 WHEN 0 THEN 'extendbot_place' ELSE 'extendbot_tend' END, 32000, at,
	CASE n % 3 WHEN 0 THEN 'placing' ELSE 'default' END, 'completed'
FROM times`

// jobs implements target.
func (s *sqlite) jobs(ctx context.Context, plan Plan) error {
	if plan.Jobs == 0 {
		return nil
	}
	_, err := s.db.ExecContext(ctx, sqliteJobs, plan.Jobs)
	return err
}

// finish implements target. It syncs the file.
func (s *sqlite) finish(ctx context.Context) (err error) {
	for _, q := range []string{"PRAGMA locking_mode = NORMAL", "PRAGMA journal_mode = WAL"} {
		if _, err := s.db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// close implements target.
func (s *sqlite) close(context.Context) error { return s.db.Close() }
