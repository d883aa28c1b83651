package workspace

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
)

// Only what Slack's copy of the message shows to be the bot's own card of this
// order counts as a card of the order.
func TestClickedMessage_IsProvablyItsCard(t *testing.T) {
	t.Parallel()
	const (
		container = `"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},"channel":{"id":"C1"}`
		blocks    = `"blocks":[{"type":"actions","elements":[{"type":"button","action_id":"order_confirm","value":"a-1"},{"type":"button","action_id":"order_cancel","value":"a-1"}]}]`
	)
	w := &Workspace{}
	w.Connected(slackapi.Identity{TeamID: "T1", UserID: "U0BOT", BotID: "B1"})
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
			if got := w.ClickedCard(click, "a-1"); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// The thread of an order is that of the message that was pressed only if that is provably
// a reminder of the same lease. Its price may have changed meanwhile.
func TestClickedReminder_IsProvablyOne(t *testing.T) {
	t.Parallel()
	const container = `"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},"channel":{"id":"C1"}`
	w := &Workspace{}
	w.Connected(slackapi.Identity{TeamID: "T1", UserID: "U0BOT", BotID: "B1"})
	press, ok := message.ParsePress("srv-1|1772532245|1.30")
	if !ok {
		t.Fatal("the value cannot be read")
	}
	for name, c := range map[string]struct {
		bot, action, value string
		want               bool
	}{
		"the reminder":         {"B1", "remind_extend_1", "srv-1|1772532245|1.30", true},
		"with another price":   {"B1", "remind_extend_2", "srv-1|1772532245|-", true},
		"another bot's":        {"B2", "remind_extend_1", "srv-1|1772532245|1.30", false},
		"of another lease":     {"B1", "remind_extend_1", "srv-1|1772532246|1.30", false},
		"of another server":    {"B1", "remind_extend_1", "srv-2|1772532245|1.30", false},
		"a card":               {"B1", "order_confirm", "srv-1|1772532245|1.30", false},
		"a value for a prefix": {"B1", "remind_extend_1", "srv-1|1772532245", false},
	} {
		payload := fmt.Sprintf(`{%s,"message":{"ts":"1.2","bot_id":%q,"blocks":[{"type":"actions","elements":[{"type":"button","action_id":%q,"value":%q}]}]}}`,
			container, c.bot, c.action, c.value)
		var click slack.InteractionCallback
		if err := json.Unmarshal([]byte(payload), &click); err != nil {
			t.Fatal(err)
		}
		if got := w.ClickedReminder(click, press); (got == slackapi.MessageRef{Channel: "C1", TS: "1.2"}) != c.want || !c.want && got != (slackapi.MessageRef{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
