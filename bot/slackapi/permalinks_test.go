package slackapi

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/internal/slacksim"
)

// Links are asked for once, and a message without a link costs the others nothing.
func TestPermalinks_Remembered(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	at, err := c.Post(t.Context(), MessageRef{Channel: channel}, Message{Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	gone := MessageRef{Channel: channel, TS: "1.000001"}
	for range 2 {
		links := c.Permalinks(t.Context(), []MessageRef{at, at, gone, {}, {Channel: channel}})
		if len(links) != 1 || !strings.HasPrefix(links[at], "https://") {
			t.Errorf("links %v", links)
		}
	}
	asked := map[string]int{}
	for _, call := range server.Calls("chat.getPermalink") {
		asked[call.Args["message_ts"]]++
	}
	if asked[at.TS] != 1 || asked[gone.TS] != 2 || len(asked) != 2 {
		t.Errorf("asked for %v", asked)
	}
}

// Links that Slack does not name in time are left out: it takes no longer than the
// context allows.
func TestPermalinks_BoundedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newScripted(tooMany("1"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		links := c.Permalinks(ctx, []MessageRef{{channel, "1.0"}, {channel, "2.0"}})
		if took := time.Since(began); len(links) != 0 || took > 2*time.Second {
			t.Errorf("links %v after %s", links, took)
		}
	})
}

// However many links are asked for, only some are remembered.
func TestCache_Bounded(t *testing.T) {
	t.Parallel()
	c := cache[int, int]{limit: 10}
	for i := range 1000 {
		c.put(i, i)
		if v, ok := c.get(i); !ok || v != i || len(c.by) > c.limit {
			t.Fatalf("after %d: %d, %v, %d remembered", i, v, ok, len(c.by))
		}
	}
}

// A channel that the bot cannot see is told from one that it sees, without any scope for
// channels.
func TestSeeChannel_WithoutScopes(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{Scopes: NeededScopes()})
	server.AddChannel(slacksim.Channel{ID: "C0OPEN"})
	server.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	for id, want := range map[string]Class{channel: ClassOther, "C0OPEN": ClassOther, "C0SECRET": ClassChannel, "C0NOWHERE": ClassChannel} {
		err := c.SeeChannel(t.Context(), id)
		if (err != nil) != (want == ClassChannel) || ClassOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
	server.Fail("chat.getPermalink", slacksim.Fault{Status: 500}, 1)
	if err := c.SeeChannel(t.Context(), channel); err == nil || ClassOf(err) == ClassChannel {
		t.Errorf("while Slack fails: %v", err)
	}
}
