package bot

import (
	"encoding/json"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// Only what Slack's copy of the message shows to be the bot's own card of this
// order counts as a card of the order.
func TestClickedMessage_IsProvablyItsCard(t *testing.T) {
	t.Parallel()
	const (
		container = `"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},"channel":{"id":"C1"}`
		blocks    = `"blocks":[{"type":"actions","elements":[{"type":"button","action_id":"order_confirm","value":"a-1"},{"type":"button","action_id":"order_cancel","value":"a-1"}]}]`
	)
	w := &workspace{}
	w.identity.Store(&slackapi.Identity{TeamID: "T1", UserID: "U0BOT", BotID: "B1"})
	for name, c := range map[string]struct {
		payload string
		want    bool
	}{
		"the card":                  {container + `,"message":{"ts":"1.2","bot_id":"B1",` + blocks + `}`, true},
		"without the bot's id":      {container + `,"message":{"ts":"1.2","user":"U0BOT",` + blocks + `}`, true},
		"no message":                {container, false},
		"another message":           {container + `,"message":{"ts":"1.3","bot_id":"B1",` + blocks + `}`, false},
		"another bot":               {container + `,"message":{"ts":"1.2","user":"U0BOT","bot_id":"B2",` + blocks + `}`, false},
		"a person":                  {container + `,"message":{"ts":"1.2","user":"U0EVE",` + blocks + `}`, false},
		"no buttons":                {container + `,"message":{"ts":"1.2","bot_id":"B1"}`, false},
		"buttons of another order":  {container + `,"message":{"ts":"1.2","bot_id":"B1","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"order_confirm","value":"b-1"}]}]}`, false},
		"other buttons":             {container + `,"message":{"ts":"1.2","bot_id":"B1","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"order_settle_placed","value":"a-1"}]}]}`, false},
		"a text with the id":        {container + `,"message":{"ts":"1.2","bot_id":"B1","text":"a-1","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"a-1"}},{"type":"actions"}]}`, false},
		"two channels":              {`"container":{"message_ts":"1.2","channel_id":"C2"},"channel":{"id":"C1"},"message":{"ts":"1.2","bot_id":"B1",` + blocks + `}`, false},
		"an ephemeral":              {`"container":{"message_ts":"1.2","channel_id":"C1","is_ephemeral":true},"message":{"ts":"1.2","bot_id":"B1",` + blocks + `}`, false},
		"a view, without a message": {`"container":{"type":"view","view_id":"V1"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			var click slack.InteractionCallback
			if err := json.Unmarshal([]byte("{"+c.payload+"}"), &click); err != nil {
				t.Fatal(err)
			}
			want := slackapi.MessageRef{}
			if c.want {
				want = slackapi.MessageRef{Channel: "C1", TS: "1.2"}
			}
			if got := w.clickedCard(click, "a-1"); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

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
