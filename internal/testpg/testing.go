package testpg

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// Database gives the URL, with a password, of an empty database that is this
// test's alone. It is dropped when the test has ended, whoever is still connected
// to it.
func Database(t testing.TB) string {
	t.Helper()
	server, err := sharedSource(t.Context())
	if err != nil {
		unavailable(t, err)
	}
	name, err := createDatabase(t.Context(), server.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		if err := dropDatabase(ctx, server.URL(""), name); err != nil {
			t.Error(err)
		}
	})
	return server.URL(name)
}

const dropTimeout = time.Minute

// Start gives a cluster that is this test's alone, to stop, crash and cut off. It
// ends with the test. It needs the
// server's binaries: a server that TEST_DATABASE_URL names is not ours to crash.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Launch(t.Context(), opts...)
	if err != nil {
		unavailable(t, fmt.Errorf("a server to crash needs the binaries on this machine: %w", err))
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Suite wraps the tests of a package so that the server which they share ends
// with them, before leaks are looked for:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(m)) }
func Suite(tests Runner) Runner { return suite{tests} }

// Runner is what TestMain gets, and what goleak takes.
type Runner interface{ Run() int }

type suite struct{ tests Runner }

// Run implements Runner.
func (s suite) Run() int {
	code := s.tests.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		return max(code, 1)
	}
	return code
}
