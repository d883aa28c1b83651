package testpg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestARestartKeepsPortPasswordAndData(t *testing.T) {
	t.Parallel()
	s := Start(t)
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
			t.Errorf("mode %d: the same process %d", mode, before)
		}
	}
	if n := value[int](t, where, "SELECT count(*) FROM marks"); n != 2 {
		t.Errorf("%d of 2 rows are left", n)
	}
}

func TestCutConnectionsEndsThemAllAndLetsNewOnesIn(t *testing.T) {
	t.Parallel()
	s := Start(t)
	where, err := s.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one, other := connect(t, where), connect(t, s.URL(""))
	eventually(t, "those that are closed are gone from the server too", func() bool {
		var n int
		err := one.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").Scan(&n)
		return err == nil && n == 2
	})
	if n, err := s.CutConnections(t.Context()); err != nil || n != 2 {
		t.Errorf("%d connections cut, want 2: %v", n, err)
	}
	if one.Ping(t.Context()) == nil || other.Ping(t.Context()) == nil {
		t.Error("a connection is still good")
	}
	connect(t, where)
}

func TestAStoppedServerTakesNoConnectionsUntilItIsStarted(t *testing.T) {
	t.Parallel()
	s := Start(t)
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
		t.Error("a server that runs was started again")
	}
}

func TestNothingIsLeftOfAServerThatWasClosed(t *testing.T) {
	t.Parallel()
	s := Start(t)
	connect(t, s.URL(""))
	pid := s.PID()
	if left := processesIn(t, s.dir); len(left) < 2 {
		t.Fatalf("the running server has the processes %v: this test sees too little", left)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
	if left := processesIn(t, s.dir); len(left) > 0 {
		t.Errorf("of server %d are left: %v", pid, left)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

// processesIn lists the processes that work in a cluster's folder.
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
