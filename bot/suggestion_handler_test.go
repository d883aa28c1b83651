package bot

import (
	"strings"
	"testing"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// pressEphemeral presses a button of a private message.
func (w *world) pressEphemeral(e slacksim.Ephemeral, action string) {
	w.t.Helper()
	if _, err := w.slack.Click(w.ctx(), slacksim.Click{User: e.User, Channel: e.Channel, TS: e.TS, ActionID: action}); err != nil {
		w.t.Fatalf("press %s: %v", action, err)
	}
}

// toldNth waits until a person was told something for the nth time, and returns it.
func (w *world) toldNth(user string, n int) string {
	w.t.Helper()
	until(w.t, "answered "+user, func() bool { return len(w.slack.Ephemerals(user)) >= n })
	return w.slack.Ephemerals(user)[n-1].Text
}

// A forged suggestion is answered as the same words typed by the person who presses it, and
// the message that it names stays.
func TestSuggestion_ForgedIsLikeTyping(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0BOB", general, "web-1 48")
	card := w.card(general, withButtons)
	bobs := card.Buttons()[0].Value
	n := map[string]int{}
	for _, text := range []string{"cancel " + bobs, "status " + bobs, "help", "list", "db-9 3d", "web-1 9999", "web-1 " + strings.Repeat("x", 1900), "<!channel> 3d"} {
		for _, user := range []string{"U0ALICE", "U0EVE"} {
			w.command(user, general, text)
			typed := w.toldNth(user, n[user]+1)
			w.forge(user, card, "suggestion_1", order.ID(text))
			if pressed := w.toldNth(user, n[user]+2); pressed != typed {
				t.Errorf("%s: %.30q is answered %q, pressed %q", user, text, typed, pressed)
			}
			n[user] += 2
		}
	}
	w.forge("U0ALICE", card, "suggestion_1", "web-1 24") // is followed, and removes nothing
	w.card(general, func(m slacksim.Message) bool { return withButtons(m) && m.TS != card.TS })
	w.wantUntouched(card)
	if now, ok := w.slack.Message(general, card.TS); !ok || now.Deleted {
		t.Error("the card is gone")
	}
	if o, _ := w.ledger.Order(w.ctx(), order.ID(bobs)); o.State != order.Pending || len(w.ledger.Orders()) != 2 {
		t.Errorf("bob's order is %s, of %d", o.State, len(w.ledger.Orders()))
	}
}

// A suggestion that cannot be followed now stays, and works later.
func TestSuggestion_StaysForAnotherPress(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 1mo")
	e := w.ephemeral("U0ALICE", "Only hours")
	w.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	w.pressEphemeral(e, "suggestion_1")
	w.ephemeral("U0ALICE", "cannot check or record")
	if now := w.slack.Ephemerals("U0ALICE")[0]; now.TS != e.TS || len(now.Buttons()) == 0 || now.Edits > 0 {
		t.Fatalf("the suggestion became %+v", now)
	}
	w.ledger.fail(nil)
	w.pressEphemeral(e, "suggestion_1")
	w.card(general, withButtons)
	until(t, "gone", func() bool { all := w.slack.Ephemerals("U0ALICE"); return len(all) == 1 && all[0].TS != e.TS })
}
