package check

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"extendbot/bot/slackapi"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// check tries each user group that the policy names, and says what is wrong with
// it, with the plan, or with the scope. Without groups in the policy, none of that
// matters.
func TestCheck_UserGroups(t *testing.T) {
	const people = "servers: {web-1: " + stage.Web + "}\npeople: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\n"
	const named = people + "groups: {S0LEADS: {account: " + stage.AliceAccount + "}, S0OPS: {account: " + stage.AliceAccount + "}}\n"
	for name, c := range map[string]struct {
		policy  string
		scopes  []string
		arrange func(*slacksim.Server)
		want    []string // lines
	}{
		"all there": {policy: named, want: []string{
			"ok      user group S0LEADS: @leads, 2 members", "ok      user group S0OPS: @ops, 0 members",
		}},
		"one disabled": {policy: named, arrange: func(s *slacksim.Server) {
			s.AddUsergroup(slacksim.Usergroup{ID: "S0OPS", Handle: "ops", Disabled: true})
		}, want: []string{
			"ok      user group S0LEADS: @leads, 2 members",
			"FAILED  user group S0OPS: there is no such user group, or it is disabled: correct the policy, or change the group in Slack",
		}},
		"no plan": {policy: named, arrange: func(s *slacksim.Server) { s.SetUsergroupsInPlan(false) }, want: []string{
			"FAILED  user groups: the plan of the workspace has no user groups (plan_upgrade_required): name people in the policy instead",
		}},
		"no scope": {policy: named, scopes: slackapi.NeededScopes(), want: []string{
			"FAILED  user groups: the policy names some, and the bot token lacks the scope usergroups:read (missing_scope): add it and install the app again",
		}},
		"down": {policy: named, arrange: func(s *slacksim.Server) { s.Fail("usergroups.list", slacksim.Fault{Status: 503}, 1) }, want: []string{
			"FAILED  user groups: Slack does not list them; try again later; usergroups.list: http_503",
		}},
		"not named": {policy: people, scopes: slackapi.NeededScopes(), arrange: func(s *slacksim.Server) { s.SetUsergroupsInPlan(false) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.New(t, slacksim.Config{Scopes: c.scopes})
			h.Slack.AddUsergroup(slacksim.Usergroup{ID: "S0LEADS", Handle: "leads", Members: []string{stage.Alice, stage.Bob}})
			h.Slack.AddUsergroup(slacksim.Usergroup{ID: "S0OPS", Handle: "ops"})
			if c.arrange != nil {
				c.arrange(h.Slack)
			}
			h.Settings.Allowlist, h.Settings.Servers = nil, nil
			h.Settings.PolicyFile = filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(h.Settings.PolicyFile, []byte(c.policy), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err := try(t.Context(), h.Settings, &out)
			var lines []string
			for line := range strings.Lines(out.String()) {
				if strings.Contains(line, " user group") && !strings.HasPrefix(line, "note") {
					lines = append(lines, strings.TrimSuffix(line, "\n"))
				}
			}
			fails := strings.Contains(out.String(), "FAILED")
			if !slices.Equal(lines, c.want) || (err != nil) != fails || fails != strings.Contains(strings.Join(c.want, ""), "FAILED") {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}
