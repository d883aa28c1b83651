package bot

import (
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// A command that is being answered when the bot stops still gets its answer and
// its card.
func TestStop_LetsRunningWorkFinish(t *testing.T) {
	t.Parallel()
	w, free := stuck(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	w.stop()
	free()
	if err := <-first; err != nil {
		t.Errorf("a command that was being answered: %v", err)
	}
	if err := w.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	w.card(general, withButtons)
}

// Stopping is closed when the stop begins, not when it ends.
func TestStop_IsKnownWhenItBegins(t *testing.T) {
	t.Parallel()
	w, free := stuck(t)
	first := w.later("web-1 24")
	<-w.ledger.entered
	w.stop()
	select {
	case <-w.app.Stopping():
	case err := <-first:
		t.Fatalf("the work ended first: %v", err)
	}
	free()
	if err := <-first; err != nil {
		t.Errorf("a command that was being answered: %v", err)
	}
	if err := w.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

// A stop waits for an order that is being placed, and for its receipt.
func TestStop_WaitsForPlacing(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.host.hold = make(chan struct{}) })
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	<-w.host.began
	w.stop()
	close(w.host.hold)
	if err := w.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if o, _ := w.ledger.only(); o.State != order.Placed || o.ThreadMessageDue() {
		t.Errorf("the order is %s; thread message still due: %v", o.State, o.ThreadMessageDue())
	}
}

// A stop ends in time even if a call to Slack hangs.
func TestStop_EndsInTimeWhateverHangs(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) {
		w.cfg.StopTimeout = time.Second
		w.cfg.CallTimeout = time.Minute // only the end of the claim, after half of this, would end the call
	})
	w.slack.Fail("chat.postMessage", slacksim.Fault{Before: slacksim.Hang}, -1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "chat.postMessage", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.stop()
	if err := w.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}

// A stop does not wait for Slack's Retry-After.
func TestStop_DoesNotWaitForRetryAfter(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.cfg.StopTimeout = time.Minute })
	w.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: 20 * time.Second}, 1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "chat.postMessage", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.stop()
	if err := w.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}
