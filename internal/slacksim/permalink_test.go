package slacksim_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

// The link to a message names its channel and its time, that to a reply also its
// thread. It needs no scope.
func TestPermalink_MessageAndReply(t *testing.T) {
	s := start(t, slacksim.Config{TeamDomain: "acme", Scopes: []string{"chat:write"}})
	s.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	parent, err := s.Say("C0OPS", "U0ALICE", "parent", "")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := s.Say("C0OPS", "U0ALICE", "reply", parent.TS)
	if err != nil {
		t.Fatal(err)
	}
	link := func(channel, ts string) (string, error) {
		return client(s).GetPermalinkContext(t.Context(), &slack.PermalinkParameters{Channel: channel, Ts: ts})
	}
	digits := func(ts string) string { return strings.ReplaceAll(ts, ".", "") }
	want := "https://acme.slack.com/archives/C0OPS/p" + digits(parent.TS)
	if got, err := link("C0OPS", parent.TS); got != want || err != nil {
		t.Errorf("the parent: %s, %v; want %s", got, err, want)
	}
	want = "https://acme.slack.com/archives/C0OPS/p" + digits(reply.TS) + "?thread_ts=" + parent.TS + "&cid=C0OPS"
	if got, err := link("C0OPS", reply.TS); got != want || err != nil {
		t.Errorf("the reply: %s, %v; want %s", got, err, want)
	}
	if err := s.DeleteMessage("C0OPS", reply.TS); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ channel, ts, want string }{
		{"C0OPS", reply.TS, "message_not_found"}, {"C0OPS", "1.000001", "message_not_found"},
		{"C0NONE", parent.TS, "channel_not_found"}, {"C0SECRET", parent.TS, "channel_not_found"},
	} {
		if got, err := link(c.channel, c.ts); code(err) != c.want {
			t.Errorf("%s in %s: %s, %v; want %s", c.ts, c.channel, got, err, c.want)
		}
	}
}
