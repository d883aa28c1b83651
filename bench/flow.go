package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/ledger"
)

// flowResults say how many orders go the whole way in a second, from the command
// to the receipt, with as many in flight as the stage has channels.
type flowResults struct {
	name      string
	orders    int
	perSecond float64

	commandAck, clickAck, whole  samples
	programCPU, loadCPU, baseCPU time.Duration // for all orders
}

var errNotOnce = errors.New("orders and charges differ")

// measureFlows measures the bare program, and extendbot on each database with each
// number of processes that can share it.
func measureFlows(ctx context.Context, p plan, dir string, all programs, bases []base, r *results) error {
	bare := base{name: "bare, no database", replicas: 1, cpu: func() time.Duration { return 0 },
		fresh: func(context.Context) (string, error) { return "", nil }}
	got, err := measureFlow(ctx, p, dir, all.bare, bare, 1)
	if err != nil {
		return err
	}
	r.flows = append(r.flows, *got)
	for _, b := range bases {
		for replicas := range b.replicas {
			got, err := measureFlow(ctx, p, dir, all.extendbot, b, replicas+1)
			if err != nil {
				return fmt.Errorf("%s, %d replicas: %w", b.name, replicas+1, err)
			}
			if b.replicas > 1 {
				got.name = fmt.Sprintf("%s, %d replicas", b.name, replicas+1)
			}
			r.flows = append(r.flows, *got)
		}
	}
	return nil
}

// crew is some processes of one program on a stage.
type crew struct {
	*stage
	runs []*process
}

func measureFlow(ctx context.Context, p plan, dir string, x program, b base, replicas int) (_ *flowResults, err error) {
	url, err := b.fresh(ctx)
	if err != nil {
		return nil, err
	}
	s, err := newStage()
	if err != nil {
		return nil, err
	}
	c := &crew{stage: s}
	defer func() {
		for _, run := range c.runs {
			err = errors.Join(err, run.kill())
		}
		err = errors.Join(err, s.close())
	}()
	if err := c.start(ctx, dir, x, url, replicas); err != nil {
		return nil, err
	}
	got := &flowResults{name: b.name, orders: p.flow}
	if err := c.flow(ctx, s.newOrders(p.flow/10+inFlight), &flowResults{}); err != nil { // warms up
		return nil, err
	}
	program, load, database := c.cpu(), ownTime(), b.cpu()
	began := time.Now()
	if err := c.flow(ctx, s.newOrders(p.flow), got); err != nil {
		return nil, err
	}
	got.perSecond = float64(p.flow) / time.Since(began).Seconds()
	got.programCPU, got.loadCPU, got.baseCPU = c.cpu()-program, ownTime()-load, b.cpu()-database
	for _, run := range c.runs {
		if err := run.stop(); err != nil {
			return nil, err
		}
	}
	return got, c.settled(ctx, url)
}

// start starts the processes one after the other: each has its hellos before the
// next one comes.
func (c *crew) start(ctx context.Context, dir string, x program, url string, replicas int) error {
	for i := range replicas {
		own, err := folder(dir, "flow")
		if err != nil {
			return err
		}
		run, err := x.start(ctx, own, c.settings(url))
		if err != nil {
			return err
		}
		c.runs = append(c.runs, run)
		if err := c.connected(ctx, run, (i+1)*connections); err != nil {
			return err
		}
	}
	return nil
}

// flow takes the orders the whole way, with inFlight of them on it.
func (c *crew) flow(ctx context.Context, orders []*order, into *flowResults) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, run := range c.runs {
		go func() { // ends with ctx
			select {
			case <-run.ended:
				cancel(run.died())
			case <-ctx.Done():
			}
		}()
	}
	var mu sync.Mutex
	return inLanes(ctx, orders, inFlight, func(ctx context.Context, o *order) error {
		asked, err := c.slack.Command(ctx, slacksim.SlashCommand{User: o.user, Channel: o.channel, Command: "/extend", Text: o.server + " 24"})
		if err != nil {
			return fmt.Errorf("a command was not answered: %w", err)
		}
		if err := came(ctx, o.card); err != nil {
			return fmt.Errorf("%s after %q: %w", o.server, asked.AckText(), err)
		}
		pressed, err := c.slack.Click(ctx, slacksim.Click{User: o.user, Channel: o.channel, TS: o.ts, ActionID: "order_confirm"})
		if err != nil {
			return fmt.Errorf("a click was not answered: %w", err)
		}
		if err := came(ctx, o.receipt); err != nil {
			return fmt.Errorf("%s: %w", o.server, err)
		}
		mu.Lock()
		defer mu.Unlock()
		into.commandAck = append(into.commandAck, asked.Took)
		into.clickAck = append(into.clickAck, pressed.Took)
		into.whole = append(into.whole, o.receiptAt.Sub(asked.SentAt))
		return nil
	})
}

// came waits for a message.
func came(ctx context.Context, message <-chan struct{}) error {
	ctx, cancel := context.WithTimeoutCause(ctx, messageWithin, errNoMessage)
	defer cancel()
	select {
	case <-message:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *crew) cpu() time.Duration {
	var sum time.Duration
	for _, run := range c.runs {
		took, _ := cpuTime(run.cmd.Process.Pid) // 0 without /proc
		sum += took
	}
	return sum
}

// ownTime is the processor time of the load and the simulators: this process.
func ownTime() time.Duration {
	took, _ := cpuTime(os.Getpid()) // 0 without /proc
	return took
}

// settled says nil if each order was charged once and the ledger has nothing left
// to do. A number of a program that loses orders would be worth nothing.
func (c *crew) settled(ctx context.Context, url string) (err error) {
	if charged, asked := len(c.oxhost.Arrivals()), len(c.watch.orders); charged != asked {
		return fmt.Errorf("%w: %d orders, %d charges", errNotOnce, asked, charged)
	}
	if url == "" {
		return nil
	}
	l, err := ledger.Open(ctx, ledger.Config{URL: url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	left, err := l.Unfinished(ctx)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%d orders are not at their end, the first is %s", len(left), left[0].State)
	}
	return err
}
