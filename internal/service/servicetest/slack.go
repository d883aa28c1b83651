package servicetest

import (
	"context"
	"errors"
	"strings"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// Receipt begins the thread message about an order that went through as it was
// approved.
const Receipt = "✅"

// Extend types /extend in the channel, and fails the test if there is no ack.
func (h *Harness) Extend(user, text string) *slacksim.Delivery {
	h.T.Helper()
	d, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: user, Channel: stage.Ops, Command: "/extend", Text: text})
	if err != nil {
		h.T.Fatalf("/extend %s: %v", text, err)
	}
	h.secrets = append(h.secrets, d.TriggerID, d.ResponseURL)
	return d
}

// Request types /extend and waits for the card.
func (h *Harness) Request(user, text string) slacksim.Message {
	h.T.Helper()
	seen := map[string]bool{}
	for _, m := range h.Slack.Messages(stage.Ops) {
		seen[m.TS] = true
	}
	if d := h.Extend(user, text); len(d.Payload) > 0 {
		h.T.Fatalf("/extend %s was answered %q", text, d.AckText())
	}
	return h.WaitMessage(func(m slacksim.Message) bool { return !seen[m.TS] && len(m.Buttons()) == 2 })
}

// Order returns a card that alice requested and confirmed, after its receipt.
func (h *Harness) Order(text string) slacksim.Message {
	h.T.Helper()
	card := h.Request(stage.Alice, text)
	h.Confirm(card)
	h.WaitReply(card, Receipt)
	return card
}

// Confirm clicks Confirm on one of alice's cards.
func (h *Harness) Confirm(card slacksim.Message) *slacksim.Delivery {
	h.T.Helper()
	return h.Click(stage.Alice, card, "order_confirm")
}

// Click clicks a button of a message, and fails the test if there is no ack.
func (h *Harness) Click(user string, m slacksim.Message, action string) *slacksim.Delivery {
	h.T.Helper()
	d, err := h.Slack.Click(h.Ctx, slacksim.Click{User: user, Channel: stage.Ops, TS: m.TS, ActionID: action})
	if err != nil {
		h.T.Fatalf("click %s: %v", action, err)
	}
	h.secrets = append(h.secrets, d.TriggerID, d.ResponseURL)
	return d
}

// ClickFrom clicks a button of a message as c says: who clicks, and what the
// payload says about where they come from. It fails the test if there is no ack.
func (h *Harness) ClickFrom(c slacksim.Click, m slacksim.Message, action string) {
	h.T.Helper()
	c.Channel, c.TS, c.ActionID = stage.Ops, m.TS, action
	if _, err := h.Slack.Click(h.Ctx, c); err != nil {
		h.T.Fatalf("click %s: %v", action, err)
	}
}

// ClickRaw clicks a button with a value, even if the message no longer has it.
// It fails the test if there is no ack.
func (h *Harness) ClickRaw(user string, m slacksim.Message, action, value string) {
	h.T.Helper()
	c := slacksim.Click{User: user, Channel: stage.Ops, TS: m.TS, ActionID: action}
	if _, err := h.Slack.ClickRaw(h.Ctx, c, value); err != nil {
		h.T.Fatalf("click %s with the value %.20q: %v", action, value, err)
	}
}

// WantNoAck confirms one of alice's cards while that cannot be recorded. It
// expects no ack for as long as Slack waits for one, and returns after the bot
// has given up.
func (h *Harness) WantNoAck(card slacksim.Message) {
	h.T.Helper()
	ctx, cancel := context.WithTimeoutCause(h.Ctx, SlackTimeout, slacksim.ErrOperationTimeout)
	defer cancel()
	b, _ := card.Button("order_confirm")
	c := slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm"}
	if _, err := h.Slack.ClickRaw(ctx, c, b.Value); !errors.Is(err, slacksim.ErrOperationTimeout) {
		h.T.Errorf("the click ended with %v, want no ack", err)
	}
	h.WaitLogged("a decision could not be recorded")
}

// WaitMessage waits for a message in the channel.
func (h *Harness) WaitMessage(match func(slacksim.Message) bool) slacksim.Message {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	m, err := h.Slack.WaitMessage(ctx, stage.Ops, match)
	if err != nil {
		h.T.Fatalf("the message did not arrive: %v; the channel:\n%s", err, h.ChannelText(stage.Ops))
	}
	return m
}

// WaitCard waits until the card can no longer be decided and contains text.
func (h *Harness) WaitCard(card slacksim.Message, text string) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool {
		return m.TS == card.TS && !IsOpen(m) && Contains(m, text)
	})
}

// WaitReply waits for a message in the card's thread that contains text.
func (h *Harness) WaitReply(card slacksim.Message, text string) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool { return IsReply(m, card) && Contains(m, text) })
}

// WaitEphemeral waits for an ephemeral message to a person that contains text.
func (h *Harness) WaitEphemeral(user, text string) slacksim.Ephemeral {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	e, err := h.Slack.WaitEphemeral(ctx, user, func(e slacksim.Ephemeral) bool {
		return strings.Contains(e.Text+"\n"+e.Flat(), text)
	})
	if err != nil {
		h.T.Fatalf("%s got no ephemeral message with %q: %v; got: %+v", user, text, err, h.Slack.Ephemerals(user))
	}
	return e
}

// WaitEphemerals waits until a person got n ephemeral messages.
func (h *Harness) WaitEphemerals(user string, n int) {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	if _, err := h.Slack.WaitEphemeral(ctx, user, func(slacksim.Ephemeral) bool { return len(h.answers(user)) >= n }); err != nil {
		h.T.Fatalf("%s got %d ephemeral messages, want %d: %v", user, len(h.answers(user)), n, err)
	}
}

// WaitConnections waits until the service has n connections to Slack.
func (h *Harness) WaitConnections(n int) {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(h.Ctx, Patience)
	defer cancel()
	if err := h.Slack.WaitConnections(ctx, n); err != nil {
		h.T.Fatalf("%d connections, want %d: %v", len(h.Slack.Connections()), n, err)
	}
}

// Contains reports whether a message contains text, in its blocks or in its
// notification text.
func Contains(m slacksim.Message, text string) bool {
	return strings.Contains(m.Text+"\n"+m.Flat(), text)
}

// IsOpen reports whether a message has the buttons that decide an order.
func IsOpen(m slacksim.Message) bool {
	_, confirms := m.Button("order_confirm")
	_, cancels := m.Button("order_cancel")
	return confirms || cancels
}

// IsReply reports whether a message is in the thread of another one.
func IsReply(m, parent slacksim.Message) bool { return m.ThreadTS == parent.TS && m.TS != parent.TS }

// ChannelText returns the text of all messages of a channel.
func (h *Harness) ChannelText(channel string) string {
	var b strings.Builder
	for _, m := range h.Slack.Messages(channel) {
		b.WriteString("--- " + m.TS + " in " + m.ThreadTS + ": " + m.Text + "\n" + m.Flat() + "\n")
	}
	return b.String()
}

// OrderID returns the id of the order on a card with buttons.
func (h *Harness) OrderID(card slacksim.Message) order.ID {
	h.T.Helper()
	b, ok := card.Button("order_confirm")
	if !ok {
		h.T.Fatal("the card has no Confirm button")
	}
	return order.ID(b.Value)
}

// LoseAnswer returns one of alice's cards that was confirmed, and whose order
// has an unknown outcome: 0xhost reset the connection before or after the
// charge.
func (h *Harness) LoseAnswer(when oxhostsim.Stage) slacksim.Message {
	h.T.Helper()
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: when}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitBaseline(card)
	h.Confirm(card)
	h.WaitReply(card, "may or may not have been spent")
	return card
}

// WaitQuestion waits for the message in the card's thread that asks an admin for
// the order's outcome.
func (h *Harness) WaitQuestion(card slacksim.Message) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_placed")
		return asks && IsReply(m, card)
	})
}
