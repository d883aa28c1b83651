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

func TestACommandIsAckedInSilenceAndBecomesACard(t *testing.T) {
	w := start(t)
	d := w.command("U0ALICE", general, "web-1 24")
	if d.Payload != nil {
		t.Errorf("the ack says %s, want nothing", d.Payload)
	}
	card := w.card(general, withButtons)
	for _, action := range []string{message.ActionConfirm, message.ActionCancel} {
		b, ok := card.Button(action)
		o, _ := w.ledger.only()
		if !ok || b.Value != string(o.ID) {
			t.Errorf("button %s is %+v, want the order's id %s", action, b, o.ID)
		}
	}
}

func TestAYesIsPlacedAndItsThreadGetsTheReceipt(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.word(card)
	done := w.card(general, withoutButtons)
	if done.TS != card.TS {
		t.Errorf("the card moved from %s to %s", card.TS, done.TS)
	}
	o, _ := w.ledger.only()
	if o.State != order.Placed || w.host.count() != 1 {
		t.Errorf("the order is %s after %d calls of the host", o.State, w.host.count())
	}
}

func TestANoTakesTheButtonsAwayAndOrdersNothing(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionCancel)
	w.card(general, withoutButtons)
	if n := w.host.count(); n != 0 {
		t.Errorf("%d calls of the host after a cancel", n)
	}
}

func TestTwentyClicksAtOnceAreOneCallOfTheHost(t *testing.T) {
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
	w.word(card)
	if n := w.host.count(); n != 1 {
		t.Errorf("%d calls of the host", n)
	}
	w.ephemeral("U0ALICE", "already decided")
}

func TestARedeliveredCommandIsAckedAndChangesNothing(t *testing.T) {
	w := start(t)
	d := w.command("U0ALICE", general, "web-1 24")
	w.card(general, withButtons)
	for _, same := range []bool{true, false} {
		again, err := w.slack.Redeliver(t.Context(), d, same)
		if err != nil || again.Payload != nil {
			t.Errorf("redelivery with the same id %v: %v, said %s", same, err, again.Payload)
		}
	}
	if n := len(w.ledger.Orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestMistakesAreAnsweredInTheAckAndPostNothing(t *testing.T) {
	for _, c := range []struct{ user, text, part string }{
		{"U0ALICE", "", "web-1"},
		{"U0ALICE", "help", "web-1"},
		{"U0ALICE", "web-1", "hours"},
		{"U0ALICE", "web-2 24", "Did you mean"},
		{"U0ALICE", "web-1 0", "hour"},
		{"U0EVE", "web-1 24", "U0EVE"},
		{"U0EVE", "help", "U0EVE"},
	} {
		t.Run(c.user+" "+c.text, func(t *testing.T) {
			w := start(t)
			w.command(c.user, general, c.text)
			w.ephemeral(c.user, c.part)
			if got := w.slack.Messages(general); len(got) != 0 || len(w.ledger.Orders()) != 0 {
				t.Errorf("posted %+v, recorded %d", got, len(w.ledger.Orders()))
			}
		})
	}
}

func TestAStrangerIsLoggedAndCounted(t *testing.T) {
	w := start(t)
	w.command("U0EVE", general, "web-1 24")
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	w.counted("denied stranger", 1)
	if !strings.Contains(w.logs.String(), "U0EVE") {
		t.Errorf("logged %s", w.logs)
	}
}

func TestSomebodyElsesClickGetsAnEphemeralNo(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0BOB", card, message.ActionConfirm)
	w.ephemeral("U0BOB", "Only <@U0ALICE>")
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}

func TestAClickThatCannotBeCommittedIsNotAcked(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	for _, down := range []error{&order.Error{Code: order.CodeUnavailable}, errors.New("anything else")} {
		w.ledger.fail(down)
		w.unacked("answered unacked", func(ctx context.Context) error { return w.clickUntil(ctx, "U0ALICE", card, message.ActionConfirm) })
	}
	w.ledger.fail(nil)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.word(card)
}

func TestACommandThatCannotBeRecordedSaysSo(t *testing.T) {
	w := start(t)
	w.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	w.command("U0ALICE", general, "web-1 24")
	w.ephemeral("U0ALICE", "Nothing was ordered")
}

func TestPayloadsOfOtherWorkspacesAndAppsAreRefused(t *testing.T) {
	for _, c := range []slacksim.SlashCommand{{TeamID: "T0OTHER"}, {AppID: "A0OTHER"}} {
		t.Run(c.TeamID+c.AppID, func(t *testing.T) {
			w := start(t)
			c.User, c.Channel, c.Command, c.Text = "U0ALICE", general, "/extend", "web-1 24"
			if _, err := w.slack.Command(w.ctx(), c); err != nil {
				t.Fatal(err)
			}
			w.ephemeral("U0ALICE", "only take orders")
			w.counted("answered foreign", 1)
			if len(w.ledger.Orders()) != 0 {
				t.Errorf("%d orders", len(w.ledger.Orders()))
			}
		})
	}
}

func TestAClickOfAnotherWorkspaceIsRefused(t *testing.T) {
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

func TestAnUnknownButtonIsAckedAndAnsweredPolitely(t *testing.T) {
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	if _, err := w.slack.ClickRaw(w.ctx(), slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: "what"}, "x"); err != nil {
		t.Fatal(err)
	}
	w.ephemeral("U0ALICE", "I do not know this order")
}

func TestAnAppHomeIsDrawnForWhoOpensIt(t *testing.T) {
	w := start(t)
	if _, err := w.slack.OpenHome(w.ctx(), "U0ALICE"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.slack.WaitCall(w.ctx(), "views.publish", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	if home := string(w.slack.Home("U0ALICE")); !strings.Contains(home, "web-1") {
		t.Errorf("the home says %s", home)
	}
}

func TestACardSaysThatItsOrderIsBeingPlaced(t *testing.T) {
	w := start(t, func(w *world, _ *slacksim.Config) { w.host.hold = make(chan struct{}) })
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return strings.Contains(m.Flat(), "Being placed") })
	close(w.host.hold)
	w.word(card)
}
