package check

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// slackLines runs all checks and returns what they say about Slack and the people, with
// the status.
func slackLines(t *testing.T, h *servicetest.Harness) (lines []string) {
	t.Helper()
	var out bytes.Buffer
	err := try(t.Context(), h.Settings, &out)
	for line := range strings.Lines(out.String()) {
		status, rest, _ := strings.Cut(line, " ")
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "slack: ") || strings.HasPrefix(rest, "people: ") || status == "FAILED" {
			lines = append(lines, status+" "+rest)
		}
	}
	if failed := strings.Contains(out.String(), "FAILED"); failed != (err != nil) {
		t.Errorf("it ended with %v:\n%s", err, out.String())
	}
	return lines
}

// Each mistake in Slack's setup has one line that says what is wrong and what to do.
func TestCheck_SlackMistakes(t *testing.T) {
	const (
		who     = "ok slack: workspace acme (T0TEAM), bot U0BOT"
		mode    = "ok slack: Socket Mode works for the app A0APP"
		people  = "ok people: the workspace acme (T0TEAM) knows the 3 people of the policy"
		install = "the app is not installed in the workspace anymore, or its user was removed: install the app again and use its new bot token (xoxb-…)"
	)
	for name, c := range map[string]struct {
		config  slacksim.Config
		arrange func(*slacksim.Server)
		want    []string
	}{
		"nothing is wrong": {want: []string{who, mode, people}},
		"two apps": {config: slacksim.Config{BotAppID: "A0OTHER"}, want: []string{who, mode,
			"FAILED slack: SLACK_APP_TOKEN is of the app A0APP and SLACK_BOT_TOKEN of the app A0OTHER: use the two tokens of the same app", people}},
		"the app is not installed": {arrange: func(s *slacksim.Server) { s.SetTokenError(s.BotToken(), "account_inactive") }, want: []string{
			"FAILED slack: ask slack who the bot is: SLACK_BOT_TOKEN: Slack says account_inactive: " + install, mode}},
		"no connections:write": {arrange: func(s *slacksim.Server) { s.SetTokenError(s.AppToken(), "missing_scope") }, want: []string{who,
			"FAILED slack: SLACK_APP_TOKEN: Slack says missing_scope: the token lacks the scope connections:write: generate an app-level token (xapp-…, scope connections:write) on the app's page, Basic Information, App-Level Tokens", people}},
		"Socket Mode is off": {arrange: func(s *slacksim.Server) { s.Fail("apps.connections.open", slacksim.NotSwitchedOn(), 1) }, want: []string{who,
			"FAILED slack: apps.connections.open: socket_mode_off (Socket Mode is not switched on; switch Socket Mode on in the app's settings)", people}},
		"no WebSockets": {arrange: func(s *slacksim.Server) { s.Fail("ws", slacksim.Fault{Status: 403}, 1) }, want: []string{who,
			"FAILED slack: apps.connections.open: bad_handshake (the answer is not that of a WebSocket; a proxy may not let WebSockets through)", people}},
		"another process": {arrange: func(s *slacksim.Server) { s.SetNumConnectionsOffset(3) }, want: []string{who, mode,
			"FAILED slack: another process is connected as this app (3 connections) and gets a part of the commands and clicks: stop it, or make an app of its own for this extendbot (if it has just been stopped, wait a minute)", people}},
		"a person who is not there": {arrange: func(s *slacksim.Server) { s.Fail("users.info", slacksim.Fault{Error: "user_not_found"}, 1) }, want: []string{who, mode,
			"FAILED people: the workspace acme (T0TEAM) does not know U0ALICE: correct the ids in the policy, or remove them"}},
		"another workspace": {arrange: func(s *slacksim.Server) { s.Fail("users.info", slacksim.Fault{Error: "user_not_found"}, -1) }, want: []string{who, mode,
			"FAILED people: the workspace acme (T0TEAM) knows nobody of the policy (U0ALICE, U0BOB, U0CAROL): use the tokens of their workspace, or correct the ids"}},
		"a deactivated person": {arrange: func(s *slacksim.Server) { s.AddUser(slacksim.User{ID: stage.Bob, Name: "bob", Deleted: true}) }, want: []string{who, mode,
			"note people: U0BOB (bob) is deactivated in Slack, and cannot order or approve", people}},
		"a bot": {arrange: func(s *slacksim.Server) { s.AddUser(slacksim.User{ID: stage.Bob, Name: "bob", IsBot: true}) }, want: []string{who, mode,
			"note people: U0BOB (bob) is a bot, and cannot order or approve", people}},
		"Slack does not say": {arrange: func(s *slacksim.Server) { s.Fail("users.info", slacksim.Fault{RetryAfter: time.Hour}, 1) }, want: []string{who, mode,
			"note people: Slack does not say now who U0ALICE is, and 2 others of the policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.New(t, c.config)
			if c.arrange != nil {
				c.arrange(h.Slack)
			}
			got := slackLines(t, h)
			if len(got) > 0 && strings.HasPrefix(got[len(got)-1], "note people: Slack does not say") {
				got[len(got)-1], _, _ = strings.Cut(got[len(got)-1], " (")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if err := h.Slack.WaitConnections(t.Context(), 0); err != nil {
				t.Errorf("its connection stays: %v", err)
			}
			h.WantCharges(0, 0)
		})
	}
}

// The connections of an extendbot that serves the same database are meant to be there;
// more than those are not.
func TestCheck_BesideServing(t *testing.T) {
	h := servicetest.Start(t)
	h.WaitConnections(h.Settings.SlackConnections)
	if got := slackLines(t, h); !slices.Contains(got, "note slack: besides this check, the app has "+connections(h.Settings.SlackConnections)+", of the extendbot that serves now") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	h.Slack.SetNumConnectionsOffset(1)
	more := fmt.Sprintf("FAILED slack: besides this check, the app has %s, and the extendbot that serves now at most %d: ", connections(h.Settings.SlackConnections+1), h.Settings.SlackConnections)
	if got := slackLines(t, h); !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, more) }) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// If the orders in the database are of another workspace than the tokens, that is noted.
func TestCheck_OrdersOfAnotherWorkspace(t *testing.T) {
	h := servicetest.Start(t)
	h.Request(stage.Alice, "web-1 3")
	h.Stop()
	h.Exec("UPDATE orders SET team = 'T0OLD'")
	var out bytes.Buffer
	err := try(t.Context(), h.Settings, &out)
	if want := "note    database: its newest order is of the workspace T0OLD, and the tokens are of acme (T0TEAM)"; err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Somebody who stops the checks does not read that the rest failed.
func TestCheck_Stopped(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	h.Slack.Fail("auth.test", slacksim.Fault{Before: slacksim.Hang}, -1)
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	err := Run(ctx, Config{Settings: h.Settings, Version: "test",
		Report: func(r Result) { fmt.Fprintln(&out, r) },
		Progress: func(text string) { // it hangs
			fmt.Fprintln(&out, text)
			cancel()
		}})
	if err == nil || !strings.Contains(err.Error(), "stopped before the end") || strings.Contains(out.String(), "FAILED") || !strings.Contains(out.String(), "still busy with Slack (2s)") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
