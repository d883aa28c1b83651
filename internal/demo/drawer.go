package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slackweb"
)

// drawer is the world outside Slack, as the page shows it.
type drawer struct {
	*session

	begun  context.Context //nolint:containedctx // of what controls begin, and close ends
	end    context.CancelFunc
	killer sync.WaitGroup // waits for the next order
}

func newDrawer(s *session) *drawer {
	d := &drawer{session: s}
	d.begun, d.end = context.WithCancel(context.Background())
	return d
}

// close ends what controls have begun.
func (d *drawer) close() {
	d.mu.Lock()
	d.end()
	d.mu.Unlock()
	d.killer.Wait()
}

// The controls of the drawer.
const (
	controlClock     = "clock"
	controlRestart   = "restart"
	controlKill      = "kill"
	controlKillNext  = "kill-next"
	controlOrder     = "order"
	controlElsewhere = "elsewhere"
	controlSlack     = "slack"
	controlCut       = "cut"
)

// afterKill is how long the bot stays dead, so that people see what happens meanwhile.
const afterKill = 3 * time.Second

// Panels returns the clock, the bot, 0xhost, and Slack.
func (d *drawer) Panels() []slackweb.Panel {
	header, charges, balances := chargeTable(d.Stage)
	if len(charges) == 0 {
		header, balances = nil, append([]string{"0xhost charged nothing yet."}, balances...)
	}
	return []slackweb.Panel{
		{Title: "Clock", Lines: []string{d.world.Now().In(localZone()).Format(clockForm)}, Controls: []slackweb.Control{
			{ID: controlClock, Label: "Move the clock", Hint: "The bot starts again, and does what is due.", Choices: moves},
		}},
		{Title: "Bot", Lines: []string{d.botState()}, Controls: []slackweb.Control{
			{ID: controlRestart, Label: "Restart", Hint: "It finishes what it has begun."},
			{ID: controlKill, Label: "Kill", Hint: "kill -9. It starts again after 3 seconds."},
			{ID: controlKillNext, Label: "Kill at the next order", Hint: "kill -9 when 0xhost has charged, before the bot knows."},
		}},
		{Title: "0xhost", Header: header, Table: charges, Lines: balances, Controls: []slackweb.Control{
			{ID: controlOrder, Label: "Do this to the next order", Choices: d.orderChoices()},
			{ID: controlElsewhere, Label: "Buy elsewhere", Hint: "In 0xhost's client area, without the bot.", Choices: d.serverChoices()},
		}},
		{Title: "Slack", Controls: []slackweb.Control{
			{ID: controlSlack, Label: "Do this to the next call", Choices: slackChoices()},
			{ID: controlCut, Label: "Cut the connections", Hint: "The bot connects again."},
		}},
	}
}

// moves are by how much the clock can be moved.
var moves = []slackweb.Choice{{Value: "7h", Label: "7 hours ahead"}, {Value: "1h", Label: "1 hour ahead"}, {Value: "24h", Label: "1 day ahead"}, {Value: "72h", Label: "3 days ahead"}}

func (d *drawer) orderChoices() (all []slackweb.Choice) {
	for _, f := range orderFaults {
		all = append(all, slackweb.Choice{Value: f.name, Label: f.label})
	}
	return all
}

func slackChoices() (all []slackweb.Choice) {
	for _, f := range slackFaults {
		all = append(all, slackweb.Choice{Value: f.name, Label: f.label})
	}
	return all
}

func (d *drawer) serverChoices() (all []slackweb.Choice) {
	for _, r := range d.Cast.Servers {
		all = append(all, slackweb.Choice{Value: r.ID, Label: "1 day of " + r.Name})
	}
	return all
}

// Do does what a control says.
func (d *drawer) Do(_ context.Context, control, choice string) (said string, err error) {
	switch control {
	case controlClock:
		return d.moveClock(choice)
	case controlRestart:
		return "The bot was restarted.", d.restart()
	case controlKill:
		return "The bot was killed, and started again.", d.killFor(d.begun, afterKill)
	case controlKillNext:
		return "The bot will be killed when 0xhost has charged for the next order.", d.killAtNextOrder()
	case controlOrder:
		return d.failNextOrder(choice)
	case controlElsewhere:
		return d.buyElsewhere(choice)
	case controlSlack:
		return d.failSlack(choice)
	case controlCut:
		for _, c := range d.Slack.Connections() {
			c.Kill()
		}
		return "The connections of the bot were cut.", nil
	}
	return "", fmt.Errorf("there is no control %q", control)
}

func (d *drawer) moveClock(choice string) (said string, err error) {
	by, ok := parseMove(choice)
	if !ok {
		return "", fmt.Errorf("the clock cannot be moved by %q", choice)
	}
	if err := d.move(by); err != nil {
		return "", err
	}
	return "It is " + d.world.Now().In(localZone()).Format(clockForm) + " now.", nil
}

func (d *drawer) buyElsewhere(server string) (said string, err error) {
	const day = 24
	if _, ok := d.Oxhost.BuyElsewhere(server, day); !ok {
		return "", errors.New("0xhost refuses that")
	}
	return "Somebody bought a day of " + d.Cast.Hostname(server) + ". The bot sees it when it next reads 0xhost's list of orders.", nil
}

// killAtNextOrder kills the bot when 0xhost has charged for its next order and has not
// answered yet.
func (d *drawer) killAtNextOrder() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begun.Err() != nil { // nothing may begin when close waits
		return errEnding
	}
	ctx, disarm := context.WithCancel(d.begun)
	charged, killed := newSignal(), make(chan struct{})
	d.arm(oxhostsim.Fault{Kind: oxhostsim.Hangup, Stage: oxhostsim.AfterCharge, Until: killed, Waiting: charged.raise}, disarm)
	d.killer.Go(func() {
		defer close(killed)
		defer disarm()
		select {
		case <-charged.c:
		case <-ctx.Done():
			return // the demo ends, or something else happens to the next order
		}
		if err := d.killFor(d.begun, afterKill); err != nil {
			d.crash(err)
		}
	})
	return nil
}
