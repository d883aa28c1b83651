package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"extendbot/ledger/sqlitefile"
)

// sqliteHints says what to do about faults that a person can fix.
var sqliteHints = map[int]string{
	sqlite3.SQLITE_FULL:     "the disk is full: free some space; the program then continues by itself",
	sqlite3.SQLITE_READONLY: "the database file cannot be written: check its owner and mode",
	sqlite3.SQLITE_IOERR:    "the disk failed or became read-only: fix it, and the program continues by itself; if it lost data, restore the last backup",
	sqlite3.SQLITE_CORRUPT:  "the database file is damaged: stop the program and restore the last backup",
	sqlite3.SQLITE_NOTADB:   "the file is not a database: check DATABASE_URL",
	sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: check DATABASE_URL and the folder's permissions",
	sqlite3.SQLITE_BUSY:     "another program has locked the database",
}

const hintReplaced = "the database file was removed or replaced while the program was running: stop the program," +
	" put the file back or restore the last backup, and start the program again"

// sqliteFault returns the SQLite code in an error, or 0.
func sqliteFault(err error) int {
	if said, ok := errors.AsType[*sqlite.Error](err); ok {
		return said.Code() & 0xff
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return sqlite3.SQLITE_READONLY
	case errors.Is(err, syscall.ENOSPC):
		return sqlite3.SQLITE_FULL
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR):
		return sqlite3.SQLITE_CANTOPEN
	default:
		return 0
	}
}

// withSQLiteHint puts what to do about an error in front of it, if known.
func withSQLiteHint(err error) error {
	if hint := sqliteHint(err); hint != "" {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return err
}

// sqliteHint returns what to do about an error, or "".
func sqliteHint(err error) string {
	if errors.Is(err, sqlitefile.ErrReplaced) {
		return hintReplaced
	}
	return sqliteHints[sqliteFault(err)]
}

// wrap implements engine.
func (e *sqliteEngine) wrap(err error) error {
	fault := sqliteFault(err)
	if fault == sqlite3.SQLITE_CORRUPT || fault == sqlite3.SQLITE_NOTADB {
		e.damaged.CompareAndSwap(nil, &err)
	}
	detail := sqliteHint(err)
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

// violates implements engine. SQLite names the columns of the index instead of
// the index, and only in the text of its error.
func (*sqliteEngine) violates(err error, index string) bool {
	said, ok := errors.AsType[*sqlite.Error](err)
	return ok && said.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE &&
		strings.Contains(said.Error(), "UNIQUE constraint failed: "+uniqueColumns[index]+" (")
}
