package service_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// refuse returns one of alice's cards whose order 0xhost refused, and the message
// in its thread.
func refuse(h *servicetest.Harness, text string) (card, refusal slacksim.Message) {
	h.T.Helper()
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 402, Body: `{"success":false,"message":"not enough money"}`}, 1)
	card = h.Request(stage.Alice, text)
	h.Confirm(card)
	refusal = h.WaitReply(card, "not enough money")
	h.WantState(card, order.Refused)
	return card, refusal
}

// waitNewCard waits for a card with buttons after another message.
func waitNewCard(h *servicetest.Harness, after slacksim.Message) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool {
		_, ok := m.Button("order_confirm")
		return ok && m.TS > after.TS && m.ThreadTS == ""
	})
}

// "Again" on a refusal is a new request, with a card in the same channel, by
// whoever presses it.
func TestAgain_AsksOnceMore(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, refusal := refuse(h, "web-1 3 days because the demo is on Monday")
	h.Click(stage.Alice, refusal, "order_again")
	card := waitNewCard(h, refusal)
	o := h.Recorded(card)
	if o.Person.User != stage.Alice || o.Hours != 72 || o.Server.Name != "web-1" || o.Typed != "3 days" || o.Channel != stage.Ops || o.Purpose != "the demo is on Monday" {
		t.Errorf("recorded %+v", o)
	}
	h.Confirm(card)
	h.WaitReply(card, "72")
	h.WantCharges(1, 2)

	h.Click(stage.Carol, refusal, "order_again")
	card = waitNewCard(h, card)
	if o := h.Recorded(card); o.Person.User != stage.Carol || o.Hours != 72 || o.Purpose != "" {
		t.Errorf("carol's order is %+v", o)
	}
	h.WantCharges(1, 2)
}

// Twenty presses at once are one pending request, and a redelivery is none.
func TestAgain_TwentyAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, refusal := refuse(h, "web-1 24")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			d, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: refusal.TS, ActionID: "order_again"})
			if err != nil {
				t.Errorf("a click: %v", err)
				return
			}
			if _, err := h.Slack.Redeliver(h.Ctx, d, false); err != nil {
				t.Errorf("its redelivery: %v", err)
			}
		})
	}
	group.Wait()
	card := waitNewCard(h, refusal)
	pending, err := h.Service.Ledger.PendingOf(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: stage.Alice})
	if err != nil || len(pending) != 1 {
		t.Errorf("%d pending orders, %v", len(pending), err)
	}
	wantParts(t, h.AnswerToClick(stage.Alice, refusal, "order_again"), servicetest.Link(card))
}

// Who may not order is refused in words, and nothing is recorded.
func TestAgain_Refused(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, refusal := refuse(h, "web-1 24")
	wantParts(t, h.AnswerToClick(stage.Mallory, refusal, "order_again"), stage.Mallory)
	h.Settings.MaxHours = 12
	h.Restart()
	wantParts(t, h.AnswerToClick(stage.Alice, refusal, "order_again"), "12 hours")
	if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10); err != nil || len(list) != 1 {
		t.Errorf("%d orders, %v", len(list), err)
	}
	h.WantCharges(0, 1)
}

// An "again" that cannot be recorded is not acked, and a later one works.
func TestAgain_NoAckWithoutCommit(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	_, refusal := refuse(h, "web-1 24")
	h.Exec("ALTER TABLE orders RENAME TO elsewhere")
	ctx, cancel := context.WithTimeoutCause(h.Ctx, servicetest.SlackTimeout, slacksim.ErrOperationTimeout)
	defer cancel()
	_, err := h.Slack.Click(ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: refusal.TS, ActionID: "order_again"})
	if !errors.Is(err, slacksim.ErrOperationTimeout) {
		t.Errorf("the click ended with %v, want no ack", err)
	}
	h.WaitLogged("a decision could not be recorded")
	h.Exec("ALTER TABLE elsewhere RENAME TO orders")
	h.Click(stage.Alice, refusal, "order_again")
	waitNewCard(h, refusal)
}

// A card that expired offers it, too.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestAgain_AfterExpiry(t *testing.T) {
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		servicetest.Pass(h.Settings.ConfirmTTL + time.Minute)
		h.Click(stage.Alice, card, "order_again")
		next := waitNewCard(h, card)
		h.Confirm(next)
		h.WaitReply(next, "24")
		h.WantCharges(1, 1)
	})
}

// Details shows the rest of a receipt to whoever presses it and is on the list, and only to
// them. It does so in the thread in which the receipt is, where they look.
func TestDetails_ToPeopleOnTheList(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Order("web-1 24")
	receipt := h.WaitMessage(func(m slacksim.Message) bool {
		_, ok := m.Button("order_details")
		return ok && servicetest.IsReply(m, card)
	})
	messages := len(h.Slack.Messages(stage.Ops))
	for _, who := range []string{stage.Alice, stage.Bob} {
		wantParts(t, h.AnswerToClick(who, receipt, "order_details"), stage.Web, stage.AliceAccount)
	}
	for _, who := range []string{stage.Alice, stage.Bob} {
		told := h.Slack.Ephemerals(who)
		if in := told[len(told)-1].ThreadTS; in != card.TS {
			t.Errorf("%s is answered in the thread %q, want that of the card, %s", who, in, card.TS)
		}
	}
	stranger := h.AnswerToClick(stage.Mallory, receipt, "order_details")
	wantParts(t, stranger, stage.Mallory)
	wantNone(t, stranger, stage.Web, stage.AliceAccount)
	if n := len(h.Slack.Messages(stage.Ops)); n != messages {
		t.Errorf("%d messages in the channel, want %d", n, messages)
	}
	h.ClickRaw(stage.Alice, receipt, "order_details", "00000000-00000000")
	h.WaitEphemeral(stage.Alice, "do not know this order")
	h.WantNoSecrets()
}
