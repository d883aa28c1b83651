package bot

import (
	"context"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

func TestStopLetsRunningWorkAndItsAnswerFinish(t *testing.T) {
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

func TestAStopIsKnownWhenItBeginsAndNotWhenItEnds(t *testing.T) {
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

func TestStopWaitsForAnOrderThatIsBeingPlaced(t *testing.T) {
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
		t.Errorf("the order is %s, its word is due: %v", o.State, o.ThreadMessageDue())
	}
}

func TestStopEndsInTimeWhateverHangs(t *testing.T) {
	w := start(t, func(w *world, _ *slacksim.Config) {
		w.cfg.StopTimeout = time.Second
		w.cfg.CallTimeout = time.Minute // only the lease, after half of it, would end what hangs
	})
	w.slack.Fail("chat.postMessage", slacksim.Fault{Before: slacksim.Hang}, -1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := waitForPost(w); err != nil {
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

// waitForPost waits until the bot posts something: the post is on its way, so
// one more command finds the lock of the order taken.
func waitForPost(w *world) (order.Order, error) {
	for {
		if o, ok := w.ledger.only(); ok && len(w.app.intake.slots) > 0 {
			return o, nil
		}
		if err := sleep(w.ctx(), time.Millisecond); err != nil {
			return order.Order{}, err
		}
	}
}

func TestStopDoesNotWaitForRetryAfter(t *testing.T) {
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

func TestRunEndsWhileItStillTriesToConnect(t *testing.T) {
	w := newWorld(t)
	w.slack.Fail("auth.test", slacksim.Fault{Status: 503}, -1)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := w.app.Run(ctx); err == nil {
		t.Error("Run says that all is well")
	}
}
