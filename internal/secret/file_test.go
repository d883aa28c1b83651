package secret_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/internal/secret"
)

// One line break at the end of the file is not part of the secret.
func TestReadFile_Content(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"hunter2": "hunter2", "hunter2\n": "hunter2", "hunter2\r\n": "hunter2", "hunter2\n\n": "hunter2\n",
	} {
		got, err := secret.ReadFile(writeFile(t, content, 0o600))
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v", content, got, err)
		}
	}
}

// An error about a file names its path but never its content. A name without a
// separator may be the secret itself and is not repeated.
func TestReadFile_Unfit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty, open := writeFile(t, "\n", 0o600), writeFile(t, "hunter2", 0o602)
	huge := writeFile(t, strings.Repeat("x", secret.MaxFile+1), 0o600)
	for path, want := range map[string]string{
		dir + "/none": dir + "/none cannot be read: no such file or directory",
		dir:           dir + " is a directory",
		empty:         empty + " is empty",
		huge:          huge + " is larger than 65536 bytes",
		open:          open + " is writable by everyone on this machine; run chmod o-w on it",
		"hunter2":     "no file with that name can be read",
	} {
		if _, err := secret.ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func writeFile(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}
