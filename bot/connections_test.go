package bot

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

// The bot warns when the app has too many connections for Slack's limit, or for
// one more replica.
func TestConnections_WarnOfSlacksLimit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		others int
		warns  string
	}{
		"there is room":                  {7, ""},
		"the last ones are taken":        {8, "another replica would get none"},
		"other processes took too many":  {9, "lower it, or run fewer replicas"},
		"only other processes have some": {20, "lower it, or run fewer replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, two)
			w.slack.SetNumConnectionsOffset(test.others)
			w.run()
			if err := w.slack.WaitConnections(w.ctx(), 2); err != nil {
				t.Fatal(err)
			}
			greeted := func() int { return strings.Count(w.logs.String(), "connected to slack") }
			for greeted() < 2 {
				if err := sleep(w.ctx(), time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			w.stop() // what is logged after a hello is logged by then
			if err := w.ended(); err != nil {
				t.Fatal(err)
			}
			said := w.logs.String()
			if strings.Contains(said, "level=warning") != (test.warns != "") || !strings.Contains(said, test.warns) {
				t.Errorf("logged %s", said)
			}
		})
	}
}

// Every command is answered while Slack refreshes the connections.
func TestConnections_RefreshLosesNoCommand(t *testing.T) {
	t.Parallel()
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
		<-old.Closed() // otherwise the next round might close the other one before this one is replaced
	}
	wg.Wait()
}

// When Slack refuses a connection with too_many_websockets, the bot does not
// retry in a tight loop.
func TestConnections_TooManyIsNoStorm(t *testing.T) {
	t.Parallel()
	w := start(t, withRandomPauses, func(_ *world, c *slacksim.Config) { c.MaxConnections = 1 })
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
	const looks = time.Second
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
	if n > 8 {
		t.Errorf("%d opens of two connections within %s", n, looks)
	}
}

// Two connections do not start at the same instant.
func TestConnections_StartOneAfterAnother(t *testing.T) {
	t.Parallel()
	w := start(t, two)
	// The start is at the answer to auth.test at the earliest, and the first
	// connection may be delayed.
	began, opens := w.slack.Calls("auth.test")[0].At, w.slack.Calls("apps.connections.open")
	if len(opens) != 2 || max(opens[0].At.Sub(began), opens[1].At.Sub(began)) < startInterval {
		t.Errorf("opened at %v after %v", opens, began)
	}
}

// On SQLite, connections of another process are reported once, and not those of
// this process.
func TestConnections_WarnOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		only   bool
		others int
		want   int
	}{
		"the only one": {true, 0, 0}, "another one": {true, 2, 1}, "one of several": {false, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, two, func(w *world, _ *slacksim.Config) { w.cfg.OnlyProcess = test.only })
			w.slack.SetNumConnectionsOffset(test.others)
			w.greet()
			for range 3 { // each renewal has another hello
				old := w.slack.Connections()[0]
				old.Disconnect(slacksim.ReasonRefresh)
				<-old.Closed()
				if err := w.slack.WaitConnections(w.ctx(), 2); err != nil {
					t.Fatal(err)
				}
			}
			w.stop() // what is logged after a hello is logged by then
			if err := w.ended(); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(w.logs.String(), "another process uses this slack app"); n != test.want {
				t.Errorf("%d warnings: %s", n, w.logs)
			}
		})
	}
}

// While Socket Mode is switched off, /readyz and the log name the toggle, and the
// bot goes on when it is switched on.
func TestConnections_SocketModeOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.Fail("apps.connections.open", slacksim.NotSwitchedOn(), -1)
	w.run()
	until(t, "named", func() bool {
		err := w.app.Health().Ready()
		return err != nil && strings.Contains(err.Error(), "Socket Mode is switched off")
	})
	until(t, "logged", func() bool {
		said := w.logs.String()
		return strings.Contains(said, "code=socket_mode_off") && strings.Contains(said, "switch Socket Mode on")
	})
	w.slack.Clear("apps.connections.open")
	if err := w.slack.WaitConnections(w.ctx(), 1); err != nil {
		t.Fatal(err)
	}
	until(t, "ready", func() bool { return w.app.Health().Ready() == nil })
}

// The start ends with the toggle's name if Socket Mode stays off.
func TestConnections_SocketModeOffAtStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, _ *slacksim.Config) { w.cfg.ConnectTimeout = 2 * time.Second })
	w.slack.Fail("apps.connections.open", slacksim.NotSwitchedOn(), -1)
	w.run()
	if err := w.ended(); err == nil || !strings.Contains(err.Error(), "Socket Mode") {
		t.Errorf("Run: %v", err)
	}
}

// When Slack ends each connection for a reason that is not routine, the reason is
// in the log and in /readyz, and the pauses grow.
func TestConnections_EndedAgainAndAgain(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		slacksim.ReasonDisabled: "Socket Mode is switched off", slacksim.ReasonTooMany: "more connections", "brand new": "disconnected",
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withRandomPauses)
			w.slack.DisconnectAll(reason)
			w.run()
			until(t, "named", func() bool {
				err := w.app.Health().Ready()
				return err != nil && strings.Contains(err.Error(), want)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			<-ctx.Done()
			if n := w.slack.Opens(); n < 3 || n > 7 {
				t.Errorf("%d opens within five seconds", n)
			}
			if said := w.logs.String(); !strings.Contains(said, "slack ended a connection") || !strings.Contains(said, reason) {
				t.Errorf("logged %s", said)
			}
			w.slack.DisconnectAll("")
			until(t, "ready", func() bool { return w.app.Health().Ready() == nil })
		})
	}
}
