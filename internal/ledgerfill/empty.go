package ledgerfill

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"extendbot/ledger"
)

// EmptySQLite returns the content of a SQLite ledger without orders, ready to
// serve. It is created once per process. With the race detector, creating the
// tables takes a second, which a test saves by writing this content to its own
// file.
var EmptySQLite = sync.OnceValues(func() (database []byte, err error) {
	dir, err := os.MkdirTemp("", "extendbot-ledger-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const name = "ledger.db"
	l, err := ledger.Open(context.Background(), ledger.Config{URL: "sqlite:" + filepath.Join(dir, name), Serve: true, Keys: Keys()})
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	if err := removeSeal(filepath.Join(dir, name)); err != nil {
		return nil, err
	}
	return fs.ReadFile(os.DirFS(dir), name)
})

// removeSeal removes the seal, for the first start to make it with its own key.
// Closing the database moves the write-ahead log into the file.
func removeSeal(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), "DELETE FROM seal")
	return errors.Join(err, db.Close())
}
