package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// lane is one order of a service that has many at once. It has a channel and a
// server of its own, so that no order waits for another one.
type lane struct {
	h       *servicetest.Harness
	t       *testing.T
	channel string
	server  string
	card    slacksim.Message
	id      order.ID
}

// newLane adds a channel and a server of alice's. The name is made of letters,
// digits and hyphens.
func newLane(h *servicetest.Harness, name string) *lane {
	l := &lane{h: h, t: h.T, channel: "C0" + strings.ToUpper(strings.ReplaceAll(name, "-", "")), server: "srv-" + name}
	h.AddChannel(stage.Channel{ID: l.channel, Name: name})
	h.AddServer(stage.Server{
		ID: l.server, Hostname: "vm-" + name, Account: stage.AliceAccount, PlanID: 5, PlanPrice: decimal.RequireFromString("12.99"),
	})
	return l
}

// in returns the lane for a subtest.
func (l *lane) in(t *testing.T) *lane {
	next := *l
	next.t = t
	return &next
}

// order requests 24 hours, waits for the card, and confirms it. Like request and
// confirm it may run in a goroutine of its own.
func (l *lane) order() error {
	if err := l.request(); err != nil {
		return err
	}
	return l.confirm()
}

// request requests 24 hours and waits for the card.
func (l *lane) request() error {
	ctx, cancel := context.WithTimeout(l.h.Ctx, servicetest.Patience)
	defer cancel()
	c := slacksim.SlashCommand{User: stage.Alice, Channel: l.channel, Command: "/extend", Text: l.server + " 24"}
	if _, err := l.h.Slack.Command(ctx, c); err != nil {
		return fmt.Errorf("/extend: %w", err)
	}
	card, err := l.h.Slack.WaitMessage(ctx, l.channel, func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	if err != nil {
		return fmt.Errorf("no card: %w", err)
	}
	button, _ := card.Button("order_confirm")
	l.card, l.id = card, order.ID(button.Value)
	return nil
}

// confirm confirms the card.
func (l *lane) confirm() error {
	ctx, cancel := context.WithTimeout(l.h.Ctx, servicetest.Patience)
	defer cancel()
	_, err := l.h.Slack.Click(ctx, slacksim.Click{User: stage.Alice, Channel: l.channel, TS: l.card.TS, ActionID: "order_confirm"})
	if err != nil {
		return fmt.Errorf("the click: %w", err)
	}
	return nil
}

func (l *lane) waitMessage(match func(slacksim.Message) bool) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.h.Ctx, servicetest.Patience)
	defer cancel()
	if _, err := l.h.Slack.WaitMessage(ctx, l.channel, match); err != nil {
		l.t.Fatalf("the message did not come: %v; the channel:\n%s", err, l.h.ChannelText(l.channel))
	}
}

// waitCard waits until the card has no buttons and contains text.
func (l *lane) waitCard(text string) {
	l.t.Helper()
	l.waitMessage(func(m slacksim.Message) bool {
		return m.TS == l.card.TS && len(m.Buttons()) == 0 && servicetest.Contains(m, text)
	})
}

// waitReply waits for a message in the card's thread that contains text.
func (l *lane) waitReply(text string) {
	l.t.Helper()
	l.waitMessage(func(m slacksim.Message) bool { return servicetest.IsReply(m, l.card) && servicetest.Contains(m, text) })
}

// wantState fails the test if the order is in another state.
func (l *lane) wantState(want order.State) {
	l.t.Helper()
	o, err := l.h.Service.Ledger.Order(l.h.Ctx, l.id)
	if err != nil || o.State != want {
		l.t.Errorf("the order is %s (%s), want %s; error %v", o.State, o.Reason, want, err)
	}
}

// wantCharges fails the test unless so many requests for the server reached
// 0xhost, and it charged for so many.
func (l *lane) wantCharges(arrivals, charges int) {
	l.t.Helper()
	received, charged := 0, 0
	for _, a := range l.h.Oxhost.Arrivals() {
		var body struct {
			ServerID string `json:"server_id"`
		}
		if json.Unmarshal(a.Body, &body) == nil && body.ServerID == l.server {
			received++
		}
	}
	for _, c := range l.h.Oxhost.Charges() {
		if c.ServerID == l.server {
			charged++
		}
	}
	if received != arrivals || charged != charges {
		l.t.Errorf("%d requests and %d charges, want %d and %d", received, charged, arrivals, charges)
	}
}

// wantOneReceipt fails the test if the channel has more than the card and one
// receipt.
func (l *lane) wantOneReceipt() {
	l.t.Helper()
	if n := len(l.h.Slack.Messages(l.channel)); n != 2 {
		l.t.Errorf("%d messages in %s, want the card and one receipt", n, l.channel)
	}
}
