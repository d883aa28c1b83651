//go:build unix

package testpg

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

func TestTheServerOfRootIsNotRoot(t *testing.T) {
	t.Parallel()
	s := Start(t)
	for _, path := range []string{s.data(), "/proc/" + strconv.Itoa(s.PID())} {
		info, err := os.Stat(path)
		if err != nil {
			if os.IsNotExist(err) && path != s.data() {
				continue // no /proc here
			}
			t.Fatal(err)
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid == 0 {
			t.Errorf("%s belongs to root", path)
		}
	}
}

func TestAFolderBehindAClosedOneIsNoPlaceForAnotherUser(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.MkdirAll(filepath.Join(closed, "open"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if openToAll(filepath.Join(closed, "open")) {
		t.Error("taken for one that everybody can get to")
	}
	if !openToAll("/") {
		t.Error("/ is taken for closed")
	}
}
