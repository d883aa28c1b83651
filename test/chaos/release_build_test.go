//go:build chaos

package chaos

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// A release build has neither the code nor the names of the crash points.
func TestRelease_HasNoCrashPoints(t *testing.T) {
	t.Parallel()
	release, err := build("release")
	if err != nil {
		t.Fatal(err)
	}
	with, err := crashBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"EXTENDBOT_CRASH", "before_commit"} {
		if !contains(t, with, trace) {
			t.Errorf("%q is not in the binary with crash points, so this test would prove nothing", trace)
		}
		if contains(t, release, trace) {
			t.Errorf("%q is in the release", trace)
		}
	}
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", release).Output()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(symbols, []byte("extendbot/internal/crash")) {
		t.Error("the release has code of internal/crash")
	}
}

func contains(t *testing.T, path, text string) bool {
	t.Helper()
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(binary, []byte(text))
}
