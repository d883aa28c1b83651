// Package sqlitefile looks after the files of a SQLite database: who else can
// change them, which process serves them, that they are still there, and what an
// error of SQLite says about them. It does not open the database itself: closing it again would release SQLite's locks.
//
// https://www.sqlite.org/howtocorrupt.html
package sqlitefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrReplaced reports that a file of the database is no longer the one that this
// process has open. What it writes would be lost.
var ErrReplaced = errors.New("a file of the database was removed, moved, or replaced")

const (
	logSuffix     = "-wal"
	indexSuffix   = "-shm"
	journalSuffix = "-journal"
	lockSuffix    = ".lock"
)

// Files are the files of a SQLite database that this process has open. A file can
// be removed or replaced while it is open: writes then still succeed, but into a
// file that nobody will find again. It is not safe for concurrent use.
type Files struct {
	path string                 // as it was configured
	real string                 // without symbolic links: SQLite puts its other files next to it
	open map[string]fs.FileInfo // by path
	size int64                  // the largest size of the database seen; it never shrinks
	log  int64                  // the last size of the write-ahead log seen
}

// New returns the database at path, which has to exist.
func New(path string) (*Files, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &Files{path: path, real: target, open: map[string]fs.FileInfo{path: info, target: info}}, nil
}

// Follow adds the files that were opened after the database: its write-ahead log
// and its lock, nil if there is none. The log must stay open from now on.
func (f *Files) Follow(lock *Lock) error {
	for _, path := range []string{f.real + logSuffix, f.real + indexSuffix} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // some file systems cannot have a write-ahead log
		}
		if err != nil {
			return err
		}
		f.open[path] = info
	}
	if lock != nil {
		info, err := lock.Stat()
		if err != nil {
			return err
		}
		f.open[lock.Path()] = info
	}
	return f.Check()
}

// Check fails with [ErrReplaced] if a path no longer leads to the file that is
// open, or if something else has written the database: a copy over it begins with
// an empty file. It takes microseconds.
func (f *Files) Check() error {
	for path, open := range f.open {
		now, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrReplaced, err)
		}
		if !os.SameFile(open, now) {
			return fmt.Errorf("%w: %s", ErrReplaced, path)
		}
		switch path {
		case f.real:
			if now.Size() < f.size {
				return fmt.Errorf("%w: %s was overwritten", ErrReplaced, path)
			}
			f.size = now.Size()
		case f.real + logSuffix:
			f.log = now.Size()
		}
	}
	return nil
}

// LogSize returns the size of the write-ahead log at the last check, in bytes.
func (f *Files) LogSize() int64 { return f.log }
