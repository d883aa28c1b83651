package service_test

import (
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// inThread returns what could be seen in a card's thread, without later changes.
func inThread(h *servicetest.Harness, card slacksim.Message, says ...string) []servicetest.Sighting {
	return h.Seen(func(s servicetest.Sighting) bool {
		return s.Thread == card.TS && s.TS != card.TS && !s.Changed && s.Says(says...)
	})
}

const waitingForHost = "Waiting for 0xhost"

// An order that 0xhost does not take, or does not answer, for ten seconds: the
// thread says once that it waits, and then what became of it.
func TestMatrix_WaitingForHost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails, works func(h *servicetest.Harness)
		says         string
		waits        int
		sends        int
	}{
		"answers after 9 s": {
			fails: func(h *servicetest.Harness) {
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Delay: 9 * time.Second}, 1)
			},
			says: servicetest.Receipt, sends: 1,
		},
		"answers after 20 s": {
			fails: func(h *servicetest.Harness) {
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Delay: 20 * time.Second}, 1)
			},
			says: servicetest.Receipt, waits: 1, sends: 1,
		},
		"never answers": {
			fails: func(h *servicetest.Harness) {
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, 1)
			},
			says: "may or may not have been spent", waits: 1, sends: 1,
		},
		"refuses connections for a while": {
			fails: func(h *servicetest.Harness) { h.RefuseOxhost(true) },
			works: func(h *servicetest.Harness) { h.RefuseOxhost(false) },
			says:  servicetest.Receipt, waits: 1, sends: 1,
		},
		"refuses connections for good": {
			fails: func(h *servicetest.Harness) { h.RefuseOxhost(true) },
			says:  "Nothing was charged", waits: 1,
		},
		"answers 429 for a while": {
			fails: func(h *servicetest.Harness) {
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429}, 1)
			},
			says: servicetest.Receipt, waits: 1, sends: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				card := h.Request(stage.Alice, "web-1 24")
				h.WaitBaseline(card)
				c.fails(h)
				began := time.Now()
				h.Confirm(card)
				servicetest.Pass(15 * time.Second)
				waiting := inThread(h, card, waitingForHost)
				if len(waiting) != c.waits || len(waiting) > 0 && waiting[0].At.Sub(began) > 11*time.Second {
					t.Errorf("after 15 seconds the thread says %v, want %d messages, after ten seconds", waiting, c.waits)
				}
				servicetest.Pass(25 * time.Second)
				if c.works != nil {
					c.works(h)
				}
				servicetest.Pass(2 * time.Minute)
				if n := len(inThread(h, card, waitingForHost)); n != c.waits {
					t.Errorf("%d messages that it waits", n)
				}
				if n := len(inThread(h, card, c.says)); n != 1 {
					t.Errorf("%d messages that say %q: %s", n, c.says, h.ChannelText(stage.Ops))
				}
				h.WantCharges(min(c.sends, len(inThread(h, card, servicetest.Receipt))), c.sends)
			})
		})
	}
}

// An order that was never sent is refused after two minutes, and its requester
// learns that within a minute, whatever fails in Slack.
func TestMatrix_NeverSentWhileSlackFails(t *testing.T) {
	t.Parallel()
	never := outcome{name: "never-sent", trigger: (*matrixLane).confirm, state: order.Refused, says: "Nothing was charged", card: "did not go through"}
	for _, f := range lastingFailures() {
		if f.alike {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Settings.Servers = nil
				h.Start()
				lanes := matrixLanes(h, []outcome{never})
				thread := target{methods: []string{"chat.postMessage"}}
				thread.arm(h, lanes, f)
				h.RefuseOxhost(true)
				lanes[0].trigger(lanes[0])
				servicetest.Pass(order.PlaceWindow + time.Minute + 15*time.Second) // the last try is a pause after the two minutes
				lanes[0].wantTold(time.Now())
				h.Slack.Clear("chat.postMessage")
				if f.paused <= longestPause {
					servicetest.Pass(f.paused + longestPause)
					lanes[0].wantAllRight(f)
				}
				lanes[0].WantState(order.Refused)
				lanes[0].WantCharges(0, 0)
			})
		})
	}
}

// Whatever 0xhost's list does, a card appears within a second, and the order is
// placed.
func TestMatrix_ListFails(t *testing.T) {
	t.Parallel()
	page := "<html><body>502 Bad Gateway</body></html>"
	for name, fault := range map[string]oxhostsim.Fault{
		"500": {Kind: oxhostsim.Status, Code: 500}, "html": {Kind: oxhostsim.Status, Body: page},
		"502-html": {Kind: oxhostsim.Status, Code: 502, Body: page}, "empty": {Kind: oxhostsim.Status}, "429": {Kind: oxhostsim.Status, Code: 429},
		"404": {Kind: oxhostsim.Status, Code: 404}, "hang": {Kind: oxhostsim.Hang}, "closed": {Kind: oxhostsim.Hangup}, "half": {Kind: oxhostsim.Half},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				h.Oxhost.Fail(oxhostsim.ListOrder, fault, -1)
				began := time.Now()
				card := h.Request(stage.Alice, "web-1 24")
				h.Confirm(card)
				h.WaitReply(card, servicetest.Receipt)
				if took := time.Since(began); took > time.Second {
					t.Errorf("card and receipt took %s", took)
				}
				servicetest.Pass(time.Minute)
				h.WantCharges(1, 1)
			})
		})
	}
}

// All connections are lost after the click, and none can be opened: the receipt is
// posted all the same, and the bot hears Slack again when it can.
func TestMatrix_NoConnectionAfterClick(t *testing.T) {
	t.Parallel()
	for _, f := range lastingFailures() {
		if f.paused > time.Minute || f.name == "missing_scope" {
			continue // an hour in which Slack wants no connection; a token of no use, which ends the program
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				h.Start()
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Delay: 2 * time.Second}, 1)
				card := h.Request(stage.Alice, "web-1 24")
				h.Confirm(card)
				began := time.Now()
				h.Slack.Fail("apps.connections.open", f.fault, f.times)
				for _, c := range h.Slack.Connections() {
					c.Kill()
				}
				h.WaitReply(card, servicetest.Receipt)
				h.WaitCard(card, "went through")
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("the receipt took %s", took)
				}
				servicetest.Pass(time.Minute)
				if n := len(h.Slack.Calls("apps.connections.open")); n > 20*2 {
					t.Errorf("%d calls of apps.connections.open in a minute", n)
				}
				h.Slack.Clear("apps.connections.open")
				servicetest.Pass(f.paused + longestPause)
				h.WaitConnections(2)
				h.WantCharges(1, 1)
			})
		})
	}
}
