package testpg

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestNothingIsLeftOfTheClusterOfAKilledProcess(t *testing.T) {
	t.Parallel()
	if _, err := binaries(t.Context(), usualPlaces); err != nil {
		unavailable(t, err)
	}
	for when, sign := range map[string]string{
		"while initdb works":      "data/PG_VERSION",
		"while the server starts": "data/postmaster.pid",
		"while the server runs":   "data/pg_logical/replorigin_checkpoint",
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			dir := folderForAll(t)
			killAt(t, dir, filepath.Join(dir, "*", sign))
			eventually(t, "the folder is removed", func() bool {
				left, err := filepath.Glob(filepath.Join(dir, "*"))
				return err == nil && len(left) == 0
			})
			eventually(t, "all processes have ended", func() bool { return len(processesIn(t, dir)) == 0 })
		})
	}
}

// killAt starts a victim with a cluster in dir, and kills it when a file is there.
func killAt(t *testing.T, dir, pattern string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self) //nolint:gosec // it is this program
	cmd.Env = append(os.Environ(), victimVariable+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // open until the test ends
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	eventually(t, pattern+" is there", func() bool {
		found, err := filepath.Glob(pattern)
		return err == nil && len(found) > 0
	})
}

// folderForAll is a folder that a server's user can get to, unlike t.TempDir.
func folderForAll(t *testing.T) string {
	t.Helper()
	who, err := serverAccount()
	if err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp(who.scratch(), "extendbot-testpg-") //nolint:usetesting // that is what it is for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// eventually waits for a condition that nobody tells of.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for !condition() {
		select {
		case <-late:
			t.Fatalf("waited in vain until %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
