package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
)

// Condition is what [TryOpen] found out about a ledger that can be served.
type Condition struct {
	New      bool     // there is no ledger yet; the start creates it
	Older    bool     // it belongs to an older version; the start migrates it
	InUse    bool     // on SQLite: another process is serving it
	Warnings []string // what the start would warn about
}

// TryOpen finds out whether [Open] with Serve would succeed, and fails for the
// same reason if not. It changes nothing, and does not disturb processes that
// serve the ledger: that one does is no error.
func TryOpen(ctx context.Context, c Config) (Condition, error) {
	c = c.withDefaults()
	c.Serve = false
	found, err := tryEngine(ctx, c)
	if err != nil {
		return found, err
	}
	l, err := Open(ctx, c)
	switch {
	case errors.Is(err, ErrNoDatabase):
		found.New = true
	case errors.Is(err, ErrOlderSchema):
		found.Older = true
	case err != nil:
		return found, err
	default:
		return found, errors.Join(l.mustBeUsable(ctx), l.Close())
	}
	return found, mayCreateTables(ctx, c)
}

// tryEngine checks what Open checks only for a serving process.
func tryEngine(ctx context.Context, c Config) (Condition, error) {
	if isPostgres(c.URL) {
		return Condition{}, nil
	}
	path, err := sqlitePath(c.URL)
	if err != nil {
		return Condition{}, err
	}
	found, err := trySQLite(path)
	return found, onSQLite(path, err)
}

// trySQLite checks who can change the file and its folder, and whether another
// process serves it.
func trySQLite(path string) (found Condition, err error) {
	files, err := newSQLiteFiles(path)
	if errors.Is(err, fs.ErrNotExist) { // the start creates it
		files, err = &sqliteFiles{path: path, real: linkTarget(path)}, nil
	}
	if err != nil {
		return found, err
	}
	if found.Warnings, err = files.checkAccess(); err != nil {
		return found, err
	}
	if found.InUse, err = served(files.real); err != nil || found.InUse {
		return found, err
	}
	return found, mayCreateFiles(files.real)
}

// linkTarget returns where the start creates a file at path: where a symbolic
// link leads, or path itself.
func linkTarget(path string) string {
	target, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(target):
		return target
	default:
		return filepath.Join(filepath.Dir(path), target)
	}
}

// served reports whether a process has the lock of the database. It takes part
// in the lock only for a moment, and creates no file: it may run as another user.
func served(path string) (bool, error) {
	path += lockSuffix
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	return !free, errors.Join(err, lock.Close())
}

// mayCreateFiles fails if files cannot be created next to the database. SQLite
// needs that, and so does the lock.
func mayCreateFiles(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".check-*")
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
		}
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// mayCreateTables fails if the tables cannot be created or migrated.
func mayCreateTables(ctx context.Context, c Config) error {
	if isPostgres(c.URL) {
		return onPostgres(createNothing(ctx, c.URL))
	}
	path, err := sqlitePath(c.URL)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator names the path
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its folder was checked
	}
	if err != nil {
		return onSQLite(path, err)
	}
	return f.Close()
}

// createNothing creates a table and rolls it back.
func createNothing(ctx context.Context, url string) (err error) {
	config, err := parsePG(url)
	if err != nil {
		return err
	}
	configurePool(config)
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "CREATE TABLE extendbot_check (n integer)")
	return errors.Join(err, tx.Rollback(ctx))
}

// needed changes nothing, and fails if this user may not change the tables.
var needed = []string{
	"INSERT INTO orders SELECT * FROM orders WHERE 1 = 0",
	"UPDATE orders SET version = version WHERE 1 = 0",
	"INSERT INTO history SELECT * FROM history WHERE 1 = 0",
	"INSERT INTO notes SELECT * FROM notes WHERE 1 = 0",
	"DELETE FROM notes WHERE 1 = 0",
	"INSERT INTO river_job SELECT * FROM river_job WHERE 1 = 0",
}

// mustBeUsable fails if the ledger cannot be served although it is up to date: it
// was moved, or it cannot be written.
func (l *Ledger) mustBeUsable(ctx context.Context) error {
	if err := l.mustNotBeMoved(ctx); err != nil {
		return err
	}
	err := l.try(ctx, func(ctx context.Context, tx tx) ([]job, error) {
		for _, query := range needed {
			if _, err := tx.exec(ctx, query); err != nil {
				return nil, fmt.Errorf("may not change the tables: %w", err)
			}
		}
		_, err := tx.exec(ctx, l.db.pingStatement())
		return nil, err
	})
	return err
}
