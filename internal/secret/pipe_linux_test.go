package secret_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"extendbot/internal/secret"
)

// A named pipe is refused, because opening it would wait for somebody who writes.
func TestReadFile_NamedPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	want := path + " is a named pipe, and waiting for it could take forever; it must be a file"
	if _, err := secret.ReadFile(path); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
