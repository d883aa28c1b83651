package sqlitefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// hints says what to do about faults that a person can fix.
var hints = map[int]string{
	sqlite3.SQLITE_FULL:     "the disk is full: free some space; the program then continues by itself",
	sqlite3.SQLITE_READONLY: "the database file or its folder cannot be written: check their owner and mode",
	sqlite3.SQLITE_IOERR:    "the disk failed or became read-only: fix it, and the program continues by itself; if it lost data, restore the last backup",
	sqlite3.SQLITE_CORRUPT:  "the database file is damaged: stop the program and restore the last backup",
	sqlite3.SQLITE_NOTADB:   "the file is not a database: check DATABASE_URL",
	sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: check DATABASE_URL and the folder's permissions",
	sqlite3.SQLITE_BUSY:     "another program has locked the database",
}

const hintReplaced = "the database file was removed or replaced while the program was running: stop the program," +
	" put the file back or restore the last backup, and start the program again"

// faultOf returns the SQLite code in an error, or 0.
func faultOf(err error) int {
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

// WithHint puts what to do about an error in front of it, if known.
func WithHint(err error) error {
	if hint := Hint(err); hint != "" {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return err
}

// AtOpen does the same as [WithHint] for an error from opening the file at path. It looks
// whether the path itself is the mistake.
func AtOpen(path string, err error) error {
	if faultOf(err) == sqlite3.SQLITE_CANTOPEN {
		if hint := wrongPath(path); hint != "" {
			return fmt.Errorf("%s: %w", hint, err)
		}
	}
	return WithHint(err)
}

// wrongPath says what to do about a path that cannot be that of a database, or "".
func wrongPath(path string) string {
	folder := filepath.Dir(path)
	at, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("the folder %s does not exist: create it, or correct DATABASE_URL", folder)
	case err == nil && !at.IsDir():
		return fmt.Sprintf("%s is a file and no folder: correct DATABASE_URL", folder)
	}
	if at, err := os.Stat(path); err == nil && at.IsDir() {
		return "it is a folder: add the name of a file to DATABASE_URL"
	}
	return ""
}

// Hint returns what to do about an error, or "".
func Hint(err error) string {
	if errors.Is(err, ErrReplaced) {
		return hintReplaced
	}
	return hints[faultOf(err)]
}

// IsDamage reports whether err shows that the database lost data.
func IsDamage(err error) bool {
	fault := faultOf(err)
	return fault == sqlite3.SQLITE_CORRUPT || fault == sqlite3.SQLITE_NOTADB
}

// IsUniqueViolation reports whether err is the violation of a unique index of these
// columns. SQLite names them instead of the index, and only in the text of its error.
func IsUniqueViolation(err error, columns string) bool {
	said, ok := errors.AsType[*sqlite.Error](err)
	return ok && said.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE &&
		strings.Contains(said.Error(), "UNIQUE constraint failed: "+columns+" (")
}

// IsRefusedRow reports whether err is a row that a trigger refuses, or whose primary key
// is there already.
func IsRefusedRow(err error) bool {
	said, ok := errors.AsType[*sqlite.Error](err)
	return ok && (said.Code() == sqlite3.SQLITE_CONSTRAINT_TRIGGER || said.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
