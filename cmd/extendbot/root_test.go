package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"extendbot/internal/settings"
)

// command runs a command line as main does.
func command(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = execute(t.Context(), args, terminal{in: strings.NewReader(""), out: &b, err: &b})
	return code, b.String()
}

// Mistakes in flags or settings lead to exit code 2. All wrong settings are
// named, and no value is shown.
func TestExecute_UsageExitsWithTwo(t *testing.T) {
	for _, row := range settings.List() {
		t.Setenv(row.Name, "")
	}
	t.Setenv("DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if code, out := command(t, "migrate"); code != exitOK {
		t.Fatalf("migrate: %d %s", code, out)
	}
	t.Setenv("SLACK_APP_TOKEN", "xoxb-swapped")
	for _, args := range [][]string{
		{}, {"serve"}, {"check"}, {"nonsense"}, {"serve", "--nonsense"}, {"orders", "show"},
		{"orders", "show", "nobody"}, {"orders", "settle", "x"}, {"orders", "settle", "x", "--placed", "--not-placed"},
	} {
		code, out := command(t, args...)
		if code != exitUsage || out == "" {
			t.Errorf("%v: exit code %d, printed %q", args, code, out)
		}
		if strings.Contains(out, "swapped") {
			t.Errorf("%v shows a value: %s", args, out)
		}
	}
	_, out := command(t, "serve")
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "OXHOST_API_KEY", "ALLOWLIST"} {
		if !strings.Contains(out, name) {
			t.Errorf("%s is not listed as a mistake:\n%s", name, out)
		}
	}
}

// Help and version need no settings.
func TestExecute_HelpWithoutSettings(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"version"}, {"orders"}, {"orders", "settle", "--help"}} {
		if code, out := command(t, args...); code != exitOK || out == "" {
			t.Errorf("%v: %d %q", args, code, out)
		}
	}
}
