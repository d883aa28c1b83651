package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// act is one order of a program that plays many at once: it has a channel
// and a server of its own, so that no act waits for another one.
type act struct {
	*play
	t       *testing.T
	channel string
	server  string
	card    slacksim.Message
	id      order.ID
}

// anyServer lets people extend servers by their ids.
func anyServer(s *settings.Settings) { s.Servers = nil }

// newAct puts a channel and a server of alice's on the stage. The name is
// made of letters, digits and hyphens.
func (p *play) newAct(name string) *act {
	s := &act{play: p, t: p.t, channel: "C0" + strings.ToUpper(strings.ReplaceAll(name, "-", "")), server: "srv-" + name}
	p.slack.AddChannel(slacksim.Channel{ID: s.channel, Name: name})
	p.slack.Join(s.channel, stageAlice, p.slack.BotUserID())
	p.oxhost.AddServer(oxhostsim.RentedServer{
		ID: s.server, Name: "vm-" + name, OwnerID: stageAliceAccount, PlanID: 5, PlanPrice: decimal.RequireFromString("12.99"), Status: "active",
	})
	return s
}

// in lets a subtest go on with the act.
func (s *act) in(t *testing.T) *act {
	next := *s
	next.t = t
	return &next
}

// confirm asks for 24 hours, waits for the card, and confirms it. It may run
// in a goroutine of its own.
func (s *act) confirm() error {
	if err := s.ask(); err != nil {
		return err
	}
	return s.agree()
}

// ask asks for 24 hours and waits for the card.
func (s *act) ask() error {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	c := slacksim.SlashCommand{User: stageAlice, Channel: s.channel, Command: "/extend", Text: s.server + " 24"}
	if _, err := s.slack.Command(ctx, c); err != nil {
		return fmt.Errorf("/extend: %w", err)
	}
	card, err := s.slack.WaitMessage(ctx, s.channel, func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	if err != nil {
		return fmt.Errorf("no card: %w", err)
	}
	button, _ := card.Button("order_confirm")
	s.card, s.id = card, order.ID(button.Value)
	return nil
}

// agree confirms the card.
func (s *act) agree() error {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	_, err := s.slack.Click(ctx, slacksim.Click{User: stageAlice, Channel: s.channel, TS: s.card.TS, ActionID: "order_confirm"})
	if err != nil {
		return fmt.Errorf("the click: %w", err)
	}
	return nil
}

func (s *act) message(match func(slacksim.Message) bool) slacksim.Message {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	m, err := s.slack.WaitMessage(ctx, s.channel, match)
	if err != nil {
		var all strings.Builder
		for _, m := range s.slack.Messages(s.channel) {
			all.WriteString("--- " + m.TS + " in " + m.ThreadTS + ": " + m.Text + "\n")
		}
		s.t.Fatalf("the message did not come: %v; the channel:\n%s", err, all.String())
	}
	return m
}

// wantCard waits until the card, without buttons, says something.
func (s *act) wantCard(words string) {
	s.t.Helper()
	s.message(func(m slacksim.Message) bool {
		return m.TS == s.card.TS && len(m.Buttons()) == 0 && strings.Contains(m.Text+"\n"+m.Flat(), words)
	})
}

// wantThread waits until the card's thread says something.
func (s *act) wantThread(words string) {
	s.t.Helper()
	s.message(func(m slacksim.Message) bool {
		return m.ThreadTS == s.card.TS && m.TS != s.card.TS && strings.Contains(m.Text+"\n"+m.Flat(), words)
	})
}

// wantState wants the order in a state.
func (s *act) wantState(want order.State) {
	s.t.Helper()
	o, err := s.v.ledger.Order(s.ctx, s.id)
	if err != nil || o.State != want {
		s.t.Errorf("the order is %s (%s), want %s; error %v", o.State, o.Reason, want, err)
	}
}

// wantBooks wants that so many requests for the server reached 0xhost, and
// that it charged so often for it.
func (s *act) wantBooks(arrivals, charges int) {
	s.t.Helper()
	asked, paid := 0, 0
	for _, a := range s.oxhost.Arrivals() {
		var body struct {
			ServerID string `json:"server_id"`
		}
		if json.Unmarshal(a.Body, &body) == nil && body.ServerID == s.server {
			asked++
		}
	}
	for _, c := range s.oxhost.Charges() {
		if c.ServerID == s.server {
			paid++
		}
	}
	if asked != arrivals || paid != charges {
		s.t.Errorf("%d requests and %d charges, want %d and %d", asked, paid, arrivals, charges)
	}
}
