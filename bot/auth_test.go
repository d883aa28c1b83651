package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
)

// slack-go itself tries most of these again for ever.
func TestRunEndsWithTheSettingToLookAtWhenNoConnectionMayBeOpened(t *testing.T) {
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

func TestRunEndsWhenTheAppTokenIsRevokedLater(t *testing.T) {
	w := start(t)
	w.slack.SetTokenError(w.slack.AppToken(), "token_revoked")
	w.slack.Connections()[0].Kill()
	checkAuth(t, w, w.ended(), "SLACK_APP_TOKEN", "token_revoked")
}

func TestRunEndsWhenTheBotTokenIsRevokedLater(t *testing.T) {
	w := start(t)
	w.slack.SetTokenError(w.slack.BotToken(), "token_revoked")
	w.later("web-1 24") // the bot may end before the ack is out
	checkAuth(t, w, w.ended(), "SLACK_BOT_TOKEN", "token_revoked")
	if w.app.Health().Ready() == nil {
		t.Error("ready without a token")
	}
}

func TestOneRefusedCallWithAGoodTokenIsNoReasonToEnd(t *testing.T) {
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_auth"}, 1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "auth.test", func(c slacksim.Call) bool { return len(w.slack.Calls("chat.postMessage")) > 0 }); err != nil {
		t.Fatal(err)
	}
	o, _ := w.ledger.only()
	_ = w.app.Reconcile(t.Context(), o.ID)
	w.card(general, withButtons)
	if err := w.app.Health().Ready(); err != nil {
		t.Errorf("not ready: %v", err)
	}
}

func TestRunGivesUpWithoutAHello(t *testing.T) {
	for name, method := range map[string]string{"open": "apps.connections.open", "handshake": "ws", "hello": "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world, _ *slacksim.Config) { w.cfg.ConnectTimeout = 700 * time.Millisecond })
			fault := slacksim.Fault{Status: 503}
			if method == "hello" {
				fault = slacksim.Fault{Before: slacksim.Hang}
			}
			w.slack.Fail(method, fault, -1)
			w.app.workspace.identity.Store(&slackapi.Identity{TeamID: w.slack.TeamID()}) // all of the time is for the hello
			w.run()
			err := w.ended()
			if _, auth := errors.AsType[*slackapi.AuthError](err); err == nil || auth || !strings.Contains(err.Error(), "no hello") {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

func TestRunPutsUpWithAFewFailedOpens(t *testing.T) {
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

func TestNothingPrintsATokenOfAConfigOrAnApp(t *testing.T) {
	w := newWorld(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{w.cfg, &w.cfg, w.app} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, w.slack.BotToken()) || strings.Contains(s, w.slack.AppToken()) {
				t.Errorf("%s of %T prints a token", verb, v)
			}
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
		t.Errorf("%v has the token", err)
	}
}
