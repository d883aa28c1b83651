package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// quickSlack does in fractions of a second what Slack takes seconds for. It
// delivers nothing again when a connection breaks before the ack.
func quickSlack() slacksim.Config {
	return slacksim.Config{
		PingInterval: 100 * time.Millisecond, RefreshGrace: 200 * time.Millisecond, WarningGrace: 200 * time.Millisecond,
	}
}

// patientSlack delivers a command again when its connection breaks before the
// ack, as Slack has been seen to do.
func patientSlack() slacksim.Config {
	config := quickSlack()
	config.ResendLost = true
	return config
}

// quickWatch lets the bot notice within seconds what takes it half a minute.
func quickWatch(c *bot.Config) { c.PingTimeout = 5 * time.Second }

// newWire starts the program on a stage with two connections.
func newWire(t *testing.T, config slacksim.Config, adjust ...func(*bot.Config)) *play {
	t.Helper()
	p := setStage(t, config)
	p.tuning.bot = append(p.tuning.bot, adjust...)
	p.begin()
	p.wantConnections(2)
	return p
}

func (p *play) wantConnections(n int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := p.slack.WaitConnections(ctx, n); err != nil {
		p.t.Fatalf("%d connections, want %d: %v", len(p.slack.Connections()), n, err)
	}
}

// askOften types n commands, some at a time, and wants that each is answered.
// Between runs when about half of them were typed. It gives how many answers came
// later than Slack waits for them.
func (p *play) askOften(n int, between func()) (late int) {
	p.t.Helper()
	var asking sync.WaitGroup
	var tooLate atomic.Int32
	room := make(chan struct{}, 10)
	for i := range n {
		if i == n/2 {
			between()
		}
		room <- struct{}{}
		asking.Go(func() {
			defer func() { <-room }()
			d, err := p.slack.Command(p.ctx, slacksim.SlashCommand{User: stageAlice, Channel: stageChannel, Command: "/extend", Text: "help"})
			if err != nil || !strings.Contains(d.AckText(), "web-1") {
				p.t.Errorf("a command was answered %q: %v", d.AckText(), err)
			}
			if d.Took > slackWaits {
				tooLate.Add(1)
			}
		})
	}
	asking.Wait()
	return int(tooLate.Load())
}

// standstill begins to measure how long this process is kept from running, and
// gives what ends that and tells the longest time.
func standstill() (longest func() time.Duration) {
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

func TestAThousandCommandsThroughTwentyRefreshesAreAllAnswered(t *testing.T) {
	t.Parallel()
	p := newWire(t, quickSlack())
	const refreshes, commands = 20, 1000
	for i := range refreshes {
		p.wantConnections(2)
		reason := slacksim.ReasonRefresh
		if i%4 == 3 {
			reason = slacksim.ReasonWarning
		}
		going := p.slack.Connections()[i%2]
		stood := standstill()
		late := p.askOften(commands/refreshes, func() { going.Disconnect(reason) })
		if longest := stood(); late > 0 && longest < slackWaits/3 {
			t.Errorf("%d answers took longer than %s, and the machine never stood still for longer than %s", late, slackWaits, longest)
		}
		<-going.Closed() // only then are two connections two that listen
	}
	if opens := p.slack.Opens(); opens > 2+refreshes+2 {
		t.Errorf("%d opens for %d refreshes", opens, refreshes)
	}
	p.wantReady(http.StatusOK, "ok")
}

func TestNothingGoesUnansweredWhileOneOfTwoConnectionsIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(p *play, c *slacksim.Conn){
		"refreshed": func(_ *play, c *slacksim.Conn) { c.Disconnect(slacksim.ReasonRefresh) },
		"killed":    func(_ *play, c *slacksim.Conn) { c.Kill() },
		"silent":    func(_ *play, c *slacksim.Conn) { c.Silence() },
		"killed for good": func(p *play, c *slacksim.Conn) {
			p.slack.Fail("apps.connections.open", slacksim.Fault{Status: http.StatusBadGateway}, -1)
			c.Kill()
		},
		"refused": func(p *play, c *slacksim.Conn) {
			p.slack.Fail("hello", slacksim.Fault{Before: slacksim.Hang}, -1)
			c.Kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var watch []func(*bot.Config)
			if name == "silent" {
				watch = append(watch, quickWatch)
			}
			p := newWire(t, patientSlack(), watch...)
			card := p.card(stageAlice, "web-1 24")
			lost := p.slack.Connections()[0]
			p.askOften(60, func() { lose(p, lost) })
			p.until(func() bool {
				p.askOften(10, func() {})
				select {
				case <-lost.Closed():
					return true
				default:
					return false
				}
			}, func() string { return "the connection is still there" })
			p.click(stageAlice, card, "order_confirm")
			p.word(card, "Receipt")
			p.wantReady(http.StatusOK, "ok")
			p.wantCharges(1, 1)
		})
	}
}

// A half-dead link swallows what Slack hands to it; nobody can answer that.
// What can be done is to notice soon, to replace it, and to do nothing by halves.
func TestAHalfDeadConnectionIsReplacedAndThenNothingGoesUnanswered(t *testing.T) {
	t.Parallel()
	p := newWire(t, quickSlack())
	card := p.card(stageAlice, "web-1 24")
	dead := p.slack.Connections()[0]
	dead.Freeze()

	var asking sync.WaitGroup
	var swallowed, ended atomic.Int32
	waiting, giveUp := context.WithCancelCause(p.ctx)
	defer giveUp(nil)
	before := dead.Envelopes()
	for range 10 {
		asking.Go(func() {
			defer ended.Add(1)
			d, err := p.slack.Command(waiting, slacksim.SlashCommand{User: stageAlice, Channel: stageChannel, Command: "/extend", Text: "web-1 12"})
			switch gone := d != nil && d.Conn == dead.ID; {
			case gone && errors.Is(err, slacksim.ErrOperationTimeout):
				swallowed.Add(1)
			case gone || err != nil:
				t.Errorf("a command over connection %d ended with %v", d.Conn, err)
			}
		})
	}
	p.until(func() bool { return int(ended.Load())+dead.Envelopes()-before >= 10 },
		func() string { return "a command over the other connection got no answer" })
	p.wantConnections(3) // the replacement is there, and Slack still believes in the dead one
	giveUp(slacksim.ErrOperationTimeout)
	asking.Wait()
	if swallowed.Load() == 0 {
		t.Error("the dead connection swallowed nothing")
	}
	dead.Kill() // until it does not
	p.wantConnections(2)
	p.askOften(50, func() {})
	if list, err := p.v.ledger.List(p.ctx, time.Time{}, 100); err != nil || len(list) != 1+10-int(swallowed.Load()) {
		t.Errorf("%d orders are recorded of 11 commands, of which %d were swallowed (error %v)", len(list), swallowed.Load(), err)
	}
	p.wantCharges(0, 0)
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.wantCharges(1, 1)
}

func TestAClickThatAHalfDeadConnectionSwallowedChangesNothingAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	p := newWire(t, quickSlack())
	card := p.card(stageAlice, "web-1 24")
	for _, c := range p.slack.Connections() {
		c.Freeze() // whichever it would go over
	}
	confirm := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_confirm"}
	waiting, cancel := context.WithTimeoutCause(p.ctx, slackWaits, slacksim.ErrOperationTimeout)
	defer cancel()
	if _, err := p.slack.Click(waiting, confirm); !errors.Is(err, slacksim.ErrOperationTimeout) {
		t.Errorf("the click ended with %v", err)
	}
	if o := p.order(card); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
	dead := p.slack.Connections()[:2]
	p.wantConnections(4)
	for _, c := range dead {
		c.Kill()
	}
	p.wantConnections(2)
	p.wantCharges(0, 0)
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.wantCharges(1, 1)
}

func TestTooManyConnectionsAreNoStormAndTheOneThatIsThereAnswers(t *testing.T) {
	t.Parallel()
	config := quickSlack()
	config.MaxConnections = 1
	p := setStage(t, config)
	p.begin()
	began := time.Now()
	card := p.card(stageAlice, "web-1 24")
	for time.Since(began) < 3*time.Second {
		p.askOften(10, func() {})
	}
	p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	p.wantReady(http.StatusOK, "ok")
	if opens := p.slack.Opens(); opens > 12 {
		t.Errorf("%d opens within %s", opens, time.Since(began))
	}
}

func TestMetricsTellOfTheConnections(t *testing.T) {
	t.Parallel()
	p := setStage(t, slacksim.Config{})
	p.slack.SetNumConnectionsOffset(3) // of other processes
	p.begin()
	p.wantConnections(2)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	// Slack has said hello before the program has heard it.
	for p.metric("extendbot_slack_connections") != "2" || p.metric("extendbot_slack_app_connections") != "5" {
		select {
		case <-ctx.Done():
			t.Fatalf("%s connections, %s of the app", p.metric("extendbot_slack_connections"), p.metric("extendbot_slack_app_connections"))
		case <-time.After(10 * time.Millisecond):
		}
	}
	silence, err := strconv.ParseFloat(p.metric("extendbot_slack_silence_seconds"), 64)
	if err != nil || silence < 0 || silence > patience.Seconds() {
		t.Errorf("silent for %v seconds (error %v)", silence, err)
	}
	if opens := p.metric("extendbot_slack_opens_total"); opens != "2" {
		t.Errorf("%s opens", opens)
	}
}

func TestABotThatSlackDoesNotLetPostIsNotReady(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.slack.Fail("chat.postMessage", slacksim.Fault{Error: "missing_scope"}, 1)
	p.extend(stageAlice, "web-1 24")
	p.wantReady(http.StatusServiceUnavailable, "missing_scope")
	p.told(stageAlice, "permission")
	p.card(stageAlice, "web-1 24")
	p.wantReady(http.StatusOK, "ok")
}

func TestA429StormDelaysTheReceiptsOfManyOrdersAndLosesNone(t *testing.T) {
	t.Parallel()
	p := newPlay(t, anyServer)
	var acts []*act
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		acts = append(acts, p.newAct("storm-"+name))
	}
	p.slack.Fail("chat.update", slacksim.Fault{RetryAfter: 2 * time.Second}, 3*len(acts))
	for _, s := range acts {
		if err := s.confirm(); err != nil {
			t.Fatal(err)
		}
		// From here on what comes into this channel is its receipt.
		p.slack.Fail("chat.postMessage", slacksim.Fault{Channel: s.channel, RetryAfter: 2 * time.Second}, 1)
		p.slack.Fail("chat.postMessage", slacksim.Fault{Channel: s.channel, NoRetryAfter: true}, 1)
	}
	for _, s := range acts {
		s.wantThread("Receipt")
		s.wantCard("went through")
		s.wantBooks(1, 1)
	}
	p.end()
	for _, s := range acts {
		if n := len(p.slack.Messages(s.channel)); n != 2 {
			t.Errorf("%d messages in %s, want the card and one receipt", n, s.channel)
		}
	}
}

func TestA429StormOfAMinuteDelaysReceiptsAndLosesNone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes more than a minute")
	}
	p := newPlay(t, anyServer)
	var acts []*act
	for _, name := range []string{"a", "b", "c", "d"} {
		s := p.newAct("minute-" + name)
		if err := s.ask(); err != nil {
			t.Fatal(err)
		}
		acts = append(acts, s)
	}
	p.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: 7 * time.Second}, -1)
	p.slack.Fail("chat.update", slacksim.Fault{NoRetryAfter: true}, 3*len(acts))
	began := time.Now()
	for _, s := range acts {
		if err := s.agree(); err != nil {
			t.Fatal(err)
		}
	}
	late := func(c slacksim.Call) bool { return c.At.Sub(began) > time.Minute }
	if _, err := p.slack.WaitCall(p.ctx, "chat.postMessage", late); err != nil {
		t.Fatalf("nobody tries any more: %v", err)
	}
	for _, s := range acts {
		if n := len(p.slack.Messages(s.channel)); n != 1 {
			t.Errorf("%d messages in %s during the storm, want the card", n, s.channel)
		}
	}
	p.slack.Clear("")
	for _, s := range acts {
		s.wantThread("Receipt")
		s.wantCard("went through")
		s.wantBooks(1, 1)
	}
	p.end()
	for _, s := range acts {
		if n := len(p.slack.Messages(s.channel)); n != 2 {
			t.Errorf("%d messages in %s, want the card and one receipt", n, s.channel)
		}
	}
}

func TestARedeliveredClickChangesNothingAndIsAcked(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	d := p.click(stageAlice, card, "order_confirm")
	p.word(card, "Receipt")
	again := func() {
		t.Helper()
		for _, sameEnvelope := range []bool{true, false} {
			if _, err := p.slack.Redeliver(p.ctx, d, sameEnvelope); err != nil {
				t.Errorf("it got no answer: %v", err)
			}
		}
	}
	again()
	p.wantConnections(2)
	p.slack.Connections()[d.Conn%2].Kill() // so that the other one gets it
	again()
	p.end()
	p.begin()
	again()
	p.end()
	p.wantCharges(1, 1)
	if n := len(p.slack.Messages(stageChannel)); n != 2 {
		t.Errorf("%d messages, want the card and its receipt:\n%s", n, p.channel())
	}
}

func TestACommandThatIsRedeliveredAfterARestartIsOneOrder(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	d := p.extend(stageAlice, "web-1 24")
	p.message(func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	p.end()
	p.begin()
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := p.slack.Redeliver(p.ctx, d, sameEnvelope); err != nil {
			t.Errorf("it got no answer: %v", err)
		}
	}
	list, err := p.v.ledger.Recent(p.ctx, order.Person{Team: p.slack.TeamID(), User: stageAlice}, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d orders, error %v", len(list), err)
	}
	p.end()
	if n := len(p.slack.Messages(stageChannel)); n != 1 {
		t.Errorf("%d messages, want one card", n)
	}
}
