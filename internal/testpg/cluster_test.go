//go:build unix

package testpg

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// PostgreSQL refuses to run as root, so if the tests run as root, the server
// runs as another user.
func TestStart_ServerIsNotRoot(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	if s.cluster == nil {
		s = Start(t)
	}
	for _, path := range []string{s.cluster.data(), "/proc/" + strconv.Itoa(s.PID())} {
		info, err := os.Stat(path)
		if err != nil {
			if os.IsNotExist(err) && path != s.cluster.data() {
				continue // no /proc here
			}
			t.Fatal(err)
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid == 0 {
			t.Errorf("%s belongs to root", path)
		}
	}
}

// The binaries in PATH are preferred, then the newest that a package installed.
func TestBinaries_PathThenNewest(t *testing.T) {
	all, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(all, name) }
	for _, dir := range []string{"path/bin", "usual/9/bin", "usual/15/bin", "usual/16/bin"} {
		if err := os.MkdirAll(at(dir), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at(dir), "initdb"), []byte("#!/bin/sh\n"), 0o700); err != nil { //nolint:gosec // programs are run
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ path, places, want string }{
		"in PATH":          {at("path/bin"), at("usual/1*/bin"), at("path/bin")},
		"newest package":   {"", at("usual/1*/bin"), at("usual/16/bin")},
		"nothing anywhere": {"", at("nowhere/*"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", c.path)
			got, err := binaries([]string{at("nowhere/*"), c.places})
			if got != c.want || (c.want == "") != (err != nil) {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

// The kernel does not assign the server's port to others while the server is
// down.
func TestReservePort_KernelGivesItToNobody(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reserves a port on which nobody listens")
	}
	var c cluster
	port, err := c.reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer c.releasePort()
	for range 500 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().String() == net.JoinHostPort("127.0.0.1", port) {
			t.Errorf("port %s was assigned again", port)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// When the process is killed, at any time, nothing is left of its cluster.
func TestLaunch_ProcessIsKilled(t *testing.T) {
	t.Parallel()
	_ = Database(t) // skips the test if there are no binaries
	for when, file := range map[string]string{
		"during initdb":           "data/PG_VERSION",
		"while the server starts": "data/postmaster.pid",
		"while the server runs":   "data/pg_logical/replorigin_checkpoint",
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			dir := folderForAll(t)
			killWhen(t, dir, filepath.Join(dir, "*", file))
			eventually(t, "the folder is removed", func() bool {
				left, err := filepath.Glob(filepath.Join(dir, "*"))
				return err == nil && len(left) == 0
			})
			eventually(t, "all processes have ended", func() bool { return len(processesIn(t, dir)) == 0 })
		})
	}
}

// killWhen runs this program as victim with a cluster in dir, and kills it when
// a file appears.
func killWhen(t *testing.T, dir, pattern string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self) //nolint:gosec // this test binary
	cmd.Env = append(os.Environ(), victimVariable+"="+dir)
	cmd.Stderr = os.Stderr
	_, noPipe := cmd.StdinPipe() // open until the test ends
	if err := errors.Join(noPipe, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	eventually(t, pattern+" exists", func() bool {
		found, err := filepath.Glob(pattern)
		return err == nil && len(found) > 0
	})
}

// folderForAll returns a folder that the server's user can use, unlike
// t.TempDir.
func folderForAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "extendbot-testpg-") //nolint:usetesting // other users cannot use t.TempDir
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for !condition() {
		select {
		case <-late:
			t.Fatalf("timed out waiting until %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
