package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"extendbot/ledger/dburl"
	"extendbot/ledger/postgres"
	"extendbot/ledger/sqlitefile"
)

// Condition is what [TryOpen] found out about a ledger that can be served.
type Condition struct {
	New      bool     // there is no ledger yet; the start creates it
	Older    bool     // it belongs to an older version; the start migrates it
	Serving  int      // how many processes serve it now
	Team     string   // the workspace of its newest order; "" if it has none
	Warnings []string // what the start would warn about
}

// TryOpen finds out whether [Open] with Serve would succeed, and fails for the
// same reason if not. It changes nothing, and does not disturb processes that
// serve the ledger: that one does is no error.
func TryOpen(ctx context.Context, c Config) (Condition, error) {
	c = c.withDefaults()
	c.Serve = false
	found, err := tryEngine(c)
	if err != nil {
		return found, err
	}
	if isEmptyFile(c.URL) { // opening it would write
		found.New = true
		return found, mayCreateTables(ctx, c)
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
		err = errors.Join(l.mustBeUsable(ctx), l.look(ctx, c.URL, &found), l.Close())
		return found, err
	}
	return found, mayCreateTables(ctx, c)
}

// tryEngine checks what Open checks only for a serving process.
func tryEngine(c Config) (found Condition, err error) {
	if dburl.IsPostgres(c.URL) {
		return found, nil
	}
	path, err := dburl.SQLitePath(c.URL)
	if err != nil {
		return found, err
	}
	served, warnings, err := sqlitefile.TryServe(path)
	if served {
		found.Serving = 1
	}
	found.Warnings = warnings
	return found, onSQLite(path, err)
}

// countServing counts the processes that are alive on PostgreSQL.
const countServing = "SELECT count(*) FROM processes WHERE alive_until > now()"

// look finds out what only an open ledger tells.
func (l *Ledger) look(ctx context.Context, url string, found *Condition) error {
	newest, err := l.List(ctx, time.Time{}, 1)
	if err != nil {
		return err
	}
	for _, o := range newest {
		found.Team = o.Person.Team
	}
	if dburl.IsPostgres(url) {
		return l.scanFirst(ctx, countServing, nil, &found.Serving)
	}
	return nil
}

// isEmptyFile reports whether a database is a file without any content.
func isEmptyFile(url string) bool {
	if dburl.IsPostgres(url) {
		return false
	}
	path, err := dburl.SQLitePath(url)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// mayCreateTables fails if the tables cannot be created or migrated.
func mayCreateTables(ctx context.Context, c Config) error {
	if dburl.IsPostgres(c.URL) {
		return onPostgres(createNothing(ctx, c.URL))
	}
	path, err := dburl.SQLitePath(c.URL)
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
	config, err := dburl.ParsePostgres(url)
	if err != nil {
		return err
	}
	postgres.Configure(config)
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
	"INSERT INTO seal SELECT * FROM seal WHERE 1 = 0",
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
