package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// A confirmed order is placed, its card changes, and its thread gets the
// receipt.
func TestClick_ConfirmPlacesTheOrder(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	done := w.card(general, withoutButtons)
	if done.TS != card.TS {
		t.Errorf("the card moved from %s to %s", card.TS, done.TS)
	}
	o, _ := w.ledger.only()
	if o.State != order.Placed || w.host.count() != 1 {
		t.Errorf("the order is %s after %d calls of the host", o.State, w.host.count())
	}
}

// A canceled order loses its buttons, and nothing is ordered.
func TestClick_CancelOrdersNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionCancel)
	w.card(general, withoutButtons)
	if n := w.host.count(); n != 0 {
		t.Errorf("%d calls of the host after a cancel", n)
	}
}

// Twenty clicks at once lead to one call of the host.
func TestClick_TwentyAtOnceAreOneCall(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	results := make(chan error, 20)
	for range 20 {
		go func() {
			_, err := w.slack.ClickRaw(w.ctx(), slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: message.ActionConfirm}, card.Buttons()[0].Value)
			results <- err
		}()
	}
	for range 20 {
		if err := <-results; err != nil {
			t.Errorf("a click: %v", err)
		}
	}
	w.threadMessage(card)
	if n := w.host.count(); n != 1 {
		t.Errorf("%d calls of the host", n)
	}
	w.ephemeral("U0ALICE", "already decided")
}

// A click by anyone but the requester is refused privately.
func TestClick_OfAnotherPersonIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.ephemeral("U0BOB", "Only <@U0ALICE>")
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}

// A click that cannot be committed is not acked.
func TestClick_UncommittedIsNotAcked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	for _, down := range []error{&order.Error{Code: order.CodeUnavailable}, errors.New("anything else")} {
		w.ledger.fail(down)
		w.unacked("answered unacked", func(ctx context.Context) error { return w.clickUntil(ctx, "U0ALICE", card, message.ActionConfirm) })
	}
	w.ledger.fail(nil)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
}

// A click from another workspace is refused.
func TestClick_OfAnotherWorkspaceIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	if _, err := w.slack.Click(w.ctx(), slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: message.ActionConfirm, TeamID: "T0OTHER"}); err != nil {
		t.Fatal(err)
	}
	w.ephemeral("U0ALICE", "only take orders")
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}

// An unknown button is acked and answered.
func TestClick_UnknownButtonIsAnswered(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	if _, err := w.slack.ClickRaw(w.ctx(), slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: "what"}, "x"); err != nil {
		t.Fatal(err)
	}
	w.ephemeral("U0ALICE", "I do not know this order")
}

// If placing takes long, the card shows it.
func TestClick_SlowPlacingIsShown(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *world, _ *slacksim.Config) { w.host.hold = make(chan struct{}) })
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return strings.Contains(m.Flat(), "Being placed") })
	close(w.host.hold)
	w.threadMessage(card)
}

// If the ledger does not have the card that was clicked, the click updates that
// card once its order is decided.
func TestClick_OnUnknownCardUpdatesIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	w.command("U0ALICE", general, "web-1 24")
	first := w.card(general, withButtons)
	id := order.ID(first.Buttons()[0].Value)
	if err := w.app.Reconcile(w.ctx(), id); !isLater(err) {
		t.Fatal(err)
	}
	second := w.card(general, func(m slacksim.Message) bool { return m.TS != first.TS })
	w.mustClick("U0ALICE", second, message.ActionCancel)
	w.card(general, func(m slacksim.Message) bool { return m.TS == second.TS && withoutButtons(m) })
	w.mustClick("U0ALICE", first, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return m.TS == first.TS && withoutButtons(m) })
}
