package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
)

// When Slack refuses the app token, Run ends and names the setting. slack-go
// itself would retry most of these codes forever.
func TestRun_EndsWhenAppTokenIsRefused(t *testing.T) {
	t.Parallel()
	for _, code := range slackapi.AuthCodes() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.slack.Fail("apps.connections.open", slacksim.Fault{Error: code}, -1)
			w.run()
			checkAuth(t, w, w.ended(), "SLACK_APP_TOKEN", code)
		})
	}
}

// If the app token is revoked while the bot runs, the bot ends.
func TestRun_EndsWhenAppTokenIsRevoked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.SetTokenError(w.slack.AppToken(), "token_revoked")
	w.slack.Connections()[0].Kill()
	checkAuth(t, w, w.ended(), "SLACK_APP_TOKEN", "token_revoked")
}

// If the bot token is revoked while the bot runs, the bot ends.
func TestRun_EndsWhenBotTokenIsRevoked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.SetTokenError(w.slack.BotToken(), "token_revoked")
	w.later("web-1 24") // the bot may end before the ack is sent
	checkAuth(t, w, w.ended(), "SLACK_BOT_TOKEN", "token_revoked")
	if w.app.Health().Ready() == nil {
		t.Error("ready without a token")
	}
}

// One refused call with a valid token does not end the bot.
func TestRun_SurvivesOneRefusedCall(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_auth"}, 1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "auth.test", func(c slacksim.Call) bool { return len(w.slack.Calls("chat.postMessage")) > 0 }); err != nil {
		t.Fatal(err)
	}
	w.card(general, withButtons)
	until(t, "ready", func() bool { return w.app.Health().Ready() == nil })
}

// A start without a hello ends with an error that says so.
func TestRun_GivesUpWithoutHello(t *testing.T) {
	t.Parallel()
	for name, method := range map[string]string{"open": "apps.connections.open", "handshake": "ws", "hello": "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world, _ *slacksim.Config) { w.cfg.ConnectTimeout = 700 * time.Millisecond })
			fault := slacksim.Fault{Status: 503}
			if method == "hello" {
				fault = slacksim.Fault{Before: slacksim.Hang}
			}
			w.slack.Fail(method, fault, -1)
			w.app.workspace.Connected(slackapi.Identity{TeamID: w.slack.TeamID()}) // leaves all the time for the hello
			w.run()
			err := w.ended()
			if _, auth := errors.AsType[*slackapi.AuthError](err); err == nil || auth || !strings.Contains(err.Error(), "no hello") {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// Temporary failures to open a connection do not end the start.
func TestRun_TriesAgainToOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.Fail("apps.connections.open", slacksim.Fault{Status: 502, Body: "<html>"}, 2)
	w.slack.Fail("ws", slacksim.Fault{Status: 409}, 1)
	w.run()
	select {
	case <-w.app.Hello():
	case <-w.ctx().Done():
		t.Fatal("no hello")
	}
}

// Neither a Config nor an App prints a token.
func TestApp_PrintsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{w.cfg, &w.cfg, w.app} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, w.slack.BotToken()) || strings.Contains(s, w.slack.AppToken()) {
				t.Errorf("%s of %T prints a token", verb, v)
			}
		}
	}
}

// The end of the context ends a start that is still trying to connect.
func TestRun_EndsWhileConnecting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.Fail("auth.test", slacksim.Fault{Status: 503}, -1)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := w.app.Run(ctx); err == nil {
		t.Error("Run returned no error")
	}
}

// Tokens, response_urls and trigger ids are not logged.
func TestApp_LogsNoSecret(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("response_url", slacksim.Fault{Before: slacksim.Reset}, -1)
	d := w.command("U0ALICE", private, "web-1 24")
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("could not post the card")); err != nil {
		t.Fatal(err)
	}
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{
		"bot token": w.slack.BotToken(), "app token": w.slack.AppToken(),
		"response_url": d.ResponseURL[len(d.ResponseURL)-10:], "trigger_id": d.TriggerID,
	} {
		if strings.Contains(w.logs.String(), secret) {
			t.Errorf("the %s is in the logs", name)
		}
	}
}

func checkAuth(t *testing.T, w *world, err error, setting, code string) {
	t.Helper()
	auth, ok := errors.AsType[*slackapi.AuthError](err)
	if !ok || auth.Setting != setting || auth.Code != code || auth.Fix == "" {
		t.Fatalf("%v, want an AuthError that names %s and %s", err, setting, code)
	}
	if strings.Contains(err.Error(), w.slack.AppToken()) || strings.Contains(err.Error(), w.slack.BotToken()) {
		t.Errorf("%v contains the token", err)
	}
}
