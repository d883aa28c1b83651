package servicetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// Lane is one order of a service that has many at once. It has its own channel
// and server, so that no order waits for another one.
type Lane struct {
	h       *Harness
	t       *testing.T
	Channel string // the channel's id
	Server  string // the server's id
	card    slacksim.Message
	id      order.ID
}

// NewLane adds a channel and a server that alice rents. The name has only
// letters, digits and hyphens.
func NewLane(h *Harness, name string) *Lane {
	l := &Lane{h: h, t: h.T, Channel: "C0" + strings.ToUpper(strings.ReplaceAll(name, "-", "")), Server: "srv-" + name}
	h.AddChannel(stage.Channel{ID: l.Channel, Name: name})
	h.AddServer(stage.Server{
		ID: l.Server, Hostname: "vm-" + name, Account: stage.AliceAccount, PlanID: 5, PlanPrice: decimal.RequireFromString("12.99"),
	})
	return l
}

// In returns the lane for a subtest.
func (l *Lane) In(t *testing.T) *Lane {
	next := *l
	next.t = t
	return &next
}

// Order requests 24 hours, waits for the card, and confirms it. Like Request and
// Confirm, it may run in its own goroutine.
func (l *Lane) Order() error {
	if err := l.Request(); err != nil {
		return err
	}
	return l.Confirm()
}

// Request requests 24 hours and waits for the card.
func (l *Lane) Request() error {
	ctx, cancel := context.WithTimeout(l.h.Ctx, Patience)
	defer cancel()
	c := slacksim.SlashCommand{User: stage.Alice, Channel: l.Channel, Command: "/extend", Text: l.Server + " 24"}
	if _, err := l.h.Slack.Command(ctx, c); err != nil {
		return fmt.Errorf("/extend: %w", err)
	}
	card, err := l.h.Slack.WaitMessage(ctx, l.Channel, func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	if err != nil {
		return fmt.Errorf("no card: %w", err)
	}
	button, _ := card.Button("order_confirm")
	l.card, l.id = card, order.ID(button.Value)
	return nil
}

// Confirm confirms the card.
func (l *Lane) Confirm() error {
	ctx, cancel := context.WithTimeout(l.h.Ctx, Patience)
	defer cancel()
	_, err := l.h.Slack.Click(ctx, slacksim.Click{User: stage.Alice, Channel: l.Channel, TS: l.card.TS, ActionID: "order_confirm"})
	if err != nil {
		return fmt.Errorf("the click: %w", err)
	}
	return nil
}

// Press clicks a button that the card had when it appeared.
func (l *Lane) Press(user, action string) {
	l.t.Helper()
	c := slacksim.Click{User: user, Channel: l.Channel, TS: l.card.TS, ActionID: action}
	if _, err := l.h.Slack.ClickRaw(l.h.Ctx, c, string(l.id)); err != nil {
		l.t.Errorf("%s of %s: %v", action, l.id, err)
	}
}

// Click waits for a message with a button, and clicks it.
func (l *Lane) Click(user, action string) {
	l.t.Helper()
	m := l.waitMessage(func(m slacksim.Message) bool { _, has := m.Button(action); return has })
	if _, err := l.h.Slack.Click(l.h.Ctx, slacksim.Click{User: user, Channel: l.Channel, TS: m.TS, ActionID: action}); err != nil {
		l.t.Errorf("%s of %s: %v", action, l.id, err)
	}
}

// WaitAnswer waits for a message with this text that only one person sees.
func (l *Lane) WaitAnswer(user, text string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.h.Ctx, Patience)
	defer cancel()
	_, err := l.h.Slack.WaitEphemeral(ctx, user, func(e slacksim.Ephemeral) bool {
		return e.Channel == l.Channel && strings.Contains(e.Text+"\n"+e.Flat(), text)
	})
	if err != nil {
		l.t.Errorf("%s was not told %q about %s: %v", user, text, l.id, err)
	}
}

// WaitSaid waits until the card, or a message in its thread, contains one of these
// texts.
func (l *Lane) WaitSaid(texts ...string) {
	l.t.Helper()
	l.waitMessage(func(m slacksim.Message) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return Contains(m, text) })
	})
}

// WaitBaseline waits until the order's baseline is recorded.
func (l *Lane) WaitBaseline() {
	l.t.Helper()
	l.h.WaitUntil(func() bool {
		_, err := l.h.Service.Ledger.Baseline(l.h.Ctx, l.id)
		return err == nil
	}, func() string { return "no baseline was recorded for " + string(l.id) })
}

// Card returns the card, as it was when it appeared.
func (l *Lane) Card() slacksim.Message { return l.card }

// ID returns the order's id.
func (l *Lane) ID() order.ID { return l.id }

func (l *Lane) waitMessage(match func(slacksim.Message) bool) slacksim.Message {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.h.Ctx, Patience)
	defer cancel()
	m, err := l.h.Slack.WaitMessage(ctx, l.Channel, match)
	if err != nil {
		l.t.Fatalf("the message did not arrive: %v; the channel:\n%s", err, l.h.ChannelText(l.Channel))
	}
	return m
}

// WaitCard waits until the card has no buttons and contains text.
func (l *Lane) WaitCard(text string) {
	l.t.Helper()
	l.waitMessage(func(m slacksim.Message) bool {
		return m.TS == l.card.TS && len(m.Buttons()) == 0 && Contains(m, text)
	})
}

// WaitReply waits for a message in the card's thread that contains text.
func (l *Lane) WaitReply(text string) {
	l.t.Helper()
	l.waitMessage(func(m slacksim.Message) bool { return IsReply(m, l.card) && Contains(m, text) })
}

// WantState fails the test unless the order has this state.
func (l *Lane) WantState(want order.State) {
	l.t.Helper()
	o, err := l.h.Service.Ledger.Order(l.h.Ctx, l.id)
	if err != nil || o.State != want {
		l.t.Errorf("the order is %s (%s), want %s; error %v", o.State, o.Reason, want, err)
	}
}

// WantCharges fails the test unless this many requests for the server reached
// 0xhost, and it charged for this many.
func (l *Lane) WantCharges(arrivals, charges int) {
	l.t.Helper()
	received, charged := 0, 0
	for _, a := range l.h.Oxhost.Arrivals() {
		var body struct {
			ServerID string `json:"server_id"`
		}
		if json.Unmarshal(a.Body, &body) == nil && body.ServerID == l.Server {
			received++
		}
	}
	for _, c := range l.h.Oxhost.Charges() {
		if c.ServerID == l.Server {
			charged++
		}
	}
	if received != arrivals || charged != charges {
		l.t.Errorf("%s: %d requests and %d charges, want %d and %d", l.Server, received, charged, arrivals, charges)
	}
}

// WantReceipts waits until each lane has its receipt, stops the service, and
// fails the test if a channel has more than the card and one receipt.
func WantReceipts(h *Harness, lanes []*Lane) {
	h.T.Helper()
	for _, l := range lanes {
		l.WaitReply(Receipt)
		l.WaitCard("went through")
		l.WantCharges(1, 1)
	}
	h.Stop()
	for _, l := range lanes {
		if n := len(h.Slack.Messages(l.Channel)); n != 2 {
			h.T.Errorf("%d messages in %s, want the card and one receipt", n, l.Channel)
		}
	}
}
