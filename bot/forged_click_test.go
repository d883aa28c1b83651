package bot

import (
	"testing"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// forge clicks a button of a message that belongs to something else.
func (w *world) forge(user string, m slacksim.Message, action string, id order.ID) {
	w.t.Helper()
	if _, err := w.slack.ClickRaw(w.ctx(), slacksim.Click{User: user, Channel: m.Channel, TS: m.TS, ActionID: action}, string(id)); err != nil {
		w.t.Fatal(err)
	}
}

// wantUntouched waits until the bot is idle and checks that nobody changed a
// message.
func (w *world) wantUntouched(m slacksim.Message) {
	w.t.Helper()
	w.stop()
	if err := w.ended(); err != nil {
		w.t.Fatal(err)
	}
	now, _ := w.slack.Message(m.Channel, m.TS)
	if now.Edits != m.Edits || string(now.Blocks) != string(m.Blocks) {
		w.t.Errorf("the message was changed to\n%s", now.Flat())
	}
}

// A forged click of a decided order names the card of another one: that card
// stays as it is.
func TestClick_ForgedClickChangesNoOtherCard(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0BOB", general, "web-1 48")
	other := w.card(general, withButtons)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, func(m slacksim.Message) bool { return withButtons(m) && m.TS != other.TS })
	id := order.ID(card.Buttons()[0].Value)
	w.mustClick("U0ALICE", card, message.ActionCancel)
	w.card(general, withoutButtons)
	other, _ = w.slack.Message(general, other.TS)
	w.forge("U0ALICE", other, message.ActionConfirm, id)
	w.ephemeral("U0ALICE", "already decided")
	w.wantUntouched(other)
}

// A forged click of an order whose card is not in the ledger does not make
// another message its card.
func TestClick_ForgedClickIsNotRecorded(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0BOB", general, "web-1 48")
	other := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, func(m slacksim.Message) bool { return withButtons(m) && m.TS != other.TS })
	id := order.ID(card.Buttons()[0].Value)
	w.idle()
	w.forge("U0ALICE", other, message.ActionCancel, id)
	until(t, "canceled", func() bool { o, _ := w.ledger.Order(w.ctx(), id); return o.State == order.Cancelled })
	if o, _ := w.ledger.Order(w.ctx(), id); o.Card.Ref == general+"/"+other.TS {
		t.Error("the other card became the card of the order")
	}
	w.wantUntouched(other)
}

// A forged click of a settled order names the card of another one: that card
// stays as it is.
func TestSettle_ForgedClickChangesNoOtherCard(t *testing.T) {
	t.Parallel()
	w := start(t, bobIsAdmin, bobMaySettle)
	w.command("U0BOB", general, "web-1 48")
	other := w.card(general, withButtons)
	id, _ := w.lost()
	_ = w.app.AskPeople(w.ctx(), id)
	w.questions()
	w.forge("U0BOB", other, message.ActionSettleNotPlaced, id)
	until(t, "settled", func() bool { o, _ := w.ledger.Order(w.ctx(), id); return o.State == order.NotPlaced })
	w.forge("U0BOB", other, message.ActionSettlePlaced, id)
	w.ephemeral("U0BOB", "settled already")
	w.wantUntouched(other)
}
