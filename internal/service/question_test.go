package service_test

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// questions counts the messages that ask for an order's outcome: all of them,
// and those with buttons.
func questions(h *servicetest.Harness) (all, open int) {
	for _, m := range h.Slack.Messages(stage.Ops) {
		if _, asks := m.Button("order_settle_placed"); asks {
			open++
		}
		if strings.Contains(m.Text, "Please look at 0xhost") || strings.Contains(m.Text, "asked again below") {
			all++
		}
	}
	return all, open
}

// If the list does not settle an order, an admin is asked, and only an admin can
// settle it. Until then, no order for that server is accepted; after that, the
// next one is placed.
func TestQuestion_OnlyAdminSettles(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	id := string(h.OrderID(card))
	h.WaitMetric("extendbot_orders_unknown", "1")
	question := h.WaitQuestion(card)
	for _, fact := range []string{"<@" + stage.Bob + ">", id, "never sent again"} {
		if !strings.Contains(question.Flat(), fact) {
			t.Errorf("%q is missing in the question:\n%s", fact, question.Flat())
		}
	}
	if got := h.Extend(stage.Alice, "web-1 1").AckText(); !strings.Contains(got, id) {
		t.Errorf("a new request was answered %q, want the id of the unknown order", got)
	}
	for _, user := range []string{stage.Alice, stage.Mallory} {
		h.Click(user, question, "order_settle_placed")
		h.WaitEphemeral(user, "Only an admin")
	}
	h.WantState(card, order.Unknown)
	h.Click(stage.Bob, question, "order_settle_not_placed")
	h.WaitReply(card, "never went through")
	h.WaitReply(card, "<@"+stage.Bob+">")
	h.WaitCard(card, "never went through")
	if _, open := questions(h); open != 0 {
		h.WaitMessage(func(m slacksim.Message) bool { return m.TS == question.TS && len(m.Buttons()) == 0 })
	}
	h.ClickRaw(stage.Bob, question, "order_settle_placed", id)
	h.WaitEphemeral(stage.Bob, "settled already")
	if o := h.Recorded(card); o.State != order.NotPlaced || o.SettledBy != stage.Bob {
		t.Errorf("the order is %s by %q", o.State, o.SettledBy)
	}
	h.WaitMetric("extendbot_orders_unknown", "0")
	h.Order("web-1 24")
	h.WantCharges(1, 2)
}

// An admin can settle an order as placed.
func TestQuestion_SettledAsPlaced(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) { h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) })
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	h.SettlePlaced(stage.Bob, h.WaitQuestion(card), "seen at 0xhost")
	h.WaitReply(card, "seen at 0xhost")
	h.WaitReply(card, "went through")
	h.WaitCard(card, "went through")
	if o := h.Recorded(card); o.State != order.Placed || o.Receipt == nil || o.Receipt.Listed {
		t.Errorf("the order is %s with %+v", o.State, o.Receipt)
	}
	h.WantCharges(1, 1)
}

// A restart does not ask again.
func TestQuestion_NotRepeatedByRestart(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	h.WaitQuestion(card)
	for range 2 {
		h.Restart()
		next := h.Request(stage.Bob, "db-1 1") // by now the due work of the start is done
		h.Click(stage.Bob, next, "order_cancel")
		h.WaitCard(next, "canceled")
	}
	if all, open := questions(h); all != 1 || open != 1 {
		t.Errorf("after two restarts there are %d questions, %d with buttons", all, open)
	}
}

// The question is asked again after the interval, and the first one loses its
// buttons.
func TestQuestion_RepeatedAfterInterval(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, service.WithLookups([]time.Duration{50 * time.Millisecond, time.Second}, 2*time.Second))
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	first := h.WaitQuestion(card)
	h.Restart()
	second := h.WaitMessage(func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_placed")
		return asks && m.TS != first.TS
	})
	h.WaitMessage(func(m slacksim.Message) bool { return m.TS == first.TS && len(m.Buttons()) == 0 })
	if second.ThreadTS != card.TS {
		t.Error("the second question is not in the thread")
	}
}
