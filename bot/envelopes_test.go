package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// Without a free worker, a command is answered that the bot is busy.
func TestIntake_BusyCommandIsAnswered(t *testing.T) {
	t.Parallel()
	w, free := stuck(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	w.command("U0ALICE", general, "help")
	w.ephemeral("U0ALICE", "too busy")
	free()
	if err := <-first; err != nil {
		t.Errorf("the first command: %v", err)
	}
	w.counted("answered busy", 1)
}

// Without a free worker, a click is answered that the bot is busy. Later it
// works.
func TestIntake_BusyClickIsAnswered(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.Workers = 1 })
	w.command("U0BOB", general, "web-1 24")
	card := w.card(general, withButtons)
	free := w.ledger.hold(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.ephemeral("U0BOB", "too busy")
	free()
	if err := <-first; err != nil {
		t.Errorf("the first command: %v", err)
	}
	w.idle()
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.threadMessage(card)
}

// What finds no free slot waits in memory, and is done when one becomes free.
func TestIntake_WaitsForASlot(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) {
		w.cfg.ShowSlots, w.cfg.CallTimeout = 1, 200*time.Millisecond
	})
	w.slack.Fail("chat.postMessage", slacksim.Fault{Before: slacksim.Hang}, 1)
	w.command("U0ALICE", general, "web-1 24")
	w.command("U0BOB", general, "web-1 48")
	w.card(general, saying("48 hours"))
	w.card(general, saying("24 hours"))
}

// An answer frees the worker, even if the work of the envelope has not ended:
// Slack may send the next envelope as soon as it has the answer.
func TestIntake_AnswerFreesTheWorker(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.Workers = 1 })
	handled, end := make(chan string, 2), make(chan struct{})
	w.app.intake.handle = func(_ context.Context, e *envelope) after {
		w.app.connections.acks.answer(e, OutcomeDone, nil)
		handled <- e.id
		<-end
		return nil
	}
	s := w.app.connections.sockets[0]
	for _, id := range []string{"E1", "E2"} {
		w.app.intake.take(&envelope{socket: s, id: id, kind: "interactive", at: time.Now(), data: slack.InteractionCallback{}})
		if got := <-handled; got != id {
			t.Errorf("%s was handled, want %s", got, id)
		}
	}
	close(end)
	w.idle()
}

// A panic in a handler costs one envelope, and its payload is not logged.
func TestIntake_PanicCostsOneEnvelope(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) {
		w.cfg.Desk = fragile{Desk: w.desk}
		w.cfg.Workers = 1
	})
	w.unacked("panicked", func(ctx context.Context) error {
		_, err := w.slack.Command(ctx, slacksim.SlashCommand{User: "U0ALICE", Channel: general, Command: "/extend", Text: "web-1 24"})
		return err
	})
	if logs := w.logs.String(); strings.Contains(logs, "secret of the payload") || !strings.Contains(logs, "a handler panicked") {
		t.Errorf("logged %s", logs)
	}
}

// Envelopes are answered while every worker waits for the ledger.
func TestIntake_AnswersWhileWorkersWait(t *testing.T) {
	t.Parallel()
	w, free := stuck(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	for range minDeclines { // more than slack-go's buffer of events holds
		w.command("U0BOB", general, "help")
	}
	free()
	if err := <-first; err != nil {
		t.Errorf("the first command: %v", err)
	}
}

// While the bot stops, an answer that finds no room does not block the reading
// of events.
func TestIntake_FullQueueDoesNotBlockEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // nothing reads the answers
	s := w.app.connections.sockets[0]
	fill(t, s)
	w.app.inflight.Close()
	began := time.Now()
	const answers = 10
	for range answers {
		w.app.intake.take(&envelope{socket: s, id: "E1", kind: "slash_commands", at: began, data: slack.SlashCommand{}})
	}
	if took := time.Since(began); took >= answers*ackTimeout/2 {
		t.Errorf("the loop was held up for %s", took)
	}
	w.app.inflight.End()
	w.app.intake.wait()
	if n := len(w.app.intake.declines); n != 0 {
		t.Errorf("%d answers still count as being sent", n)
	}
}

// stuck returns a world with one worker, which waits for the ledger.
func stuck(t *testing.T) (w *world, free func()) {
	t.Helper()
	w = start(t, func(w *world, _ *slacksim.Config) { w.cfg.Workers = 1 })
	return w, w.ledger.hold(t)
}

// later sends a command and returns a channel for its result.
func (w *world) later(text string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := w.slack.Command(w.t.Context(), slacksim.SlashCommand{User: "U0ALICE", Channel: general, Command: "/extend", Text: text})
		done <- err
	}()
	return done
}

// fragile is a desk that panics.
type fragile struct{ Desk }

func (fragile) Request(context.Context, order.Request) (order.Order, error) {
	panic("a secret of the payload")
}

// fill queues answers until the queue is full.
func fill(t *testing.T, s *socket) {
	t.Helper()
	full, cancel := context.WithCancel(t.Context())
	cancel()
	for failed := 0; failed < 100; { // a full queue never accepts with an ended context
		if err := s.client.AckCtx(full, "filler", nil); err != nil {
			failed++
		} else {
			failed = 0
		}
	}
}

func isLater(err error) bool {
	_, ok := errors.AsType[*order.Later](err)
	return ok
}
