// Package migrations has the tables of the ledger and of its queue: it creates them,
// brings them up to date, and compares the triggers that protect them with those that it
// made.
//
// It does not know what is stored in the tables.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// shared is for both databases; of the other folders, each has its database's own.
//
//go:embed shared sqlite postgres
var files embed.FS

// ErrNoDatabase reports that there is no database.
var ErrNoDatabase = errors.New("there is no database yet: run extendbot serve or extendbot migrate to create it")

// ErrOlderSchema reports that the database has not been migrated.
var ErrOlderSchema = errors.New("the database belongs to an older version of extendbot")

// ErrNewerSchema reports that a newer version of the program migrated the
// database.
var ErrNewerSchema = errors.New("the database belongs to a newer version of extendbot")

const (
	// lockTime is how long a migration waits for a locked table.
	lockTime = "2s"
	// connections is how many a migration may use: one holds the lock on migrations.
	connections = 4
)

// versionTable records the applied migrations.
const versionTable = "extendbot_version"

// SQLite migrates the ledger's tables and River's. Without apply it only
// checks them, because another process may be using them.
func SQLite(ctx context.Context, db *sql.DB, apply bool) error {
	if !apply {
		return checkTables(ctx, db, goose.DialectSQLite3, "sqlite", "SELECT COUNT(*) > 0 FROM sqlite_master WHERE name = $1")
	}
	if err := migrateOrders(ctx, db, goose.DialectSQLite3, "sqlite", true); err != nil {
		return err
	}
	return migrateQueue(ctx, riversqlite.New(db))
}

// poolFor returns connections for migrations. They wait only a short time
// for a locked table, because other processes wait behind them. Closing them
// releases the lock on migrations.
func poolFor(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	config.MaxConns = connections
	config.ConnConfig.RuntimeParams["lock_timeout"] = lockTime
	return pgxpool.NewWithConfig(ctx, config)
}

// checkTables checks that the tables exist and are up to date. It queries the
// catalog first, because goose would create its table.
func checkTables(ctx context.Context, db *sql.DB, dialect goose.Dialect, own, exist string) error {
	var there bool
	if err := db.QueryRowContext(ctx, exist, versionTable).Scan(&there); err != nil {
		return err
	}
	if !there {
		return ErrNoDatabase
	}
	return migrateOrders(ctx, db, dialect, own, false)
}

func migrateQueue[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}

// Lock is a PostgreSQL advisory lock. Its number is unlikely to be used
// by anything else in the database.
const Lock int64 = 0x657874656e64 // "extend"

// lockWait is how long a process waits while another one migrates.
const lockWait = time.Minute

var errMigrating = errors.New("another process has been migrating this database for too long: see what it is waiting for")

// Postgres is SQLite for PostgreSQL. Of several processes that start at
// once, one migrates and the others wait. The lock belongs to a session, so it
// is released if its process dies.
func Postgres(ctx context.Context, serving *pgxpool.Pool, apply bool) (err error) {
	pool, err := poolFor(ctx, serving.Config())
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	if !apply {
		return checkTables(ctx, db, goose.DialectPostgres, "postgres", "SELECT to_regclass($1) IS NOT NULL")
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	waiting, cancel := context.WithTimeoutCause(ctx, lockWait, errMigrating)
	defer cancel()
	// The session's limit is meant for table locks.
	if _, err := conn.Exec(waiting, "SET lock_timeout = 0"); err != nil {
		return err
	}
	if _, err := conn.Exec(waiting, "SELECT pg_advisory_lock($1)", Lock); err != nil {
		return errors.Join(context.Cause(waiting), err)
	}
	if err := migrateOrders(ctx, db, goose.DialectPostgres, "postgres", true); err != nil {
		return err
	}
	return migrateQueue(ctx, riverpgxv5.New(pool))
}

// Provider returns what applies the shared migrations together with those of a
// database, "sqlite" or "postgres". Use [SQLite] or [Postgres] to migrate.
func Provider(db *sql.DB, dialect goose.Dialect, own string) (*goose.Provider, error) {
	return goose.NewProvider(dialect, db, overlay{"shared", own}, goose.WithTableName(versionTable))
}

// migrateOrders applies the shared migrations together with those of this
// database. It refuses a database with newer migrations.
func migrateOrders(ctx context.Context, db *sql.DB, dialect goose.Dialect, own string, apply bool) error {
	provider, err := Provider(db, dialect, own)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: read the version of the database: %w", err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fmt.Errorf("%w: it has version %d, this program knows %d: use the newer program", ErrNewerSchema, version, newest)
	}
	if !apply {
		if version < sources[len(sources)-1].Version {
			return fmt.Errorf("%w: it has version %d: run extendbot migrate or serve of this version (on SQLite, stop the older program first)", ErrOlderSchema, version)
		}
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// overlay presents several folders of migrations as one folder.
type overlay []string

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	for _, dir := range o {
		f, err := files.Open(path.Join(dir, name))
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements fs.ReadDirFS.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for _, dir := range o {
		list, err := fs.ReadDir(files, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// Glob implements fs.GlobFS.
func (o overlay) Glob(pattern string) ([]string, error) {
	var all []string
	for _, dir := range o {
		list, err := fs.Glob(files, path.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			all = append(all, path.Base(name))
		}
	}
	slices.Sort(all) // their numbers are unique across the folders
	return all, nil
}
