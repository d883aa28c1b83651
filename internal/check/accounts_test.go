package check

import (
	"net/http"
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// What is wrong with the key or the network is said once, and what is wrong with an
// account for that account, with what to do.
func TestAccounts_EachMistake(t *testing.T) {
	for name, test := range map[string]struct {
		arrange func(h *servicetest.Harness, s *settings.Settings)
		want    []string // the beginnings of the lines that failed
	}{
		"the key is refused": {func(_ *servicetest.Harness, s *settings.Settings) { s.OxhostAPIKey = secret.New("hunter2") }, []string{
			"FAILED  0xhost: 0xhost refuses the key: check OXHOST_API_KEY, and, if the key is bound to IP addresses, that this machine's is one of them",
		}},
		"nothing listens": {func(_ *servicetest.Harness, s *settings.Settings) { s.OxhostAPIURL = "http://127.0.0.1:1/API/" }, []string{
			"FAILED  0xhost: 0xhost cannot be reached, or something else answers there: check OXHOST_API_URL and the network",
		}},
		"0xhost is down": {func(h *servicetest.Harness, _ *settings.Settings) {
			h.Oxhost.Fail(oxhostsim.InfoUser, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusServiceUnavailable}, 1)
		}, []string{
			"FAILED  0xhost: 0xhost cannot answer now: try again later",
		}},
		"no such account": {func(_ *servicetest.Harness, s *settings.Settings) { s.Allowlist[1].Account = "nobody" }, []string{
			"FAILED  0xhost account nobody: check the account's id in the policy, and that the key in OXHOST_API_KEY may use it",
		}},
		"an account is suspended": {func(h *servicetest.Harness, _ *settings.Settings) { h.Oxhost.SetActive(stage.BobAccount, false) }, []string{
			"FAILED  0xhost account " + stage.BobAccount + ": the account is not active at 0xhost: activate it there, or let another account pay",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.New(t, slacksim.Config{})
			s := h.Settings
			test.arrange(h, &s)
			var failed []string
			r := &run{Config: Config{Settings: s, Report: func(r Result) {
				if r.Status == Failed {
					failed = append(failed, r.String())
				}
			}}}
			r.accounts(t.Context())
			if len(failed) != len(test.want) {
				t.Fatalf("failed: %q", failed)
			}
			for i, line := range failed {
				t.Log(line)
				if !strings.HasPrefix(line, test.want[i]) || strings.Contains(line, "hunter2") {
					t.Errorf("it says %q", line)
				}
			}
		})
	}
}
