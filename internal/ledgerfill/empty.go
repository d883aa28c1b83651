package ledgerfill

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"extendbot/ledger"
)

// EmptySQLite returns the content of a SQLite ledger without orders, to serve from. It
// is made once per process. A test that writes it to its own file saves the second that
// making the tables takes with the race detector.
var EmptySQLite = sync.OnceValues(func() (database []byte, err error) {
	dir, err := os.MkdirTemp("", "extendbot-ledger-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const name = "ledger.db"
	l, err := ledger.Open(context.Background(), ledger.Config{URL: "sqlite:" + filepath.Join(dir, name), Serve: true})
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil { // moves the write-ahead log into the file
		return nil, err
	}
	return fs.ReadFile(os.DirFS(dir), name)
})
