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

// Empty gives the bytes of a SQLite ledger without orders, ready to be served
// from. It is made once in the life of the process: a test that writes them into
// a file of its own saves the second that making the tables takes with the race
// detector.
var Empty = sync.OnceValues(func() (database []byte, err error) {
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
	if err := l.Close(); err != nil { // takes the log of writes into the file
		return nil, err
	}
	return fs.ReadFile(os.DirFS(dir), name)
})
