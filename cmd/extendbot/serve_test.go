package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// serveWith runs the command line "serve" with the harness's settings in the
// environment, overridden by more. It returns a channel for the exit code.
func serveWith(t *testing.T, h *servicetest.Harness, more map[string]string) <-chan int {
	t.Helper()
	for name, value := range h.Env(h.Settings.Database.Reveal()) {
		t.Setenv(name, value)
	}
	for name, value := range more {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithTimeout(h.Ctx, 2*servicetest.Patience)
	code := make(chan int, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		code <- execute(ctx, []string{"serve"}, terminal{in: strings.NewReader(""), out: h.Log, err: h.Log})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return code
}

// wantFatal fails the test unless the program failed, named the setting and
// Slack's code, and showed no token.
func wantFatal(t *testing.T, h *servicetest.Harness, code int, setting, slackCode string) {
	t.Helper()
	if code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(h.Log.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "extendbot: ") || !strings.Contains(last, setting+": Slack says "+slackCode+": ") {
		t.Errorf("the last line is %q", last)
	}
	for _, token := range []string{h.Slack.AppToken(), h.Slack.BotToken(), "xoxb-wrong", "xapp-wrong"} {
		if strings.Contains(h.Log.String(), token) {
			t.Error("the output contains a token")
		}
	}
}

// A token that Slack refuses ends the program with exit code 1 and an error that
// names the setting. slack-go alone would retry all but the first of these
// forever.
func TestServe_FatalAuthError(t *testing.T) {
	for _, c := range []struct {
		setting, code string
		settings      map[string]string
		prepare       func(h *servicetest.Harness)
	}{
		{setting: "SLACK_BOT_TOKEN", code: "invalid_auth", settings: map[string]string{"SLACK_BOT_TOKEN": "xoxb-wrong"}},
		{setting: "SLACK_APP_TOKEN", code: "invalid_auth", settings: map[string]string{"SLACK_APP_TOKEN": "xapp-wrong"}},
		{setting: "SLACK_BOT_TOKEN", code: "not_allowed_token_type", prepare: func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.BotToken(), "not_allowed_token_type")
		}},
		{setting: "SLACK_APP_TOKEN", code: "not_allowed_token_type", prepare: func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.AppToken(), "not_allowed_token_type")
		}},
		{setting: "SLACK_BOT_TOKEN", code: "token_expired", prepare: func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.BotToken(), "token_expired")
		}},
		{setting: "SLACK_APP_TOKEN", code: "missing_scope", prepare: func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.AppToken(), "missing_scope")
		}},
	} {
		t.Run(c.setting+" "+c.code, func(t *testing.T) {
			h := servicetest.New(t, slacksim.Config{})
			if c.prepare != nil {
				c.prepare(h)
			}
			wantFatal(t, h, <-serveWith(t, h, c.settings), c.setting, c.code)
		})
	}
}

// A token that is revoked while the program runs has the same effect.
func TestServe_TokenRevoked(t *testing.T) {
	for setting, revoke := range map[string]func(h *servicetest.Harness){
		"SLACK_BOT_TOKEN": func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.BotToken(), "account_inactive")
			h.Extend(stage.Alice, "web-1 24") // the card cannot be posted
		},
		"SLACK_APP_TOKEN": func(h *servicetest.Harness) {
			h.Slack.SetTokenError(h.Slack.AppToken(), "account_inactive")
			h.Slack.Connections()[0].Kill() // no other one can be opened
		},
	} {
		t.Run(setting, func(t *testing.T) {
			h := servicetest.New(t, slacksim.Config{})
			code := serveWith(t, h, nil)
			h.WaitConnections(2)
			revoke(h)
			wantFatal(t, h, <-code, setting, "account_inactive")
		})
	}
}

// A stop during the start is not a failure.
func TestServe_StoppedAtStart(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("terminated"))
	if err := serve(ctx, h.Settings, terminal{err: h.Log}); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// A database URL that could send the password unencrypted ends the program with
// exit code 2 and an error that says what to write.
func TestServe_UnencryptedDatabase(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	code := <-serveWith(t, h, map[string]string{"DATABASE_URL": "postgres://bot:hunter2@db.invalid/bot"})
	if out := h.Log.String(); code != exitUsage || !strings.Contains(out, "DATABASE_URL: the connection to PostgreSQL on another machine could be unencrypted") ||
		!strings.Contains(out, "sslmode=verify-full") || strings.Contains(out, "hunter2") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
