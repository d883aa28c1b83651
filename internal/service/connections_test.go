package service_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// quickSlack does within fractions of a second what takes Slack seconds. It does
// not redeliver when a connection breaks before the ack.
func quickSlack() slacksim.Config {
	return slacksim.Config{
		PingInterval: 100 * time.Millisecond, RefreshGrace: 200 * time.Millisecond, WarningGrace: 200 * time.Millisecond,
	}
}

// redeliveringSlack redelivers a command when its connection breaks before the
// ack, as Slack has been seen to do.
func redeliveringSlack() slacksim.Config {
	config := quickSlack()
	config.ResendLost = true
	return config
}

// shortPingTimeout makes the bot notice a silent connection within seconds
// instead of half a minute.
func shortPingTimeout(c *bot.Config) { c.PingTimeout = 5 * time.Second }

// newWithConnections starts a service and waits for its two connections.
func newWithConnections(t *testing.T, config slacksim.Config, change ...func(*bot.Config)) *servicetest.Harness {
	t.Helper()
	h := servicetest.New(t, config)
	for _, c := range change {
		h.Options = append(h.Options, service.WithBot(c))
	}
	h.Start()
	h.WaitConnections(2)
	return h
}

// sendCommands types n commands, ten at a time, and fails the test unless each
// is answered. halfway runs after half of them. It returns how many answers came
// too late for Slack.
func sendCommands(h *servicetest.Harness, n int, halfway func()) (late int) {
	h.T.Helper()
	var commands sync.WaitGroup
	var lateAnswers atomic.Int32
	slots := make(chan struct{}, 10)
	for i := range n {
		if i == n/2 {
			halfway()
		}
		slots <- struct{}{}
		commands.Go(func() {
			defer func() { <-slots }()
			d, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: stage.Ops, Command: "/extend", Text: "help"})
			if err != nil || !strings.Contains(d.AckText(), "web-1") {
				h.T.Errorf("a command was answered %q: %v", d.AckText(), err)
			}
			if d.Took > servicetest.SlackTimeout {
				lateAnswers.Add(1)
			}
		})
	}
	commands.Wait()
	return int(lateAnswers.Load())
}

// measureStalls measures how long this process is kept from running. longest
// ends the measurement and returns the longest time.
func measureStalls() (longest func() time.Duration) {
	const tick = 10 * time.Millisecond
	done, result := make(chan struct{}), make(chan time.Duration)
	go func() {
		var most time.Duration
		for last := time.Now(); ; last = time.Now() {
			select {
			case <-done:
				result <- most
				return
			case <-time.After(tick):
				most = max(most, time.Since(last)-tick)
			}
		}
	}()
	return func() time.Duration {
		close(done)
		return <-result
	}
}

// A thousand commands during twenty refreshes of connections are all answered
// within the three seconds that Slack waits.
func TestConnections_ThousandCommands(t *testing.T) {
	t.Parallel()
	config := quickSlack()
	// What is not acked before its connection closes is lost, so a machine that is
	// busy with other tests needs some time.
	config.RefreshGrace, config.WarningGrace = 700*time.Millisecond, 700*time.Millisecond
	h := newWithConnections(t, config)
	const refreshes, commands = 20, 1000
	for i := range refreshes {
		h.WaitConnections(2)
		reason := slacksim.ReasonRefresh
		if i%4 == 3 {
			reason = slacksim.ReasonWarning
		}
		closing := h.Slack.Connections()[i%2]
		longestStall := measureStalls()
		late := sendCommands(h, commands/refreshes, func() { closing.Disconnect(reason) })
		if longest := longestStall(); late > 0 && longest < servicetest.SlackTimeout/3 {
			t.Errorf("%d answers took longer than %s, although the process was never kept from running for longer than %s", late, servicetest.SlackTimeout, longest)
		}
		<-closing.Closed() // until then it counts as one of two
	}
	if opens := h.Slack.Opens(); opens > 2+refreshes+2 {
		t.Errorf("%d opens for %d refreshes", opens, refreshes)
	}
	h.WaitReady(http.StatusOK, "ok")
}

// Every command is answered while one of two connections is lost, in whatever
// way.
func TestConnections_OneOfTwoLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(h *servicetest.Harness, c *slacksim.Conn){
		"refreshed": func(_ *servicetest.Harness, c *slacksim.Conn) { c.Disconnect(slacksim.ReasonRefresh) },
		"killed":    func(_ *servicetest.Harness, c *slacksim.Conn) { c.Kill() },
		"silent":    func(_ *servicetest.Harness, c *slacksim.Conn) { c.Silence() },
		"killed for good": func(h *servicetest.Harness, c *slacksim.Conn) {
			h.Slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusBadGateway}, -1)
			c.Kill()
		},
		"refused": func(h *servicetest.Harness, c *slacksim.Conn) {
			h.Slack.Fail("hello", slacksim.Fault{Before: slacksim.Hang}, -1)
			c.Kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var watch []func(*bot.Config)
			if name == "silent" {
				watch = append(watch, shortPingTimeout)
			}
			h := newWithConnections(t, redeliveringSlack(), watch...)
			card := h.Request(stage.Alice, "web-1 24")
			lost := h.Slack.Connections()[0]
			sendCommands(h, 60, func() { lose(h, lost) })
			h.WaitUntil(func() bool {
				sendCommands(h, 10, func() {})
				select {
				case <-lost.Closed():
					return true
				default:
					return false
				}
			}, func() string { return "the connection is still there" })
			h.Confirm(card)
			h.WaitReply(card, servicetest.Receipt)
			h.WaitReady(http.StatusOK, "ok")
			h.WantCharges(1, 1)
		})
	}
}

// If Slack allows fewer connections, the remaining one answers, and the service
// does not keep trying at full speed.
func TestConnections_TooMany(t *testing.T) {
	t.Parallel()
	config := quickSlack()
	config.MaxConnections = 1
	h := servicetest.New(t, config)
	h.Start()
	began := time.Now()
	card := h.Request(stage.Alice, "web-1 24")
	for time.Since(began) < 3*time.Second {
		sendCommands(h, 10, func() {})
	}
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WaitReady(http.StatusOK, "ok")
	if opens := h.Slack.Opens(); opens > 12 {
		t.Errorf("%d opens within %s", opens, time.Since(began))
	}
}

// The metrics show the connections of the process and of the app.
func TestMetrics_Connections(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.Slack.SetNumConnectionsOffset(3) // connections of other processes
	h.Start()
	h.WaitMetric("extendbot_slack_connections", "2")
	// The first two hellos may arrive in either order, so look at a third one.
	closing := h.Slack.Connections()[0]
	closing.Kill()
	h.WaitMetric("extendbot_slack_opens_total", "3")
	h.WaitMetric("extendbot_slack_app_connections", "5")
	h.WaitMetric("extendbot_slack_connections", "2")
	silence, err := strconv.ParseFloat(h.Metric("extendbot_slack_silence_seconds"), 64)
	if err != nil || silence < 0 || silence > servicetest.Patience.Seconds() {
		t.Errorf("silent for %v seconds (error %v)", silence, err)
	}
}

// The metrics show how much work waits, for each kind of work.
func TestMetrics_QueuedWork(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitMetric(`extendbot_queued{work="expiry"}`, "1")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WaitMetric(`extendbot_queued{work="card"}`, "1")
	h.Slack.Clear("chat.update")
	h.WaitMetric(`extendbot_queued{work="card"}`, "0")
}
