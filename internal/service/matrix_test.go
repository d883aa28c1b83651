package service_test

import (
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// outcome is one way in which an order ends, so that its requester has to learn
// it.
type outcome struct {
	name    string
	prepare func(l *matrixLane) // after the card appeared, before calls fail
	trigger func(l *matrixLane) // while calls fail
	state   order.State
	says    string // what the requester is told
	card    string // on the card
	charges int
	sends   int
}

// matrixLane is one order of the matrix.
type matrixLane struct {
	*servicetest.Lane
	outcome
	h        *servicetest.Harness
	question slacksim.Message
}

func (l *matrixLane) confirm() { l.do(l.Confirm()) }

func (l *matrixLane) do(err error) {
	l.h.T.Helper()
	if err != nil {
		l.h.T.Errorf("%s: %v", l.name, err)
	}
}

func (l *matrixLane) host(f oxhostsim.Fault) {
	f.ServerID = l.Server
	l.h.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
}

// click clicks a button of a message in the order's channel.
func (l *matrixLane) click(user, ts, action string) {
	l.h.T.Helper()
	_, err := l.h.Slack.Click(l.h.Ctx, slacksim.Click{User: user, Channel: l.Channel, TS: ts, ActionID: action})
	l.do(err)
}

// askPeople leads to an unknown outcome about which an admin is asked.
func (l *matrixLane) askPeople() {
	l.h.T.Helper()
	l.host(oxhostsim.Fault{Kind: oxhostsim.Reset})
	l.confirm()
	var err error
	l.question, err = l.h.Slack.WaitMessage(l.h.Ctx, l.Channel, func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_not_placed")
		return asks
	})
	l.do(err)
}

func outcomes() []outcome {
	refuses := oxhostsim.Fault{Kind: oxhostsim.Status, Code: 402, Body: `{"success":false,"message":"not enough money"}`}
	return []outcome{
		{name: "placed", trigger: (*matrixLane).confirm, state: order.Placed, says: "✅ *<@", card: "went through", charges: 1, sends: 1},
		{
			name: "refused", trigger: func(l *matrixLane) { l.host(refuses); l.confirm() },
			state: order.Refused, says: "not enough money", card: "did not go through", sends: 1,
		},
		{
			name: "unknown", trigger: func(l *matrixLane) { l.host(oxhostsim.Fault{Kind: oxhostsim.Reset}); l.confirm() },
			state: order.Unknown, says: "may or may not have been spent", card: "outcome is unknown", sends: 1,
		},
		{
			name: "found", trigger: func(l *matrixLane) {
				l.host(oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge})
				l.confirm()
			},
			state: order.Placed, says: "It went through after all", card: "went through", charges: 1, sends: 1,
		},
		{
			name: "not-placed", prepare: (*matrixLane).askPeople,
			trigger: func(l *matrixLane) { l.click(stage.Bob, l.question.TS, "order_settle_not_placed") },
			state:   order.NotPlaced, says: "🚫", card: "never went through", sends: 1,
		},
	}
}

// failure is one way in which calls of Slack fail.
type failure struct {
	name   string
	fault  slacksim.Fault
	times  int           // for how many calls; negative: for good
	lasts  time.Duration // how long one call takes to fail
	paused time.Duration // how long Slack wants no calls after the failure
	alike  bool          // it is like internal_error for the bot, so a few targets are enough
	lost   bool          // the call is done, but its answer is lost: the message may appear twice
	final  bool          // Slack refuses the message for good: it is not tried again
}

// html is what a proxy or a broken server of Slack answers.
const html = "<html><body>502 Bad Gateway</body></html>"

// anyFailures returns the failures that can happen once or for good.
func anyFailures(times int) []failure {
	return []failure{
		{name: "internal_error", fault: slacksim.Fault{Error: "internal_error"}, times: times},
		{name: "500-html", fault: slacksim.Fault{Status: 500, Body: html}, times: times},
		{name: "502-html", fault: slacksim.Fault{Status: 502, Body: html}, times: times, alike: true},
		{name: "200-html", fault: slacksim.Fault{Body: html}, times: times, alike: true},
		{name: "empty-body", fault: slacksim.Fault{Body: "\n"}, times: times, alike: true},
		{name: "hang", fault: slacksim.Fault{Before: slacksim.Hang}, times: times, lasts: 10 * time.Second},
		{name: "closed", fault: slacksim.Fault{Before: slacksim.EOF}, times: times, alike: true},
		{name: "missing_scope", fault: slacksim.Fault{Error: "missing_scope"}, times: times},
		{name: "invalid_blocks", fault: slacksim.Fault{Error: "invalid_blocks"}, times: times, final: times < 0},
	}
}

func transientFailures() []failure {
	return append(anyFailures(1),
		failure{name: "answer-lost", fault: slacksim.Fault{After: slacksim.EOF}, times: 1, lost: true},
		failure{name: "429-1s", fault: slacksim.Fault{RetryAfter: time.Second}, times: 1, lasts: time.Second},
		failure{name: "429-without-time", fault: slacksim.Fault{NoRetryAfter: true}, times: 1, lasts: time.Second},
	)
}

func lastingFailures() []failure {
	return append(anyFailures(-1),
		failure{name: "429-60s", fault: slacksim.Fault{RetryAfter: time.Minute}, times: -1, paused: time.Minute},
		failure{name: "429-3600s", fault: slacksim.Fault{RetryAfter: time.Hour}, times: 1, paused: time.Hour},
		failure{name: "channel_not_found", fault: slacksim.Fault{Error: "channel_not_found"}, times: -1, final: true},
		failure{name: "is_archived", fault: slacksim.Fault{Error: "is_archived"}, times: -1, final: true},
		failure{name: "thread_not_found", fault: slacksim.Fault{Error: "thread_not_found"}, times: -1, final: true, alike: true},
		failure{name: "message_not_found", fault: slacksim.Fault{Error: "message_not_found"}, times: -1, final: true, alike: true},
	)
}

// target is the calls that fail together. For each order the method fails in its
// channel; a direct message has the person as its channel.
type target struct {
	name    string
	methods []string
	direct  bool // direct messages to the requester fail too
	nobody  bool // no way to reach the requester works
}

const responseURL = "response_url"

// targets returns the calls that are made to fail in this way.
func (f failure) targets() []target {
	list := []target{
		{name: "thread", methods: []string{"chat.postMessage"}},
		{name: "everything", methods: []string{"chat.postMessage", responseURL, "chat.postEphemeral", "chat.update"}, direct: true, nobody: true},
		{name: "thread-dm", methods: []string{"chat.postMessage"}, direct: true},
		{name: "thread-dm-response_url", methods: []string{"chat.postMessage", responseURL}, direct: true},
		{name: "card", methods: []string{"chat.update"}},
		{name: "card-thread", methods: []string{"chat.update", "chat.postMessage"}},
		{name: "rest", methods: []string{responseURL, "chat.postEphemeral", "views.publish"}, direct: true},
	}
	if f.alike || f.paused > longestPause {
		return list[:2]
	}
	return list
}

// enough returns how many of n targets are tested.
func (f failure) enough(n int) int {
	if f.alike || f.paused > longestPause { // the latter takes a second of computing for each
		return 1
	}
	return n
}

// arm makes the calls fail.
func (g target) arm(h *servicetest.Harness, lanes []*matrixLane, f failure) {
	for _, method := range g.methods {
		for _, l := range lanes {
			fault := f.fault
			fault.Channel = l.Channel
			h.Slack.Fail(method, fault, f.times)
		}
	}
	if g.direct {
		fault := f.fault
		fault.Channel = stage.Alice
		h.Slack.Fail("chat.postMessage", fault, f.times)
	}
}

// told returns the messages from which the requester could learn the outcome:
// those that were posted into the thread, and those that only the requester sees.
func (l *matrixLane) told() (inThread, private []servicetest.Sighting) {
	direct := l.h.Slack.DirectChannel(stage.Alice)
	for _, s := range l.h.Seen(func(s servicetest.Sighting) bool { return s.Says(l.says) && !s.Changed }) {
		switch {
		case s.Channel == l.Channel && s.Only == "" && s.Thread == l.Card().TS:
			inThread = append(inThread, s)
		case s.Channel == l.Channel && s.Only == stage.Alice, s.Channel == direct && s.Says(l.Server):
			private = append(private, s)
		}
	}
	return inThread, private
}

// wantTold fails the test unless the requester learned the outcome by then.
func (l *matrixLane) wantTold(by time.Time) {
	l.h.T.Helper()
	inThread, private := l.told()
	for _, s := range append(inThread, private...) {
		if !s.At.After(by) {
			return
		}
	}
	l.h.T.Errorf("%s: the requester did not learn the outcome by %s; in the thread %v, private %v", l.name, by, inThread, private)
}

// matrix runs one service whose calls fail in one way, with an order for each
// outcome. The requesters must learn the outcome within a time.
func matrix(t *testing.T, g target, f failure, within time.Duration) {
	t.Helper()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Servers = nil
		h.Settings.Admins = []string{stage.Bob}
		h.Options = append(h.Options, servicetest.FastLookups)
		if within < time.Minute {
			h.Options = append(h.Options, service.WithPollEvery(2*time.Second))
		}
		h.Start()
		lanes := matrixLanes(h, outcomes())
		other := servicetest.NewLane(h, "other")
		if err := other.Request(); err != nil {
			t.Fatal(err)
		}
		g.arm(h, lanes, f)
		began := time.Now()
		each(lanes, func(l *matrixLane) { l.trigger(l) })
		wantUndisturbed(h, other, f.fault.RetryAfter > 0 || f.fault.NoRetryAfter)
		servicetest.Pass(within - time.Since(began))
		for _, l := range lanes {
			if !g.nobody {
				l.wantTold(began.Add(within))
			}
			l.WantState(l.state)
			l.WantCharges(l.sends, l.charges)
		}
		wantFewCalls(h, g, f, began)
		for _, method := range g.methods {
			h.Slack.Clear(method)
		}
		servicetest.Pass(f.paused + longestPause)
		for _, l := range lanes {
			l.wantAllRight(f)
			l.WantCharges(l.sends, l.charges)
		}
		if t.Failed() {
			for _, l := range lanes {
				t.Log(h.ChannelText(l.Channel))
			}
		}
	})
}

// longestPause is how long after the end of a failure everything is tried again.
const longestPause = 80 * time.Second

// wantUndisturbed confirms an order whose calls do not fail, and fails the test
// unless it gets its receipt at once, and its card unless Slack limits the updates
// of all cards.
func wantUndisturbed(h *servicetest.Harness, l *servicetest.Lane, limited bool) {
	h.T.Helper()
	began := time.Now()
	if err := l.Confirm(); err != nil {
		h.T.Fatal(err)
	}
	l.WaitReply(servicetest.Receipt)
	if !limited {
		l.WaitCard("went through")
	}
	if took := time.Since(began); took > time.Second {
		h.T.Errorf("an order whose calls do not fail took %s", took)
	}
}

// wantFewCalls fails the test if calls that fail for a minute are repeated without
// pauses that grow. An order shows at most three things with one method: its card,
// its question and its last message in the thread.
func wantFewCalls(h *servicetest.Harness, g target, f failure, since time.Time) {
	h.T.Helper()
	for _, method := range g.methods {
		n := map[string]int{}
		for _, c := range h.Slack.Calls(method) {
			if !c.At.Before(since) {
				n[c.Channel()]++
			}
		}
		for channel, calls := range n {
			most := 3 * maxCallsPerMinute
			if f.final { // another form, or another place, is tried after it
				most *= 2
			}
			if channel == stage.Alice { // for all orders
				most *= len(outcomes())
			}
			if calls > most {
				h.T.Errorf("%d calls of %s for %s", calls, method, channel)
			}
		}
	}
}

// maxCallsPerMinute is how often one thing is tried in the first minute: after 1, 2,
// 4, 8, 16 and 32 seconds.
const maxCallsPerMinute = 7

// wantAllRight fails the test unless, after the failure, the card and the thread
// show the outcome, once.
func (l *matrixLane) wantAllRight(f failure) {
	l.h.T.Helper()
	inThread, private := l.told()
	if len(private) > 1 {
		l.h.T.Errorf("%s: the requester was told %d times", l.name, len(private))
	}
	if f.final {
		l.wantTold(time.Now())
		return
	}
	if n := len(inThread); n != 1 && (n != 2 || !f.lost) {
		l.h.T.Errorf("%s: %d messages about the outcome in the thread", l.name, len(inThread))
	}
	if card, _ := l.h.Slack.Message(l.Channel, l.Card().TS); !servicetest.Contains(card, l.card) || servicetest.IsOpen(card) {
		l.h.T.Errorf("%s: the card is %s", l.name, card.Text)
	}
}

func matrixLanes(h *servicetest.Harness, list []outcome) []*matrixLane {
	lanes := make([]*matrixLane, len(list))
	for i, o := range list {
		lanes[i] = &matrixLane{Lane: servicetest.NewLane(h, o.name), outcome: o, h: h}
	}
	each(lanes, func(l *matrixLane) {
		l.do(l.Request())
		if l.prepare != nil {
			l.prepare(l)
		}
	})
	return lanes
}

func each(lanes []*matrixLane, do func(*matrixLane)) {
	var all sync.WaitGroup
	for _, l := range lanes {
		all.Go(func() { do(l) })
	}
	all.Wait()
}

// Whatever call of Slack fails for good, and however: the requester learns the
// outcome of their order within a minute, other orders are not held up, the
// pauses between calls grow, and after the failure card and thread are right.
func TestMatrix_LastingFailures(t *testing.T) {
	t.Parallel()
	for _, f := range lastingFailures() {
		for _, g := range f.targets() {
			t.Run(f.name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				matrix(t, g, f, time.Minute)
			})
		}
	}
}

// Whatever call of Slack fails once, and however: the requester learns the outcome
// of their order within five seconds of that failure.
func TestMatrix_TransientFailures(t *testing.T) {
	t.Parallel()
	for _, f := range transientFailures() {
		for _, g := range f.targets() {
			t.Run(f.name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				matrix(t, g, f, 5*time.Second+f.lasts)
			})
		}
	}
}
