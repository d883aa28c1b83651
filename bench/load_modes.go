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

// loadResults are the results of a round for one number of orders in flight.
type loadResults struct {
	commandAck, card  samples // since Slack sent the command
	clickAck, post    samples // since Slack sent the click
	receipt           samples
	commandCPU        time.Duration // of all commands, until the last card
	clickCPU          time.Duration // of all clicks, until the last receipt
	commandsPerSecond float64       // acks
	clicksPerSecond   float64
	orders            int
}

// orderPause is the pause between two orders, one at a time, so that work after
// the last message of an order is not counted for the next one.
const orderPause = 3 * time.Millisecond

// messageTimeout is how long a card or a receipt may take. One that is left to
// due work takes 15 seconds.
const messageTimeout = 45 * time.Second

var errNoMessage = errors.New("a card or receipt did not arrive")

// commands requests the orders, several at once, and waits for their cards.
func (p *subject) commands(ctx context.Context, orders []*trackedOrder, atOnce int, into *loadResults) error {
	var acks sync.Mutex
	before, _ := cpuTime(p.run.cmd.Process.Pid)
	began := time.Now()
	err := concurrently(ctx, orders, atOnce, func(ctx context.Context, o *trackedOrder) error {
		d, err := p.Slack.Command(ctx, slacksim.SlashCommand{User: o.user, Channel: o.channel, Command: "/extend", Text: o.server + " 24"})
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
		return p.oneAtATime(ctx, atOnce, o.card)
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

// clicks confirms the orders, several at once, and waits for their receipts.
func (p *subject) clicks(ctx context.Context, orders []*trackedOrder, atOnce int, into *loadResults) error {
	var acks sync.Mutex
	before, _ := cpuTime(p.run.cmd.Process.Pid)
	began := time.Now()
	err := concurrently(ctx, orders, atOnce, func(ctx context.Context, o *trackedOrder) error {
		d, err := p.Slack.Click(ctx, slacksim.Click{User: o.user, Channel: o.channel, TS: o.ts, ActionID: "order_confirm"})
		if err != nil {
			return fmt.Errorf("%s: a click was not answered: %w", p.name, err)
		}
		o.pressed = d.SentAt
		acks.Lock()
		into.clickAck = append(into.clickAck, d.Took)
		acks.Unlock()
		return p.oneAtATime(ctx, atOnce, o.receipt)
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

// addPosts adds the times from the click of each order to its POST.
func (l *loadResults) addPosts(orders []*trackedOrder, posts map[string]time.Time) {
	for _, o := range orders {
		if at, ok := posts[o.server]; ok {
			l.post = append(l.post, at.Sub(o.pressed))
		}
	}
}

// concurrently calls do for each order, for several of them at once.
func concurrently(ctx context.Context, orders []*trackedOrder, atOnce int, do func(context.Context, *trackedOrder) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next  atomic.Int64
		group sync.WaitGroup
	)
	for range atOnce {
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

// oneAtATime waits for an order's message, unless several orders are in flight.
// Then the next envelope is sent right after the ack.
func (p *subject) oneAtATime(ctx context.Context, atOnce int, came <-chan struct{}) error {
	if atOnce > 1 {
		return nil
	}
	if err := p.message(ctx, came); err != nil {
		return err
	}
	return pause(ctx, orderPause)
}

func (p *subject) message(ctx context.Context, came <-chan struct{}) error {
	timer := time.NewTimer(messageTimeout)
	defer timer.Stop()
	select {
	case <-came:
		return nil
	case <-p.run.ended:
		return p.run.died()
	case <-timer.C:
		return fmt.Errorf("%s: %w within %s", p.name, errNoMessage, messageTimeout)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
