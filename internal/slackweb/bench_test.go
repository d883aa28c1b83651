package slackweb_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// windows is how many windows look at the channel in the benchmark, and loaded how many
// messages are in it.
const windows, loaded = 6, 200

// How long it takes from a call of chat.postMessage until the message is in the live streams
// of all windows. Each operation is one message.
func BenchmarkLive_PostToStream(b *testing.B) {
	w := start(b)
	for i := range loaded {
		w.card(i)
	}
	var next []func(func(update) bool) update
	for range windows {
		next = append(next, w.live("/as/alice/c/ops"))
	}
	for _, window := range next {
		window(func(u update) bool { return u.In == "messages" })
	}
	i := loaded
	for b.Loop() {
		i++
		w.card(i)
		for _, window := range next {
			window(func(u update) bool { return u.In == "messages" && strings.Contains(fmt.Sprint(u.HTML), number(i)) })
		}
	}
}

func number(i int) string { return fmt.Sprintf("number %d.", i) }

// card posts a message like one of an app, with two buttons.
func (w *world) card(i int) {
	w.Helper()
	text := slack.NewTextBlockObject("mrkdwn", "*web-1* for _3 days_ by <@U0ALICE>, "+number(i), false, false)
	blocks := slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(text, nil, nil), buttons("one", "ok", "a"), buttons("two", "no", "b")}}
	raw, err := json.Marshal(blocks.BlockSet)
	if err != nil {
		w.Fatal(err)
	}
	w.api("chat.postMessage", url.Values{"channel": {ops}, "text": {"card"}, "blocks": {string(raw)}})
}
