package service_test

import (
	"fmt"
	"slices"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
	"extendbot/order"
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
	seen := map[string]bool{}
	for text, answer := range map[string]string{"web-2 3d": "Did you mean", "web-1 1mo": "Only hours", "web-1": "The hours are missing"} {
		h.Extend(stage.Alice, text)
		d := pressEphemeral(h, stage.Alice, answer, "suggestion_1")
		card := h.WaitMessage(func(m slacksim.Message) bool {
			return servicetest.IsOpen(m) && !seen[m.TS] // an older card may still have its buttons
		})
		seen[card.TS] = true
		if o := h.Recorded(card); o.Server.ID != stage.Web || o.Person.User != stage.Alice {
			t.Errorf("%s: recorded %+v", text, o)
		}
		if _, err := h.Slack.Redeliver(h.Ctx, d, false); err != nil {
			t.Error(err)
		}
		h.Confirm(card)
		h.WaitReply(card, "extended")
		h.WaitUntil(func() bool { return len(h.Slack.Ephemerals(stage.Alice)) == 0 }, func() string { return fmt.Sprintf("still there: %+v", h.Slack.Ephemerals(stage.Alice)) })
	}
	h.WantCharges(3, 3)
}

// What fits into a limit is a button; the order is the one that the button names.
func TestSuggestion_WhatFitsTheLimit(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(policyWith() + "limits:\n  - {per: person, hours: 48, within: 7d}\n")
	h.Start()
	h.Extend(stage.Alice, "web-1 72 because <b>")
	pressEphemeral(h, stage.Alice, "the limit of 48 hours", "suggestion_1")
	card := h.WaitMessage(servicetest.IsOpen)
	if o := h.Recorded(card); o.Hours != 48 {
		t.Errorf("recorded %+v", o)
	}
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
}

// In a channel without the bot, a button opens the form with all that is known: only the
// channel is chosen. The private message goes away, and the card is the only other one.
func TestSuggestion_ChooseAnotherChannel(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	typeIn(h, stage.Random, "web-1 5d because of the demo")
	e := h.WaitEphemeral(stage.Alice, "I am not in")
	wantParts(t, e.Flat(), "/invite", "Choose a channel")
	pressEphemeral(h, stage.Alice, "I am not in", "form_open")
	waitForm(h, stage.Alice, "Channel for the card")
	h.WaitLogged("a form was opened") // nobody submits it before that
	choose(h, stage.Alice, "channel", stage.Ops)
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	card := h.WaitMessage(servicetest.IsOpen)
	wantParts(t, card.Flat(), "5 days", "the demo")
	wantSuggestionsGone(h)
	// Once the bot is invited, the suggestion is followed there.
	typeIn(h, stage.Random, "web-1 2d because of a <tag>")
	h.WaitEphemeral(stage.Alice, "I am not in")
	h.Slack.Join(stage.Random, h.Slack.BotUserID())
	pressEphemeral(h, stage.Alice, "I am not in", "suggestion_1")
	waitIn(h, stage.Random, func(m slacksim.Message) bool {
		return servicetest.IsOpen(m) && servicetest.Contains(m, "2 days") && servicetest.Contains(m, "of a &lt;tag&gt;")
	})
	wantSuggestionsGone(h)
}

// wantSuggestionsGone waits until alice sees nothing with a button that only she sees. She
// may see that a card took long.
func wantSuggestionsGone(h *servicetest.Harness) {
	h.T.Helper()
	offered := func(e slacksim.Ephemeral) bool { return len(blockkit.Buttons(e.Blocks)) > 0 }
	h.WaitUntil(func() bool { return !slices.ContainsFunc(h.Slack.Ephemerals(stage.Alice), offered) }, func() string { return fmt.Sprintf("there still is %+v", h.Slack.Ephemerals(stage.Alice)) })
}

// A suggestion that could not be removed is pressed once more: that is answered with the
// card that is there, and asks for nothing else.
func TestSuggestion_PressedTwice(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Slack.Fail("response_url", slacksim.Fault{Status: 404}, 1)
	h.Extend(stage.Alice, "web-1 1mo")
	pressEphemeral(h, stage.Alice, "Only hours", "suggestion_1")
	card := h.WaitMessage(servicetest.IsOpen)
	h.WaitLogged("suggestions could not be removed")
	pressEphemeral(h, stage.Alice, "Only hours", "suggestion_1")
	wantParts(t, h.WaitEphemeral(stage.Alice, "You already asked").Text, "Its card: <")
	h.WaitEphemeral(stage.Alice, "Only hours")
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 1)
	if o := newestOrder(h, stage.Alice); o.ID != h.OrderID(card) {
		t.Errorf("there is another order: %+v", o)
	}
}

// In a direct message to the bot, a suggestion is followed there, and its message goes away.
func TestSuggestion_InDirectMessage(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	wrong := directAnswer(h, stage.Alice, "web-1 1mo")
	if _, err := h.Slack.Click(h.Ctx, slacksim.Click{User: stage.Alice, Channel: wrong.Channel, TS: wrong.TS, ActionID: "suggestion_1"}); err != nil {
		t.Fatal(err)
	}
	waitIn(h, wrong.Channel, servicetest.IsOpen)
	h.WaitUntil(func() bool { m, ok := h.Slack.Message(wrong.Channel, wrong.TS); return !ok || m.Deleted }, func() string { return fmt.Sprintf("still there: %+v", h.Slack.Ephemerals(stage.Alice)) })
}

// Of several orders that can be canceled, each has a button, which cancels only that one.
func TestSuggestion_CancelsTheOneThatIsMeant(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	kept, dropped := h.Request(stage.Alice, "web-1 24"), h.Request(stage.Alice, "web-1 48")
	h.Extend(stage.Alice, "cancel")
	e := h.WaitEphemeral(stage.Alice, "Which one?")
	for _, b := range e.Buttons() {
		if b.Value == "cancel "+string(h.OrderID(dropped)) {
			pressEphemeral(h, stage.Alice, "Which one?", b.ActionID)
		}
	}
	h.WaitEphemeral(stage.Alice, "Canceled: extend `web-1` by 48 hours")
	h.WantState(dropped, order.Cancelled)
	h.WantState(kept, order.Pending)
}
