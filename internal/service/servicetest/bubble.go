package servicetest

import (
	"testing"
	"testing/synctest"
	"time"

	"extendbot/internal/ledgerfill"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/pipenet"
	"extendbot/internal/service"
	"extendbot/internal/slacksim"
)

// maxBubble is how long a test in a bubble may take, in the time of the bubble.
const maxBubble = 6 * time.Hour

// pollEvery is how often the program looks for due work in a bubble. That costs
// more than everything else while hours pass.
const pollEvery = 15 * time.Second

// The addresses in a bubble.
const (
	slackAddress  = "127.0.0.1:1"
	oxhostAddress = "127.0.0.1:2"
)

// RefuseOxhost makes new connections to 0xhost fail, or work again. It works only
// in a [Bubble].
func (h *Harness) RefuseOxhost(refuse bool) { h.network.Refuse(oxhostAddress, refuse) }

// Bubble runs a test with a stage, in a bubble of testing/synctest: the whole
// program, Slack and 0xhost run in a time that passes at once when all of them
// wait. So a test can let an hour pass and measure what happens within a second.
// Nothing is running on the stage yet. The service has no probes.
func Bubble(t *testing.T, test func(h *Harness)) {
	t.Helper()
	if _, err := ledgerfill.EmptySQLite(); err != nil { // opened once, so not in a bubble
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		network := &pipenet.Network{}
		seen := &sightings{}
		slack := slacksim.Config{Listener: network.Listen(slackAddress)}
		seen.watch(&slack)
		h := newHarness(t, maxBubble, slack, oxhostsim.Config{Listener: network.Listen(oxhostAddress)})
		h.seen, h.network = seen, network
		h.useEmptyLedger()
		h.Settings.HTTPAddr = ""
		h.Options = append(h.Options, service.WithGoTime(), service.WithDial(network.Dial), service.WithPollEvery(pollEvery))
		test(h)
	})
}

// Pass lets time pass in a [Bubble].
func Pass(d time.Duration) { <-time.After(d) }
