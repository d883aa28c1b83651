//go:build unix

package testpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// Database returns the URL, with a password, of an empty database for one test.
// It is dropped at the end of the test, even if it is still in use.
func Database(t testing.TB) string {
	t.Helper()
	return copyOf(t, sharedServer(t), empty)
}

// copyOf returns the URL of a copy of a database, which is dropped at the end of
// the test.
func copyOf(t testing.TB, s *Server, template string) string {
	t.Helper()
	name, err := s.createDatabase(t.Context(), template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.dropDatabase(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return s.URL(name)
}

// Start returns a cluster that ends with the test. It needs the installed
// binaries, because the server in TEST_DATABASE_URL must not be crashed.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Launch(t.Context(), opts...)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

const urlVariable = "TEST_DATABASE_URL"

// errUnusable means that TEST_DATABASE_URL names a server that cannot be used.
var errUnusable = errors.New(urlVariable + " is set but cannot be used")

var (
	opened    *Server  // set by open, if it succeeded
	dropped   []string // databases on opened to drop at the end
	droppedMu sync.Mutex
	open      = sync.OnceValue(func() (err error) {
		if named := os.Getenv(urlVariable); named != "" {
			opened, err = openNamed(context.Background(), named)
		} else {
			opened, err = Launch(context.Background())
		}
		return err
	})
)

// dropAtEnd drops a database after the tests of the package have ended.
func dropAtEnd(name string) {
	droppedMu.Lock()
	defer droppedMu.Unlock()
	dropped = append(dropped, name)
}

func sharedServer(t testing.TB) *Server {
	t.Helper()
	if err := open(); err != nil {
		unavailable(t, err)
	}
	return opened
}

// unavailable ends a test that has no PostgreSQL.
func unavailable(t testing.TB, err error) {
	t.Helper()
	message := t.Name() + " needs PostgreSQL. " + err.Error() + "\nSet " + urlVariable +
		"=postgres://… to a server where databases may be created, or install the server (Debian: apt-get install postgresql)."
	if os.Getenv("CI") == "true" || errors.Is(err, errUnusable) {
		t.Fatal(message)
	} else {
		t.Skip(message)
	}
}

// Runner is the type of TestMain's argument, and what goleak accepts.
type Runner interface{ Run() int }

// Suite wraps the tests of a package so that the shared server ends with them,
// before goleak looks for leaks:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(m)) }
func Suite(tests Runner) Runner { return suite{tests} }

type suite struct{ tests Runner }

// Run implements Runner.
func (s suite) Run() int {
	code := s.tests.Run()
	if opened == nil {
		return code
	}
	var err error
	for _, name := range dropped {
		err = errors.Join(err, opened.dropDatabase(context.Background(), name))
	}
	if err = errors.Join(err, opened.Close()); err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		return max(code, 1)
	}
	return code
}
