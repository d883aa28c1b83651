package service_test

import (
	"errors"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
)

// A redelivered command is one order with one card.
func TestCommand_Redelivered(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	d := h.Extend(stage.Alice, "web-1 24")
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := h.Slack.Redeliver(h.Ctx, d, sameEnvelope); err != nil {
			t.Errorf("the second delivery got no answer: %v", err)
		}
	}
	h.WaitMessage(func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	h.Stop()
	if n := len(h.Slack.Messages(stage.Ops)); n != 1 {
		t.Errorf("%d messages in the channel, want one card", n)
	}
	l, err := ledger.Open(t.Context(), ledger.Config{URL: h.Settings.Database.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.List(t.Context(), time.Time{}, 10)
	if err := errors.Join(err, l.Close()); err != nil || len(list) != 1 {
		t.Errorf("%d orders are recorded, want one (error %v)", len(list), err)
	}
}

// A redelivered click, even on another connection or after a restart, is acked
// and changes nothing.
func TestClick_Redelivered(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	d := h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	redeliver := func() {
		t.Helper()
		for _, sameEnvelope := range []bool{true, false} {
			if _, err := h.Slack.Redeliver(h.Ctx, d, sameEnvelope); err != nil {
				t.Errorf("it got no answer: %v", err)
			}
		}
	}
	redeliver()
	h.WaitConnections(2)
	h.Slack.Connections()[d.Conn%2].Kill() // the other one gets the redelivery
	redeliver()
	h.Restart()
	redeliver()
	h.Stop()
	h.WantCharges(1, 1)
	if n := len(h.Slack.Messages(stage.Ops)); n != 2 {
		t.Errorf("%d messages, want the card and its receipt:\n%s", n, h.ChannelText(stage.Ops))
	}
}

// A command that is redelivered after a restart is one order.
func TestCommand_RedeliveredAfterRestart(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	d := h.Extend(stage.Alice, "web-1 24")
	h.WaitMessage(func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	h.Restart()
	for _, sameEnvelope := range []bool{true, false} {
		if _, err := h.Slack.Redeliver(h.Ctx, d, sameEnvelope); err != nil {
			t.Errorf("it got no answer: %v", err)
		}
	}
	list, err := h.Service.Ledger.Recent(h.Ctx, order.Person{Team: h.Slack.TeamID(), User: stage.Alice}, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d orders, error %v", len(list), err)
	}
	h.Stop()
	if n := len(h.Slack.Messages(stage.Ops)); n != 1 {
		t.Errorf("%d messages, want one card", n)
	}
}
