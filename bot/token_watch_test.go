package bot

import (
	"strings"
	"testing"

	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
)

// A scope that is missing for something that orders do not need leaves the bot
// ready, and is logged once.
func TestTokenWatch_OnlyWhatOrdersNeed(t *testing.T) {
	t.Parallel()
	refused := func(code string) *slackapi.Error {
		return &slackapi.Error{Code: code, Class: slackapi.ClassPermission}
	}
	for method, needed := range map[string]bool{
		"chat.postMessage": true, "chat.update": true, "views.publish": false, "chat.postEphemeral": false,
	} {
		w := newWorld(t)
		watch := w.app.tokens
		for range 3 {
			watch.CallEnded(method, refused("missing_scope"))
		}
		if got := watch.Code(); (got != "") != needed {
			t.Errorf("after a refusal of %s: %q", method, got)
		}
		if n := strings.Count(w.logs.String(), "missing_scope"); n != 1 || !strings.Contains(w.logs.String(), method) {
			t.Errorf("%s is logged %d times", method, n)
		}
		watch.CallEnded("auth.test", nil)
		watch.CallEnded("chat.update", refused("no_permission")) // one of two problems
		watch.CallEnded(method, nil)
		if got := watch.Code(); got != "" && method == "chat.update" || got != "no_permission" && method != "chat.update" {
			t.Errorf("after a success of %s: %q", method, got)
		}
	}
}

// The same with whole orders: readiness comes back by itself.
func TestTokenWatch_LaterSuccessIsReady(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "missing_scope"}, -1)
	w.slack.Fail("chat.postEphemeral", slacksim.Fault{Error: "missing_scope"}, -1)
	w.slack.Fail("views.publish", slacksim.Fault{Error: "missing_scope"}, -1)
	w.command("U0ALICE", general, "web-1 24")
	w.mustClick("U0ALICE", w.card(general, withButtons), "order_confirm")
	until(t, "not ready", func() bool { return w.app.Health().Ready() != nil })
	w.slack.Clear("chat.update")
	w.command("U0ALICE", general, "web-2 24")
	w.mustClick("U0ALICE", w.card(general, withButtons), "order_confirm")
	until(t, "ready", func() bool { return w.app.Health().Ready() == nil })
}
