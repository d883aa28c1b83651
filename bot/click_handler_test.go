package bot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

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

// A click says which extension of the server its card showed: the block of the
// button does, and only without one what the ledger has.
func TestClick_SeenIsWhatTheCardShowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		block  string
		counts bool
	}{{"order", false}, {"gone", false}, {"order:BY", true}, {slacksim.Nothing, true}} {
		t.Run(c.block, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			by := w.placedOrder()
			w.command("U0ALICE", general, "web-1 24")
			card := w.card(general, withButtons)
			id := order.ID(card.Buttons()[0].Value)
			until(t, "recorded", func() bool {
				o, err := w.ledger.Order(t.Context(), id)
				return err == nil && o.CardExtendedBy == by
			})
			block := strings.ReplaceAll(c.block, "BY", string(by))
			click := slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: message.ActionConfirm, BlockID: block}
			if _, err := w.slack.ClickRaw(w.ctx(), click, string(id)); err != nil {
				t.Fatal(err)
			}
			if c.counts {
				w.threadMessage(card)
				return
			}
			until(t, "told", func() bool {
				o, err := w.ledger.Order(t.Context(), id)
				return err == nil && o.ToldExtendedBy == by
			})
			if o, _ := w.ledger.Order(t.Context(), id); o.State != order.Pending || w.host.count() != 0 {
				t.Errorf("the order is %s after %d calls of the host", o.State, w.host.count())
			}
		})
	}
}

// The server of a pending order was extended, and its card in Slack does not show
// that. Clicks that arrive before their person was told count as one, and confirm
// nothing. The next one counts.
func TestClick_BurstBeforeThePersonIsTold(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
	by := w.placedOrder()
	w.ledger.Edit(by, func(o *order.Order) { o.ChangedAt = time.Now() })
	clicked := make(chan struct{})
	w.slack.Fail("response_url", slacksim.Fault{Until: clicked}, 1)
	var clicks sync.WaitGroup
	for range 5 {
		clicks.Go(func() {
			if _, err := w.click("U0ALICE", card, message.ActionConfirm); err != nil {
				t.Error(err)
			}
		})
	}
	clicks.Wait()
	w.counted("denied extended", 5)
	close(clicked)
	until(t, "told", func() bool {
		o, err := w.ledger.Order(t.Context(), order.ID(card.Buttons()[0].Value))
		return err == nil && o.ToldExtendedBy == by
	})
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	if n := len(w.slack.Ephemerals("U0ALICE")); n != 1 || w.host.count() != 1 {
		t.Errorf("told %d times, %d calls of the host", n, w.host.count())
	}
}

// The click that told a person about the extension is delivered again after that,
// with the same envelope id or a new one. It confirms nothing, because nobody pressed
// the button again. The next press counts.
func TestClick_RedeliveredAfterTelling(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
	by := w.placedOrder()
	w.ledger.Edit(by, func(o *order.Order) { o.ChangedAt = time.Now() })
	first, err := w.click("U0ALICE", card, message.ActionConfirm)
	if err != nil {
		t.Fatal(err)
	}
	id := order.ID(card.Buttons()[0].Value)
	until(t, "told", func() bool {
		o, err := w.ledger.Order(t.Context(), id)
		return err == nil && o.ToldExtendedBy == by
	})
	for _, same := range []bool{true, false} {
		if _, err := w.slack.Redeliver(w.ctx(), first, same); err != nil {
			t.Fatal(err)
		}
	}
	if o, _ := w.ledger.Order(t.Context(), id); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	if n := w.host.count(); n != 1 {
		t.Errorf("%d calls of the host", n)
	}
}

// A click by a person of another organization, in a channel of Slack Connect, is
// refused in words, whichever button it is.
func TestClick_OfAnotherOrganizationIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	for _, action := range []string{message.ActionConfirm, message.ActionCancel, message.ActionSettlePlaced, "what"} {
		c := slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: action, UserTeamID: "T0OTHER"}
		if _, err := w.slack.ClickRaw(w.ctx(), c, card.Buttons()[0].Value); err != nil {
			t.Fatal(err)
		}
	}
	w.ephemeral("U0ALICE", "Only people of this workspace")
	w.counted("answered foreign", 4)
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}
