package bot

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

// Readiness follows the connections.
func TestHealth_FollowsConnections(t *testing.T) {
	t.Parallel()
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
	// The client may get the refusal before the bot learns about it.
	ctx := w.ctx()
	for w.app.Health().Ready() == nil {
		select {
		case <-ctx.Done():
			t.Fatal("ready although the only connection is gone")
		case <-time.After(time.Millisecond):
		}
	}
}

// A bot that has not heard from Slack recently, or whose token is refused, is
// not ready.
func TestHealth_SilentIsNotReady(t *testing.T) {
	t.Parallel()
	h := Health{LastHeard: time.Now().Add(-time.Minute)}
	if h.Ready() == nil {
		t.Error("ready without having heard from Slack")
	}
	if err := (Health{Connections: 1, AuthBad: "token_revoked"}).Ready(); err == nil || !strings.Contains(err.Error(), "token_revoked") {
		t.Errorf("bad auth: %v", err)
	}
}
