package bot

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim"
)

func two(w *world, c *slacksim.Config) {
	w.cfg.Connections = 2
	c.PingInterval = 100 * time.Millisecond
	c.RefreshGrace = 20 * time.Millisecond
	c.WarningGrace = 20 * time.Millisecond
	c.ResendLost = true
}

func TestNoCommandGoesUnansweredWhileConnectionsAreRefreshed(t *testing.T) {
	w := start(t, two)
	const commands, refreshes = 300, 8
	var wg sync.WaitGroup
	for range commands / 10 {
		wg.Go(func() {
			for range 10 {
				_, err := w.slack.Command(w.ctx(), slacksim.SlashCommand{User: "U0ALICE", Channel: general, Command: "/extend", Text: "help"})
				if err != nil {
					t.Errorf("a command: %v", err)
				}
			}
		})
	}
	for range refreshes {
		if err := w.slack.WaitConnections(w.ctx(), 2); err != nil {
			t.Fatal(err)
		}
		old := w.slack.Connections()[0]
		old.Disconnect(slacksim.ReasonRefresh)
		<-old.Closed() // or the next round might take the other one before this one is replaced
	}
	wg.Wait()
}

func TestTooManyWebsocketsIsNoStorm(t *testing.T) {
	w := start(t, func(_ *world, c *slacksim.Config) { c.MaxConnections = 1 })
	cfg := w.cfg
	cfg.Connections = 2
	second, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.slack.Calls("apps.connections.open"))
	opens := func() []slacksim.Call { return w.slack.Calls("apps.connections.open")[before:] }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- second.Run(ctx) }()
	const looks = 2 * time.Second
	until(t, "tried", func() bool { return len(opens()) >= 2 && time.Since(opens()[0].At) > looks })
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	n := 0
	for _, c := range opens() {
		if c.At.Sub(opens()[0].At) < looks {
			n++
		}
	}
	if n > 10 {
		t.Errorf("%d opens of two connections within %s", n, looks)
	}
}

func TestLinksThatSlackDropsRightAfterTheirHelloAreNoStorm(t *testing.T) {
	w := start(t)
	end := time.Now().Add(2 * time.Second)
	for time.Now().Before(end) {
		ctx, cancel := context.WithDeadline(t.Context(), end)
		if w.slack.WaitConnections(ctx, 1) == nil {
			for _, c := range w.slack.Connections() {
				c.Disconnect(slacksim.ReasonTooMany)
			}
		}
		cancel()
	}
	if n := w.slack.Opens(); n > openBurst+2+3 {
		t.Errorf("%d opens within 2 seconds", n)
	}
}

func TestConnectionsDoNotStartAtTheSameInstant(t *testing.T) {
	w := start(t, two)
	// Both could have begun with the answer to auth.test, and the first one may be
	// held up on its way.
	began, opens := w.slack.Calls("auth.test")[0].At, w.slack.Calls("apps.connections.open")
	if len(opens) != 2 || max(opens[0].At.Sub(began), opens[1].At.Sub(began)) < startInterval {
		t.Errorf("opened at %v after %v", opens, began)
	}
}

func TestALinkThatFallsSilentIsReplaced(t *testing.T) {
	t.Parallel() // it waits for pings, long enough for those that are held up
	w := start(t, func(w *world, c *slacksim.Config) {
		c.PingInterval = 50 * time.Millisecond
		w.cfg.PingTimeout = 5 * time.Second
	})
	conn := w.slack.Connections()[0]
	conn.Silence()
	select {
	case <-conn.Closed():
	case <-w.ctx().Done():
		t.Fatal("the silent link is still there")
	}
	if err := w.slack.WaitConnections(w.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	w.command("U0ALICE", general, "help")
}

// Slack's own pings, which stay away too, are waited for half a minute at least.
func TestAHalfDeadLinkIsReplacedWithinSeconds(t *testing.T) {
	t.Parallel()
	w := start(t)
	began := time.Now()
	w.slack.Connections()[0].Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	if err := w.slack.WaitConnections(ctx, 2); err != nil { // Slack does not know that one of them is dead
		t.Fatal(err)
	}
	t.Logf("replaced after %s", time.Since(began).Round(100*time.Millisecond))
}

func TestALinkThatIsQuietIsNotTakenForDead(t *testing.T) {
	t.Parallel() // it waits for probes, each long enough for an answer that is held up
	w := start(t, func(w *world, c *slacksim.Config) {
		c.PingInterval = time.Hour
		w.cfg.ProbeEvery = 1250 * time.Millisecond
	})
	conn := w.slack.Connections()[0]
	select {
	case <-conn.Closed():
		t.Error("it was closed")
	case <-time.After((maxUnanswered + 3) * w.cfg.ProbeEvery):
	}
	now := time.Now()
	until(t, "heard", func() bool { return w.app.Health().LastHeard.After(now) })
	if h := w.app.Health(); h.Ready() != nil {
		t.Errorf("its health is %+v", h)
	}
}

func TestABackoffThatGrowsTooLongIsStartedAnew(t *testing.T) {
	w := newWorld(t)
	s, restarted := w.app.connections.sockets[0], false
	s.setRestart(func() { restarted = true })
	for _, c := range []struct {
		err     error
		backoff time.Duration
		want    bool
	}{
		{slack.StatusCodeError{Code: 503}, time.Second, false},
		{&slack.RateLimitedError{RetryAfter: time.Minute}, time.Minute, false},
		{slack.StatusCodeError{Code: 503}, time.Minute, true},
	} {
		if auth := s.onRefused(&slack.ConnectionErrorEvent{Backoff: c.backoff, ErrorObj: c.err}); auth != nil || restarted != c.want {
			t.Errorf("%v with a pause of %s: %v, restarted %v", c.err, c.backoff, auth, restarted)
		}
	}
}

func TestAKilledLinkIsReplaced(t *testing.T) {
	w := start(t)
	w.slack.Connections()[0].Kill()
	if err := w.slack.WaitConnections(w.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	w.command("U0ALICE", general, "help")
}

func TestHealthFollowsTheConnections(t *testing.T) {
	w := newWorld(t, func(_ *world, c *slacksim.Config) { c.PingInterval = 20 * time.Millisecond })
	if err := w.app.Health().Ready(); err == nil {
		t.Error("ready before any connection")
	}
	w.slack.SetNumConnectionsOffset(4)
	w.run()
	<-w.app.Hello()
	h := w.app.Health()
	if err := h.Ready(); err != nil || h.Connections != 1 || h.NumConnections != 5 {
		t.Errorf("after hello: %+v, %v", h, err)
	}
	w.slack.Fail("apps.connections.open", slacksim.Fault{Status: 503}, -1)
	w.slack.Connections()[0].Kill()
	if _, err := w.slack.WaitCall(w.ctx(), "apps.connections.open", func(c slacksim.Call) bool { return c.Status == 503 }); err != nil {
		t.Fatal(err)
	}
	// The refusal reached the client before the bot was told of it.
	ctx := w.ctx()
	for w.app.Health().Ready() == nil {
		select {
		case <-ctx.Done():
			t.Fatal("ready although the only connection is gone")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestASilentConnectionIsNotReady(t *testing.T) {
	h := Health{LastHeard: time.Now().Add(-time.Minute)}
	if h.Ready() == nil {
		t.Error("deaf and ready")
	}
	if err := (Health{Connections: 1, AuthBad: "token_revoked"}).Ready(); err == nil || !strings.Contains(err.Error(), "token_revoked") {
		t.Errorf("bad auth: %v", err)
	}
}

func TestAnEnvelopeThatCannotBeReadIsAcked(t *testing.T) {
	w := start(t)
	for kind, payload := range map[string]any{
		"slash_commands": []int{1}, "interactive": "text", "events_api": json.RawMessage(`{"type":"event_callback","event":{"type":"never_heard_of"}}`),
		"brand_new_type": map[string]any{},
	} {
		if _, err := w.slack.Deliver(w.ctx(), kind, payload, false); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	w.command("U0ALICE", general, "help")
}
