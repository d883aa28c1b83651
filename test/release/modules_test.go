package release

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The C library that the SQLite driver calls is the one that the driver was made for and tested
// with. It can be upgraded only together with the driver.
func TestModules_LibcOfTheSQLiteDriver(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}} {{.GoMod}}", "modernc.org/libc", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields(string(out))
	text, err := os.ReadFile(listed[3])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\tmodernc.org/libc "+listed[0]+"\n") {
		t.Errorf("modernc.org/sqlite %s was made for another version of modernc.org/libc than %s", listed[2], listed[0])
	}
}
