package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/bot/message"
)

// writeFails makes a connection report that an answer could not be written.
func writeFails(s *socket, envelope string) {
	s.onWriteFailed(&socketmode.Event{Data: &socketmode.ErrorWriteFailed{Response: &socketmode.Response{EnvelopeID: envelope}}})
}

// wantAnsweredAgain waits until Slack got n duplicate answers.
func (w *world) wantAnsweredAgain(n int) {
	w.t.Helper()
	for ctx := w.ctx(); w.slack.DuplicateAcks() < n; {
		if sleep(ctx, time.Millisecond) != nil {
			w.t.Fatalf("%d duplicate answers, want %d", w.slack.DuplicateAcks(), n)
		}
	}
}

// socketOf returns the socket that was given the answer to an envelope.
func (w *world) socketOf(envelope string) *socket {
	w.t.Helper()
	w.app.connections.acks.recent.mu.Lock()
	defer w.app.connections.acks.recent.mu.Unlock()
	i := slices.IndexFunc(w.app.connections.acks.recent.all, func(g *sentAck) bool { return g.response.EnvelopeID == envelope })
	if i < 0 {
		w.t.Fatal("the ack is not remembered")
	}
	return w.app.connections.acks.recent.all[i].socket
}

// startPatient makes a world whose bot sends even old answers again, so that the
// test does not depend on the machine's speed.
func startPatient(t *testing.T, options ...option) *world {
	t.Helper()
	w := newWorld(t, options...)
	now := time.Now()
	w.app.connections.acks.recent.now = func() time.Time { return now }
	w.greet()
	return w
}

// An ack that could not be written is sent over another connection.
func TestAcks_UnwrittenGoesOverAnother(t *testing.T) {
	t.Parallel()
	w := startPatient(t, two)
	d := w.command("U0ALICE", general, "help")
	was := w.socketOf(d.EnvelopeID)
	writeFails(was, d.EnvelopeID)
	w.wantAnsweredAgain(1)
	if w.socketOf(d.EnvelopeID) == was {
		t.Error("it went over the same connection")
	}
	writeFails(was, d.EnvelopeID) // another connection has the ack by now
	if n := w.meter.get("lost ack"); n != 0 {
		t.Errorf("%d answers count as lost", n)
	}
}

// What was answered over a connection that ends is answered again over another connection.
func TestAcks_SentAgainWhenConnectionEnds(t *testing.T) {
	t.Parallel()
	w := startPatient(t, two)
	d := w.command("U0ALICE", general, "help")
	for _, c := range w.slack.Connections() {
		if c.ID == d.Conn {
			c.Kill()
		}
	}
	w.wantAnsweredAgain(1)
}

// With one connection, acks are sent again after it was replaced.
func TestAcks_OnlyConnectionSendsAgain(t *testing.T) {
	t.Parallel()
	w := startPatient(t)
	w.command("U0ALICE", general, "help")
	w.slack.Connections()[0].Kill()
	w.wantAnsweredAgain(1)
}

// An ack goes over a connection that works.
func TestAcks_AvoidBrokenConnection(t *testing.T) {
	t.Parallel()
	w := startPatient(t, two)
	gone, there := w.app.connections.sockets[0], w.app.connections.sockets[1]
	until(t, "greeted", func() bool { return gone.greeted.Load() && there.greeted.Load() })
	gone.greeted.Store(false)
	defer gone.greeted.Store(true)
	w.app.connections.acks.answer(&envelope{socket: gone, id: "E1", kind: "interactive", at: time.Now()}, OutcomeDone, nil)
	if w.socketOf("E1") != there {
		t.Error("it went to a closed connection")
	}
}

// An ack that is too late for Slack counts as lost.
func TestAcks_LostAfterTheirTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t)
	w.app.connections.acks.recent.now = func() time.Time { return now }
	s := w.app.connections.sockets[0]
	w.app.connections.acks.recent.add(s, socketmode.Response{EnvelopeID: "E1"})
	now = now.Add(ackLife)
	writeFails(s, "E1")
	if w.meter.get("lost ack") != 1 {
		t.Error("it was not counted as lost")
	}
	if n := len(w.app.connections.acks.recent.all); n != 0 {
		t.Errorf("%d acks are remembered", n)
	}
}

// Acks are forgotten after their time, and only a limited number is remembered.
func TestRecentAcks_Bounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, s := recentAcks{now: func() time.Time { return now }}, &socket{}
	for i := range maxAcks + 10 {
		a.add(s, socketmode.Response{EnvelopeID: fmt.Sprint(i)})
	}
	if n := len(a.all); n != maxAcks {
		t.Errorf("%d acks are remembered", n)
	}
	now = now.Add(ackLife / 2)
	a.add(s, socketmode.Response{EnvelopeID: "late"})
	now = now.Add(ackLife / 2)
	if list := a.moveAll(s, s); len(list) != 1 || list[0].EnvelopeID != "late" {
		t.Errorf("remembered are %v", list)
	}
	if a.drop("late"); len(a.all) != 0 {
		t.Error("it was not dropped")
	}
}

// A stop leaves an ack that had to wait for room the time to be written.
func TestAcks_QueuedWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, a := w.app.connections.sockets[0], w.app.connections.acks
	fill(t, s)
	queued := make(chan struct{})
	go func() {
		defer close(queued)
		a.answer(&envelope{socket: s, id: "E1", kind: "interactive", at: time.Now()}, OutcomeDone, nil)
	}()
	until(t, "waiting for room", func() bool { return a.lastQueued.Load() != nil })
	room := time.Now()
	w.greet()
	<-queued
	if a.lastQueued.Load().Before(room) {
		t.Error("the stop counts from before the ack was queued")
	}
}

// With one connection, another returns that one.
func TestConnections_AnotherOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if s := w.app.connections.sockets[0]; w.app.connections.another(s) != s {
		t.Error("there is no other one")
	}
}

// An answer that is too large for one frame goes out without its blocks.
func TestAcks_TooLargeGoesWithoutBlocks(t *testing.T) {
	t.Parallel()
	w := start(t)
	big := message.Message{Text: "short"}
	for range 9 {
		text := slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("<", 2900), false, true)
		big.Blocks = append(big.Blocks, slack.NewSectionBlock(text, nil, nil))
	}
	d := &envelope{socket: w.app.connections.sockets[0], id: "e1", kind: "slash_commands", at: time.Now()}
	w.app.connections.acks.answer(d, OutcomeDone, ephemeralAck(big))
	if n := w.meter.get("lost ack"); n != 0 {
		t.Errorf("%d lost acks", n)
	}
}
