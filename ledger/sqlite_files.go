package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// errFileReplaced reports that a file of the database is no longer the one that
// this process has open. What it writes would be lost.
var errFileReplaced = errors.New("a file of the database was removed, moved, or replaced")

const logSuffix = "-wal"

// sqliteFiles are the files of a SQLite database that this process has open. A
// file can be removed or replaced while it is open: writes then still succeed, but
// into a file that nobody will find again.
//
// https://www.sqlite.org/howtocorrupt.html
type sqliteFiles struct {
	path string                 // as it was configured
	real string                 // without symbolic links: SQLite puts its other files next to it
	open map[string]fs.FileInfo // by path
	size int64                  // the largest size of the database seen; it never shrinks
	log  int64                  // the last size of the write-ahead log seen
}

// newSQLiteFiles returns the database at path, which has to exist.
func newSQLiteFiles(path string) (*sqliteFiles, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	f := &sqliteFiles{path: path, real: target, open: map[string]fs.FileInfo{}}
	if f.open[path], err = os.Stat(path); err != nil {
		return nil, err
	}
	f.open[target] = f.open[path]
	return f, nil
}

// follow adds the files that were opened after the database: its write-ahead log
// and its lock, nil if there is none. The log must stay open from now on.
func (f *sqliteFiles) follow(lock *flock.Flock) error {
	for _, path := range []string{f.real + logSuffix, f.real + "-shm"} {
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
	return f.check()
}

// check fails with errFileReplaced if a path no longer leads to the file that is
// open, or if something else has written the database: a copy over it begins with
// an empty file. It takes microseconds.
func (f *sqliteFiles) check() error {
	for path, open := range f.open {
		now, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("%w: %w", errFileReplaced, err)
		}
		if !os.SameFile(open, now) {
			return fmt.Errorf("%w: %s", errFileReplaced, path)
		}
		switch path {
		case f.real:
			if now.Size() < f.size {
				return fmt.Errorf("%w: %s was overwritten", errFileReplaced, path)
			}
			f.size = now.Size()
		case f.real + logSuffix:
			f.log = now.Size()
		}
	}
	return nil
}
