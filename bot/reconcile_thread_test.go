package bot

import (
	"strings"
	"testing"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
)

// A thread message whose blocks Slack refuses is posted in plain text.
func TestThreadMessage_PlainWithoutBlocks(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "invalid_blocks"}, 1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	reply := w.threadMessage(card)
	if reply.Blocks != nil || reply.Text == "" {
		t.Errorf("the message is %+v", reply)
	}
	if !strings.Contains(w.logs.String(), "invalid_blocks") {
		t.Error("nothing was logged")
	}
}

// A thread message that Slack refuses in the channel goes to the requester.
func TestThreadMessage_RefusedGoesToRequester(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Channel: general, Error: "is_archived"}, -1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("web-1")); err != nil {
		t.Fatal(err)
	}
}

// If the thread is gone, the message goes to the channel.
func TestThreadMessage_GoneThreadUsesChannel(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{Error: "thread_not_found"}, 1)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "message_not_found"}, -1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return m.TS != card.TS })
}
