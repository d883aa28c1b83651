package servicetest

import (
	"errors"
	"os"
	"path/filepath"
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
