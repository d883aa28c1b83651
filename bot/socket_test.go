package bot

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
	"extendbot/bot/slackconn"
	"extendbot/internal/slacksim"
)

func two(w *world, c *slacksim.Config) {
	w.cfg.Connections = 2
	c.PingInterval = 100 * time.Millisecond
	c.RefreshGrace = 20 * time.Millisecond
	c.WarningGrace = 20 * time.Millisecond
	c.ResendLost = true
}

// If Slack drops each connection right after its hello, the bot does not flood Slack
// with opens.
func TestSocket_DroppedAfterHelloIsNoStorm(t *testing.T) {
	t.Parallel()
	w := start(t, withRandomPauses)
	end := time.Now().Add(time.Second)
	for time.Now().Before(end) {
		ctx, cancel := context.WithDeadline(t.Context(), end)
		if w.slack.WaitConnections(ctx, 1) == nil {
			for _, c := range w.slack.Connections() {
				c.Disconnect(slacksim.ReasonTooMany)
			}
		}
		cancel()
	}
	if n := w.slack.Opens(); n > slackapi.OpenBurst+2+2 {
		t.Errorf("%d opens within a second", n)
	}
}

// A connection on which nothing arrives is replaced.
func TestSocket_SilentConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, c *slacksim.Config) {
		c.PingInterval = 50 * time.Millisecond
		w.cfg.PingTimeout = time.Second
	})
	conn := w.slack.Connections()[0]
	conn.Silence()
	select {
	case <-conn.Closed():
	case <-w.ctx().Done():
		t.Fatal("the silent connection is still there")
	}
	if err := w.slack.WaitConnections(w.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	w.command("U0ALICE", general, "help")
}

// A connection that accepts writes but delivers nothing is replaced, long before a
// missing ping from Slack would show.
func TestSocket_HalfDeadConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.ProbeEvery = 250 * time.Millisecond })
	began := time.Now()
	w.slack.Connections()[0].Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	if err := w.slack.WaitConnections(ctx, 2); err != nil { // Slack still counts the dead one
		t.Fatal(err)
	}
	t.Logf("replaced after %s", time.Since(began).Round(100*time.Millisecond))
}

// A connection on which Slack sends nothing, not even pings, stays open as long as it
// answers probes.
func TestSocket_QuietConnectionStays(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, c *slacksim.Config) {
		c.PingInterval = time.Hour
		w.cfg.ProbeEvery = 300 * time.Millisecond
	})
	conn := w.slack.Connections()[0]
	select {
	case <-conn.Closed():
		t.Error("it was closed")
	case <-time.After((slackconn.MaxUnanswered + 3) * w.cfg.ProbeEvery):
	}
	now := time.Now()
	until(t, "heard", func() bool { return w.app.Health().LastHeard.After(now) })
	if h := w.app.Health(); h.Ready() != nil {
		t.Errorf("its health is %+v", h)
	}
}

// slack-go is restarted if its pause grows too long, unless Slack asked for the
// pause.
func TestSocket_LongBackoffIsRestarted(t *testing.T) {
	t.Parallel()
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

// A connection that is killed is replaced.
func TestSocket_KilledConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Connections()[0].Kill()
	if err := w.slack.WaitConnections(w.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	w.command("U0ALICE", general, "help")
}

// An envelope that cannot be decoded is acked.
func TestSocket_UndecodableIsAcked(t *testing.T) {
	t.Parallel()
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
