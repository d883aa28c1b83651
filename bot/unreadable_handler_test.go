package bot

import (
	"encoding/json"
	"strings"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// A command or a click that cannot be decoded is acked, changes nothing, and the
// person is told, as far as Slack says who it is.
func TestUnreadable_IsAnswered(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	d := w.mustClick("U0EVE", card, "order_confirm") // for a response_url
	w.ephemeral("U0EVE", "not on the list")
	for _, odd := range []string{`"is_enterprise_install":"false"`, `"team":"T0TEAM"`, `"actions":{}`, `"message":7`} {
		shown := len(w.slack.Ephemerals("U0EVE"))
		payload := json.RawMessage(`{"type":"block_actions","user":{"id":"U0EVE"},"container":{"channel_id":"` + general + `"},"response_url":"` + d.ResponseURL + `",` + odd + `}`)
		if _, err := w.slack.Deliver(w.ctx(), slacksim.Interactive, payload, false); err != nil {
			t.Fatalf("%s: %v", odd, err)
		}
		until(t, "told", func() bool { return len(w.slack.Ephemerals("U0EVE")) > shown })
	}
	last := w.slack.Ephemerals("U0EVE")
	if text := last[len(last)-1].Text; !strings.Contains(text, "could not read") {
		t.Errorf("told %q", text)
	}
	answer, err := w.slack.Deliver(w.ctx(), slacksim.SlashCommands, json.RawMessage(`{"is_enterprise_install":7,"text":"web-1 24"}`), true)
	if err != nil || !strings.Contains(string(answer.Payload), "could not read") {
		t.Errorf("a command was answered %s, %v", answer.Payload, err)
	}
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}
