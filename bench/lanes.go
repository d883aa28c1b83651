package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"extendbot/internal/slacksim"
)

// laneResults are what one round showed at one number of orders in flight.
type laneResults struct {
	commandAck, card  samples // from the hand-over of the command
	clickAck, post    samples // from the hand-over of the click
	receipt           samples
	commandCPU        time.Duration // of all commands, until the last card
	clickCPU          time.Duration // of all clicks, until the last receipt
	commandsPerSecond float64       // acks
	clicksPerSecond   float64
	orders            int
}

// breath is the pause between two orders that go one at a time: what a program
// still does after its last message belongs to the order before.
const breath = 3 * time.Millisecond

// messageWithin is how long a card or a receipt may take. One that was left to
// due work comes after a quarter of a minute.
const messageWithin = 45 * time.Second

var errNoMessage = errors.New("a card or receipt did not come")

// commands asks for the orders, with lanes of them in flight, and waits for
// their cards.
func (p *player) commands(ctx context.Context, orders []*order, lanes int, into *laneResults) error {
	var acks sync.Mutex
	before, _ := cpuTime(p.run.cmd.Process.Pid)
	began := time.Now()
	err := inLanes(ctx, orders, lanes, func(ctx context.Context, o *order) error {
		d, err := p.slack.Command(ctx, slacksim.SlashCommand{User: o.user, Channel: o.channel, Command: "/extend", Text: o.server + " 24"})
		if err != nil {
			return fmt.Errorf("%s: a command was not answered: %w", p.name, err)
		}
		if said := d.AckText(); said != "" {
			return fmt.Errorf("%s: a command was answered %q", p.name, said)
		}
		o.asked = d.SentAt
		acks.Lock()
		into.commandAck = append(into.commandAck, d.Took)
		acks.Unlock()
		return p.oneAtATime(ctx, lanes, o.card)
	})
	if err != nil {
		return err
	}
	into.commandsPerSecond = float64(len(orders)) / time.Since(began).Seconds()
	for _, o := range orders {
		if err := p.message(ctx, o.card); err != nil {
			return err
		}
		into.card = append(into.card, o.cardAt.Sub(o.asked))
	}
	after, _ := cpuTime(p.run.cmd.Process.Pid)
	into.commandCPU, into.orders = after-before, len(orders)
	return nil
}

// clicks confirms the orders, with lanes of them in flight, and waits for
// their receipts.
func (p *player) clicks(ctx context.Context, orders []*order, lanes int, into *laneResults) error {
	var acks sync.Mutex
	before, _ := cpuTime(p.run.cmd.Process.Pid)
	began := time.Now()
	err := inLanes(ctx, orders, lanes, func(ctx context.Context, o *order) error {
		d, err := p.slack.Click(ctx, slacksim.Click{User: o.user, Channel: o.channel, TS: o.ts, ActionID: "order_confirm"})
		if err != nil {
			return fmt.Errorf("%s: a click was not answered: %w", p.name, err)
		}
		o.pressed = d.SentAt
		acks.Lock()
		into.clickAck = append(into.clickAck, d.Took)
		acks.Unlock()
		return p.oneAtATime(ctx, lanes, o.receipt)
	})
	if err != nil {
		return err
	}
	into.clicksPerSecond = float64(len(orders)) / time.Since(began).Seconds()
	for _, o := range orders {
		if err := p.message(ctx, o.receipt); err != nil {
			return err
		}
		into.receipt = append(into.receipt, o.receiptAt.Sub(o.pressed))
	}
	after, _ := cpuTime(p.run.cmd.Process.Pid)
	into.clickCPU = after - before
	return nil
}

// posted adds when the POST of each order came.
func (l *laneResults) posted(orders []*order, posts map[string]time.Time) {
	for _, o := range orders {
		if at, ok := posts[o.server]; ok {
			l.post = append(l.post, at.Sub(o.pressed))
		}
	}
}

// inLanes calls do for each order, for at most lanes of them at once.
func inLanes(ctx context.Context, orders []*order, lanes int, do func(context.Context, *order) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next  atomic.Int64
		group sync.WaitGroup
	)
	for range lanes {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(orders) {
					return
				}
				if err := do(ctx, orders[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// oneAtATime waits for an order's message if there is one lane only. With many
// lanes the next envelope follows the ack.
func (p *player) oneAtATime(ctx context.Context, lanes int, came <-chan struct{}) error {
	if lanes > 1 {
		return nil
	}
	if err := p.message(ctx, came); err != nil {
		return err
	}
	return rest(ctx, breath)
}

func (p *player) message(ctx context.Context, came <-chan struct{}) error {
	timer := time.NewTimer(messageWithin)
	defer timer.Stop()
	select {
	case <-came:
		return nil
	case <-p.run.ended:
		return p.run.died()
	case <-timer.C:
		return fmt.Errorf("%s: %w within %s", p.name, errNoMessage, messageWithin)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
