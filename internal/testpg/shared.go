package testpg

import (
	"context"
	"errors"
	"os"
	"sync"
)

// source is a server that the tests of this process share.
type source interface {
	// URL is where a database of the server is; an empty name is one that is
	// always there.
	URL(database string) string
	// Close ends the server, if it is ours.
	Close() error
}

// shared is opened by the first test that needs it, and closed by Stop.
var shared struct {
	mu     sync.Mutex
	opened bool
	source source // nil: there is none, and err says why
	err    error
}

func sharedSource(ctx context.Context) (source, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.opened {
		shared.source, shared.err = openSource(ctx)
		shared.opened = true
	}
	return shared.source, shared.err
}

// Stop ends the server that the tests of this process share. A process that had
// none is fine, and the next [Database] starts another one. [Suite] calls it.
func Stop() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	old := shared.source
	shared.source, shared.err, shared.opened = nil, nil, false
	if old == nil {
		return nil
	}
	return old.Close()
}

// urlVariable names a server that is there already. Its user may create databases.
const urlVariable = "TEST_DATABASE_URL"

// errUnusable says that somebody named a server, and it is no good: a mistake,
// unlike having none.
var errUnusable = errors.New(urlVariable + " is set, but cannot be used")

// openSource gives the first server that can be had.
func openSource(ctx context.Context) (source, error) {
	if named := os.Getenv(urlVariable); named != "" {
		return openNamed(ctx, named)
	}
	server, noCluster := Launch(ctx)
	if noCluster == nil {
		return server, nil
	}
	c, noContainer := startContainer(ctx)
	if noContainer == nil {
		return c, nil
	}
	return nil, notFound(noCluster, noContainer)
}
