package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"extendbot/ledger/duework"
	"extendbot/ledger/groupcommit"
	"extendbot/ledger/migrations"
	"extendbot/ledger/sqlitefile"
	"extendbot/ledger/stmtcache"
	"extendbot/order"
)

// sqliteEngine stores everything in one file. All writes of this process go
// through one connection, so that they do not wait for each other's locks.
// Reading has its own connections.
type sqliteEngine struct {
	config Config
	lock   *sqlitefile.Lock // nil if not serving
	files  *sqlitefile.Files
	// present fails if the files that are open are no longer the database.
	present func() error
	writer  *sql.DB // one connection
	reader  *sql.DB
	// anchor is a connection that nobody uses. While it is open, SQLite keeps the
	// write-ahead log.
	anchor *sql.Conn
	batch  *groupcommit.Batcher[write] // nil until the tables are up to date
	queue  *river.Client[*sql.Tx]
	work   *river.Client[*sql.Tx] // nil until startWork

	damaged  atomic.Pointer[error]
	largeLog bool // it was logged that the write-ahead log is large; only for commits
}

const readers = 4

func openSQLite(ctx context.Context, path string, c Config) (_ *sqliteEngine, err error) {
	e := &sqliteEngine{config: c}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if err := e.claimFile(ctx, path); err != nil {
		return nil, err
	}
	if e.files, err = sqlitefile.New(path); err != nil {
		return nil, err
	}
	if err := e.checkAccess(); err != nil {
		return nil, err
	}
	if e.writer, err = openPool(path, 1, c, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if e.reader, err = openPool(path, readers+1, c, "_pragma=query_only(true)"); err != nil {
		return nil, err
	}
	if err := migrations.SQLite(ctx, e.writer, c.Serve && !c.keepSchema); err != nil {
		return nil, err
	}
	if e.anchor, err = e.reader.Conn(ctx); err != nil {
		return nil, err
	}
	if err := e.files.Follow(e.lock); err != nil {
		return nil, err
	}
	e.present = e.files.Check
	e.batch = groupcommit.New(e.commit)
	e.queue, err = e.client(nil)
	return e, err
}

// checkAccess refuses to serve a database that others can change, and warns about
// one that others can read.
func (e *sqliteEngine) checkAccess() error {
	if !e.config.Serve {
		return nil
	}
	warnings, err := e.files.CheckAccess()
	for _, w := range warnings {
		e.config.Log.Warn("others can read or change the database: " + w)
	}
	return err
}

// claimFile makes sure that the file exists and, when serving, that no other
// process serves it. Only a serving process creates the file; otherwise the path
// may be a mistake.
func (e *sqliteEngine) claimFile(ctx context.Context, path string) (err error) {
	if !e.config.Serve || e.config.keepSchema {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return ErrNoDatabase
		}
	} else if err := sqlitefile.Create(path); err != nil {
		return err
	}
	if !e.config.Serve {
		return nil
	}
	if e.lock, err = sqlitefile.TakeLock(ctx, path); err == nil && e.lock == nil {
		return ErrInUse
	}
	return err
}

func openPool(path string, connections int, c Config, options string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options +
		"&_pragma=busy_timeout(" + strconv.FormatInt(c.LockWait.Milliseconds(), 10) + ")&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		// Stored in files, each small statement journal would need a large buffer.
		"&_pragma=temp_store(MEMORY)" +
		// Without a limit, the write-ahead log keeps the largest size that it ever had.
		"&_pragma=journal_size_limit(" + strconv.FormatInt(c.maxLog, 10) + ")"
	db, err := stmtcache.Open(dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// client returns a River client. Without handlers it only inserts.
func (e *sqliteEngine) client(handle map[order.Work]Handler) (*river.Client[*sql.Tx], error) {
	config, err := duework.RiverConfig(e.config.queue(), handle)
	if err != nil {
		return nil, err
	}
	return river.NewClient(riversqlite.New(e.writer), config)
}

// startWork implements engine.
func (e *sqliteEngine) startWork(ctx context.Context, handle map[order.Work]Handler) error {
	client, err := e.client(handle)
	if err != nil {
		return fmt.Errorf("due work: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start due work: %w", err)
	}
	e.work = client
	return nil
}

// stopWork implements engine.
func (e *sqliteEngine) stopWork(ctx context.Context) error {
	if e.work == nil {
		return nil
	}
	err := duework.Stop(ctx, e.work)
	e.work = nil
	return err
}

// close implements engine.
func (e *sqliteEngine) close() error {
	if e.batch != nil {
		e.batch.Close()
	}
	var errs []error
	if e.anchor != nil {
		_ = e.anchor.Close() // returns it to the pool
	}
	for _, db := range []*sql.DB{e.reader, e.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}

// exclusive implements engine.
func (e *sqliteEngine) exclusive() bool { return e.lock != nil }

// clocks implements engine.
func (e *sqliteEngine) clocks() []*duework.Clock { return []*duework.Clock{e.config.wallClock()} }

// queueNow implements engine. River compares times as texts of this form.
func (*sqliteEngine) queueNow() string { return "datetime('now', 'subsec')" }
