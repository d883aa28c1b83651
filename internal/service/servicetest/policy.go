package servicetest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/internal/testpg"
)

// UsePolicy makes the harness use a policy file with this text, or replaces the
// text of that file.
func (h *Harness) UsePolicy(text string) {
	h.T.Helper()
	s := &h.Settings
	if s.PolicyFile == "" {
		s.Allowlist, s.Servers, s.Admins = nil, nil, nil
		s.PolicyFile = filepath.Join(h.T.TempDir(), "policy.yaml")
	}
	err := errors.Join(os.WriteFile(s.PolicyFile+".new", []byte(text), 0o600), os.Rename(s.PolicyFile+".new", s.PolicyFile))
	if err != nil {
		h.T.Fatal(err)
	}
}

// EachDatabase runs a test with a stage for each kind of database. Nothing is
// running on it yet.
func EachDatabase(t *testing.T, slack slacksim.Config, test func(h *Harness)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		h := New(t, slack)
		h.useEmptyLedger()
		test(h)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		database := testpg.Database(t) // removed last
		h := New(t, slack)
		h.UseDatabase(database)
		test(h)
	})
}
