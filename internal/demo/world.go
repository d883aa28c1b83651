package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// clockForm is how the time of the world's clock is shown.
const clockForm = "Mon 2 Jan 15:04"

// move moves the clock of the whole local world ahead while the bot is stopped. A running one
// notices the jump, too, but its queue of due work waits on the clock of this machine: cards
// would expire late. At its start, the bot does what is overdue.
func (s *session) move(by time.Duration) error {
	return s.stoppedFor(s.stop, func() { s.world.Move(by) })
}

// restart stops the bot, and starts it again.
func (s *session) restart() error { return s.stoppedFor(s.stop, func() {}) }

// killFor kills the bot as kill -9 does, and starts it again after a pause.
func (s *session) killFor(ctx context.Context, pause time.Duration) error {
	kill := func() error {
		if bot := s.swap(nil); bot != nil {
			bot.kill()
		}
		return nil
	}
	return s.stoppedFor(kill, func() {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	})
}

// stoppedFor stops the bot in some way, does something, and starts the bot.
func (s *session) stoppedFor(stop func() error, do func()) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.closed.Load() {
		return errEnding
	}
	err := stop()
	do()
	return errors.Join(err, s.start())
}

// errEnding means that the demo is being closed.
var errEnding = errors.New("the demo ends")

// botState returns a sentence on whether the bot is running, and since when.
func (s *session) botState() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.since.In(localZone()).Format("15:04:05")
	if s.bot == nil {
		return "Not running since " + at + "."
	}
	return fmt.Sprintf("Running since %s, as process %d.", at, s.bot.cmd.Process.Pid)
}

// orderFault is something that can happen to an order at 0xhost.
type orderFault struct {
	name, label, said string
	fault             oxhostsim.Fault
}

// orderFaults are what can happen to the next order.
var orderFaults = []orderFault{
	{"refuse", "refuse it", "0xhost will refuse the next order.",
		oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusOK, Body: `{"success":false,"message":"Server is being migrated"}`}},
	{"lost", "charge, and lose the answer", "0xhost will charge for the next order, but its answer will be lost.",
		oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge}},
	{"never", "lose it before the charge", "The next order will be lost before 0xhost charges for it.",
		oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.BeforeCharge}},
	{"slow", "take three seconds", "0xhost will take three seconds for the next order.",
		oxhostsim.Fault{Kind: oxhostsim.Pass, Delay: 3 * time.Second}},
	{"limit", "answer: too many requests (429)", "0xhost will say that there were too many requests.",
		oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"5"}}}},
}

// failNextOrder makes one of the [orderFaults] happen to the next order.
func (s *session) failNextOrder(name string) (said string, err error) {
	for _, f := range orderFaults {
		if f.name == name {
			s.mu.Lock()
			s.arm(f.fault, nil)
			s.mu.Unlock()
			return f.said, nil
		}
	}
	return "", fmt.Errorf("%q cannot happen to an order", name)
}

// arm makes a fault happen to the next order, instead of what was to happen to it. disarm is
// called when something else takes its place. The caller holds mu.
func (s *session) arm(f oxhostsim.Fault, disarm context.CancelFunc) {
	if s.disarm != nil {
		s.disarm()
	}
	s.disarm = disarm
	s.Oxhost.Clear(oxhostsim.CreateOrder)
	s.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
}

// slackFault is something that can happen to the next call of a method of Slack's Web API.
type slackFault struct {
	name, label, said, method string
	fault                     slacksim.Fault
}

// slackFaults are what can happen to the next call.
var slackFaults = []slackFault{
	{"post", "Refuse the next message", "Slack will refuse the next message.", "chat.postMessage",
		slacksim.Fault{Error: "internal_error"}},
	{"lost", "Post the next message, and lose the answer", "Slack will post the next message, but its answer will be lost.", "chat.postMessage",
		slacksim.Fault{After: slacksim.Reset}},
	{"limit", "Too many messages (429)", "Slack will say that there were too many messages, and to wait for 5 seconds.", "chat.postMessage",
		slacksim.Fault{RetryAfter: 5 * time.Second}},
	{"form", "Refuse to open the next form", "Slack will refuse to open the next form.", "views.open",
		slacksim.Fault{Error: "internal_error"}},
}

// failSlack makes one of the [slackFaults] happen to the next call.
func (s *session) failSlack(name string) (said string, err error) {
	for _, f := range slackFaults {
		if f.name == name {
			s.Slack.Clear(f.method)
			s.Slack.Fail(f.method, f.fault, 1)
			return f.said, nil
		}
	}
	return "", fmt.Errorf("%q cannot happen to a call", name)
}

// maxMove is how far the clock is moved at once.
const maxMove = 90 * 24 * time.Hour

// parseMove reads a time such as 22h, 3d or 1h30m.
func parseMove(text string) (time.Duration, bool) {
	by, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(strings.TrimSpace(text), "d"); found {
		n, wrong := strconv.Atoi(days)
		by, err = time.Duration(n)*24*time.Hour, wrong
		if n > int(maxMove/(24*time.Hour)) {
			return 0, false
		}
	}
	return by, err == nil && by > 0 && by <= maxMove
}
