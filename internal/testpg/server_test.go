//go:build unix

package testpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A throwaway cluster can be stopped, crashed and disconnected, and leaves
// nothing behind. The tests share one cluster, because creating one takes
// seconds.
func TestServer_Life(t *testing.T) {
	t.Parallel()
	s := Start(t)
	t.Run("restart", func(t *testing.T) { testRestartKeepsPortAndData(t, s) })
	t.Run("cut connections", func(t *testing.T) { testCutConnections(t, s) })
	t.Run("stop and start", func(t *testing.T) { testStopAndStart(t, s) })
	t.Run("close", func(t *testing.T) { testCloseLeavesNothing(t, s) })
}

// A server that restarts, even after a crash, keeps its port, password and data.
func testRestartKeepsPortAndData(t *testing.T, s *Server) {
	where, err := s.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t.Context(), where, "CREATE TABLE marks (mark text)"); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []Mode{Fast, Immediate} {
		if _, err := execute(t.Context(), where, "INSERT INTO marks VALUES ('kept')"); err != nil {
			t.Fatal(err)
		}
		before := s.PID()
		if err := s.Restart(t.Context(), mode); err != nil {
			t.Fatal(err)
		}
		if s.PID() == before {
			t.Errorf("mode %s: the same process %d", mode, before)
		}
	}
	if n := value[int](t, where, "SELECT count(*) FROM marks"); n != 2 {
		t.Errorf("%d of 2 rows are left", n)
	}
}

// CutConnections ends all connections; new ones are accepted.
func testCutConnections(t *testing.T, s *Server) {
	where, err := s.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one, other := connect(t, where), connect(t, s.URL(""))
	eventually(t, "the server has forgotten closed connections", func() bool {
		var n int
		err := one.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").Scan(&n)
		return err == nil && n == 2
	})
	if n, err := s.CutConnections(t.Context()); err != nil || n != 2 {
		t.Errorf("%d connections cut, want 2: %v", n, err)
	}
	if one.Ping(t.Context()) == nil || other.Ping(t.Context()) == nil {
		t.Error("a connection still works")
	}
	connect(t, where)
}

// A stopped server accepts no connections until it is started.
func testStopAndStart(t *testing.T, s *Server) {
	if err := s.Stop(t.Context(), Fast); err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t.Context(), s.URL(""), "SELECT 1"); err == nil {
		t.Error("a stopped server answers")
	}
	if err := s.Stop(t.Context(), Fast); err != nil {
		t.Errorf("stopped again: %v", err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	connect(t, s.URL(""))
	if err := s.Start(t.Context()); err == nil {
		t.Error("a running server was started again")
	}
}

// Nothing is left of a closed server.
func testCloseLeavesNothing(t *testing.T, s *Server) {
	connect(t, s.URL(""))
	pid := s.PID()
	if left := processesIn(t, s.cluster.dir); len(left) < 2 {
		t.Fatalf("only the processes %v of the running server were found", left)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.cluster.dir); !os.IsNotExist(err) {
		t.Errorf("the folder still exists: %v", err)
	}
	if left := processesIn(t, s.cluster.dir); len(left) > 0 {
		t.Errorf("processes of server %d still exist: %v", pid, left)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

// processesIn lists the processes whose working folder is in a cluster's folder.
func processesIn(t *testing.T, dir string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil || len(links) == 0 {
		t.Skip("there is no /proc to look for processes")
	}
	var pids []int
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil {
			continue // ended meanwhile
		}
		if !strings.HasPrefix(cwd, dir) { // " (deleted)" may follow
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// connect opens a connection that is closed with the test, unless the server has
// closed it.
func connect(t *testing.T, where string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// codeOf returns PostgreSQL's error code, or "" for any other error.
func codeOf(_ int, err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return ""
}

// value runs a query that returns one value.
func value[T any](t *testing.T, where, query string) T {
	t.Helper()
	var v T
	if err := connect(t, where).QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
