package slackweb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// Of a long conversation, the newest messages are shown, and that there are more.
func TestConversation_OnlyTheNewest(t *testing.T) {
	t.Parallel()
	w := start(t)
	for i := range 201 {
		w.say(ops, bob, fmt.Sprintf("message %d.", i), "")
	}
	page := w.shows("/as/alice/c/ops", "Only the newest 200 messages", "message 1.", "message 200.")
	if strings.Contains(page, "message 0.") || strings.Contains(page, "beginning of") {
		t.Error(page)
	}
}

// What was rendered before is rendered again when it shows something else: after an edit,
// with a reply, or with somebody's new name.
func TestConversation_NeverStale(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	m := w.say(ops, alice, "<@U0BOB> hello", "")
	ts := a.post(buttons("one", "ok", "first"))
	w.shows("/as/alice/c/ops", "@bob</span> hello", "Press first")
	if _, _, _, err := a.api.UpdateMessageContext(t.Context(), ops, ts, slack.MsgOptionBlocks(buttons("one", "ok", "second"))); err != nil {
		t.Fatal(err)
	}
	w.shows("/as/alice/c/ops", "@bob</span> hello", "Press second")
	w.slack.AddUser(slacksim.User{ID: bob, Name: "bert"})
	w.shows("/as/alice/c/ops", "@bert</span> hello", "Press second")
	for i, want := range []string{"1 reply", "2 replies"} {
		w.say(ops, alice, fmt.Sprint("reply ", i), m.TS)
		w.shows("/as/alice/c/ops", want)
	}
}
