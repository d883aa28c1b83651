package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// hints says what to do about the faults of a database that a person can mend.
var hints = map[int]string{
	sqlite3.SQLITE_FULL:     "the disk is full: make room, the program goes on by itself",
	sqlite3.SQLITE_READONLY: "the database file cannot be written: check its owner and mode",
	sqlite3.SQLITE_IOERR:    "the disk failed or became read-only: mend it, the program goes on by itself; restore the last backup if it lost data",
	sqlite3.SQLITE_CORRUPT:  "the database file is damaged: stop the program and restore the last backup",
	sqlite3.SQLITE_NOTADB:   "the file is no database: check DATABASE_URL",
	sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: check DATABASE_URL and the folder's rights",
	sqlite3.SQLITE_BUSY:     "another program keeps the database locked",
}

// faultOf gives the code of SQLite that an error comes down to, 0 if none.
func faultOf(err error) int {
	if said, ok := errors.AsType[*sqlite.Error](err); ok {
		return said.Code() & 0xff
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return sqlite3.SQLITE_READONLY
	case errors.Is(err, syscall.ENOSPC):
		return sqlite3.SQLITE_FULL
	case errors.Is(err, fs.ErrNotExist):
		return sqlite3.SQLITE_CANTOPEN
	default:
		return 0
	}
}

// hinted puts what to do about an error in front of it, if that is known.
func withSQLiteHint(err error) error {
	if hint := hints[faultOf(err)]; hint != "" {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return err
}

// wrap implements engine.
func (e *sqliteEngine) wrap(err error) error {
	fault := faultOf(err)
	if fault == sqlite3.SQLITE_CORRUPT || fault == sqlite3.SQLITE_NOTADB {
		e.damaged.CompareAndSwap(nil, &err)
	}
	detail := hints[fault]
	if detail == "" {
		detail = "the database cannot be used"
	}
	return unavailable(err, detail)
}

// damage implements engine. One sound page says nothing about the others, so
// what was damaged once stays so until the file was replaced, and the program
// started again.
func (e *sqliteEngine) damage() error {
	if said := e.damaged.Load(); said != nil {
		return *said
	}
	return nil
}
