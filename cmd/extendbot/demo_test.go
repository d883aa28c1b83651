package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The demo's chat reads the input, and its log goes to the given file.
func TestDemo_ChatAndLog(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "demo.log")
	var out, errs bytes.Buffer
	term := terminal{in: strings.NewReader("/extend web-1 1\nquit\n"), out: &out, err: &errs}
	if code := execute(t.Context(), []string{"demo", "--log", log}, term); code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s\n%s", code, &errs, &out)
	}
	if !strings.Contains(out.String(), "[ Confirm 1 hour ]") {
		t.Errorf("no card was shown:\n%s", &out)
	}
	if kept, err := os.ReadFile(log); err != nil || !strings.Contains(string(kept), "level=info") {
		t.Errorf("the log was not written: %v\n%s", err, kept)
	}
}

// A log file that cannot be opened is a failure. An extra argument, or a page that others
// can reach, is a mistake of usage.
func TestDemo_ExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{{[]string{"demo", "--log", t.TempDir()}, exitFailure}, {[]string{"demo", "now"}, exitUsage},
		{[]string{"demo", "127.0.0.1:8080"}, exitUsage}, {[]string{"demo", "--web="}, exitUsage}, {[]string{"demo", "--web", "0.0.0.0:8080"}, exitUsage},
		{[]string{"demo", "--web=:8080"}, exitUsage}, {[]string{"demo", "--web", "127.0.0.1:0", "now"}, exitUsage}, {[]string{"demo", "--web", "--script"}, exitUsage},
	} {
		if code, out := command(t, c.args...); code != c.want {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.want, out)
		}
	}
}
