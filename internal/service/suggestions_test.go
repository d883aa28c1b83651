package service_test

import (
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// pressEphemeral presses a button of the private message with a text, as its person.
func pressEphemeral(h *servicetest.Harness, user, text, action string) *slacksim.Delivery {
	h.T.Helper()
	e := h.WaitEphemeral(user, text)
	d, err := h.Slack.Click(h.Ctx, slacksim.Click{User: user, Channel: e.Channel, TS: e.TS, ActionID: action})
	if err != nil {
		h.T.Fatalf("press %s: %v", action, err)
	}
	return d
}

// A press on a suggestion does what typing it would do: its card is confirmed as any other,
// and the message with the suggestion goes away.
func TestSuggestion_DoesTheThing(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	last := "" // the card before this one may still show its buttons
	for text, answer := range map[string]string{"web-2 3d": "Did you mean", "web-1 1mo": "Only hours", "web-1": "The hours are missing"} {
		h.Extend(stage.Alice, text)
		d := pressEphemeral(h, stage.Alice, answer, "suggestion_1")
		card := h.WaitMessage(func(m slacksim.Message) bool {
			_, pending := m.Button("order_confirm")
			return pending && m.TS > last
		})
		last = card.TS
		if o := h.Recorded(card); o.Server.ID != stage.Web || o.Person.User != stage.Alice {
			t.Errorf("%s: recorded %+v", text, o)
		}
		if _, err := h.Slack.Redeliver(h.Ctx, d, false); err != nil {
			t.Error(err)
		}
		h.Confirm(card)
		h.WaitReply(card, "extended")
		h.WaitUntil(func() bool { return len(h.Slack.Ephemerals(stage.Alice)) == 0 }, func() string { return "the suggestion is still there" })
	}
	h.WantCharges(3, 3)
}
