package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/stage"
	"extendbot/order"
)

// The rules come from the policy file, or from the short form without one.
func TestRules_ComeFromTheSettings(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("servers: {web-1: S1}\npeople: {U0ALICE: {account: a}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, policy := range map[string]map[string]string{
		"a":     {"POLICY_FILE": path},
		"acc-1": {"ALLOWLIST": "U0ALICE:acc-1", "SERVERS": "web-1:S1"},
	} {
		policy["SLACK_APP_TOKEN"], policy["SLACK_BOT_TOKEN"], policy["OXHOST_API_KEY"] = "xapp-1", "xoxb-1", "key"
		s, err := settings.Parse(policy)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := service.NewRules(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		g, err := rules.ForTeam("T0", nil).Grant(t.Context(), order.Person{Team: "T0", User: "U0ALICE"}, "web-1")
		if err != nil || g.Account != want {
			t.Errorf("got %v, %v; want %s", g, err, want)
		}
	}
}

// A policy file that everyone on the machine can read is reported at the start.
func TestPolicy_ReadableIsWarned(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	text := "servers: {web-1: " + stage.Web + "}\npeople: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\n"
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	h := servicetest.Start(t, func(s *settings.Settings) { s.Allowlist, s.Servers, s.PolicyFile = nil, nil, path })
	h.WaitLogged("can be read by everyone on this machine")
}
