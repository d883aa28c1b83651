package service_test

import (
	"strings"
	"testing"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/order"
)

// hidden is an edit for [servicetest.StartWithAdmin]: 0xhost's list shows no new order,
// so that people are asked.
func hidden(h *servicetest.Harness) { h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }

// "It did not go through" is refused while 0xhost lists an order that can be it. "It went
// through" needs a reason, which becomes part of the receipt.
func TestSettle_StillListed(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, hidden)
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	question := h.WaitQuestion(card)
	h.Oxhost.SetListing(oxhostsim.Listing{})
	h.Click(stage.Bob, question, "order_settle_not_placed")
	h.WaitEphemeral(stage.Bob, "Recorded.")
	refused := h.WaitReply(card, "That does not settle it")
	if !strings.Contains(refused.Flat(), "0xhost lists ") {
		t.Errorf("the thread says: %s", refused.Flat())
	}
	h.WantState(card, order.Unknown)
	h.SettlePlaced(stage.Bob, question, "seen in the client area")
	h.WaitReply(card, "seen in the client area")
	h.WaitCard(card, "seen in the client area")
	h.WantState(card, order.Placed)
	h.WantCharges(1, 1)
}

// An admin does not settle what they asked for, unless there is no other admin.
func TestSettle_OwnOrder(t *testing.T) {
	t.Parallel()
	for name, admins := range map[string][]string{"with another admin": {stage.Alice, stage.Bob}, "the only admin": {stage.Alice}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.StartWithAdmin(t, servicetest.FastLookups, hidden, func(h *servicetest.Harness) { h.Settings.Admins = admins })
			card := h.LoseAnswer(oxhostsim.BeforeCharge)
			question := h.WaitQuestion(card)
			if len(admins) == 1 {
				h.Click(stage.Alice, question, "order_settle_not_placed")
				h.WaitReply(card, "there is no other admin")
				h.WantState(card, order.NotPlaced)
				return
			}
			for _, action := range []string{"order_settle_placed", "order_settle_not_placed"} {
				if got := h.AnswerToClick(stage.Alice, question, action); !strings.Contains(got, "another admin of this bot has to settle it: ask <@"+stage.Bob+">") {
					t.Errorf("%s is answered: %s", action, got)
				}
			}
			h.WantState(card, order.Unknown)
			if n := len(h.Slack.Views(stage.Alice)); n != 0 {
				t.Errorf("%d modals", n)
			}
		})
	}
}
