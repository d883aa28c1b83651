package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Lock is the lock of the only process that serves a database.
type Lock = flock.Flock

const (
	// lockTime is how long to wait for the lock, because [TryServe] takes
	// part in it for a moment.
	lockTime  = 500 * time.Millisecond
	lockPause = 50 * time.Millisecond
)

// TakeLock takes the lock of a database, or returns nil if another process has it.
// It locks a separate file because SQLite takes and releases its own locks on the
// database.
func TakeLock(ctx context.Context, path string) (*Lock, error) {
	path, err := filepath.EvalSymlinks(path) // the same file has the same lock, whatever its path
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	lock := flock.New(path+lockSuffix, flock.SetPermissions(0o600))
	waiting, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	ok, err := lock.TryLockContext(waiting, lockPause)
	switch {
	case ok:
		return lock, nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return nil, nil //nolint:nilnil // nobody can tell more about the other process
	default:
		return nil, fmt.Errorf("lock the database: %w", err)
	}
}

// Create creates the file before SQLite would, readable only by its owner.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the path
	if err != nil {
		return err
	}
	return f.Close()
}

// TryServe finds out whether a process could serve the database at path, and
// whether another one does. Its error is why not. It changes nothing, and returns
// what to warn about. The database need not exist.
func TryServe(path string) (inUse bool, warnings []string, err error) {
	f, err := New(path)
	if errors.Is(err, fs.ErrNotExist) { // the start creates it
		f, err = &Files{path: path, real: linkTarget(path)}, nil
	}
	if err != nil {
		return false, nil, err
	}
	if warnings, err = f.CheckAccess(); err != nil {
		return false, warnings, err
	}
	if inUse, err = served(f.real); err != nil || inUse {
		return inUse, warnings, err
	}
	return false, warnings, mayCreate(f.real)
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

// mayCreate fails if files cannot be created next to the database. SQLite needs
// that, and so does the lock.
func mayCreate(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".check-*")
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
		}
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
