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

// throughputResults are how many orders per second are completed, from the
// command to the receipt, with inFlight orders at a time.
type throughputResults struct {
	name      string
	orders    int
	perSecond float64

	commandAck, clickAck, total      samples
	programCPU, loadCPU, databaseCPU time.Duration // for all orders
}

var errNotOnce = errors.New("orders and charges differ")

// measureThroughputs measures the bare program, and extendbot on each database
// with each possible number of processes.
func measureThroughputs(ctx context.Context, p plan, dir string, all programs, bases []database, r *results) error {
	bare := database{name: "bare, no database", replicas: 1, cpu: func() time.Duration { return 0 },
		create: func(context.Context) (string, error) { return "", nil }}
	got, err := measureThroughput(ctx, p, dir, all.bare, bare, 1)
	if err != nil {
		return err
	}
	r.throughputs = append(r.throughputs, *got)
	for _, b := range bases {
		for replicas := range b.replicas {
			got, err := measureThroughput(ctx, p, dir, all.extendbot, b, replicas+1)
			if err != nil {
				return fmt.Errorf("%s, %d replicas: %w", b.name, replicas+1, err)
			}
			if b.replicas > 1 {
				got.name = fmt.Sprintf("%s, %d replicas", b.name, replicas+1)
			}
			r.throughputs = append(r.throughputs, *got)
		}
	}
	return nil
}

// replicaSet is several processes of one program in a simulation.
type replicaSet struct {
	*simulation
	processes []*process
}

func measureThroughput(ctx context.Context, p plan, dir string, x program, b database, replicas int) (_ *throughputResults, err error) {
	url, err := b.create(ctx)
	if err != nil {
		return nil, err
	}
	s, err := newSimulation()
	if err != nil {
		return nil, err
	}
	c := &replicaSet{simulation: s}
	defer func() {
		for _, run := range c.processes {
			err = errors.Join(err, run.kill())
		}
		err = errors.Join(err, s.Close())
	}()
	if err := c.start(ctx, dir, x, url, replicas); err != nil {
		return nil, err
	}
	got := &throughputResults{name: b.name, orders: p.throughput}
	if err := c.run(ctx, s.newOrders(p.throughput/10+inFlight), &throughputResults{}); err != nil { // a warm-up
		return nil, err
	}
	program, load, database := c.cpu(), ownTime(), b.cpu()
	began := time.Now()
	if err := c.run(ctx, s.newOrders(p.throughput), got); err != nil {
		return nil, err
	}
	got.perSecond = float64(p.throughput) / time.Since(began).Seconds()
	got.programCPU, got.loadCPU, got.databaseCPU = c.cpu()-program, ownTime()-load, b.cpu()-database
	for _, run := range c.processes {
		if err := run.stop(); err != nil {
			return nil, err
		}
	}
	return got, c.checkSettled(ctx, url)
}

// start starts the processes one after another, each after the previous one is
// connected.
func (c *replicaSet) start(ctx context.Context, dir string, x program, url string, replicas int) error {
	for i := range replicas {
		own, err := folder(dir, "flow")
		if err != nil {
			return err
		}
		run, err := x.start(ctx, own, c.settings(url))
		if err != nil {
			return err
		}
		c.processes = append(c.processes, run)
		if err := c.connected(ctx, run, (i+1)*connections); err != nil {
			return err
		}
	}
	return nil
}

// run takes the orders from command to receipt, inFlight at a time.
func (c *replicaSet) run(ctx context.Context, orders []*trackedOrder, into *throughputResults) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, run := range c.processes {
		go func() { // ends with ctx
			select {
			case <-run.ended:
				cancel(run.died())
			case <-ctx.Done():
			}
		}()
	}
	var mu sync.Mutex
	return concurrently(ctx, orders, inFlight, func(ctx context.Context, o *trackedOrder) error {
		asked, err := c.Slack.Command(ctx, slacksim.SlashCommand{User: o.user, Channel: o.channel, Command: "/extend", Text: o.server + " 24"})
		if err != nil {
			return fmt.Errorf("a command was not answered: %w", err)
		}
		if err := waitFor(ctx, o.card); err != nil {
			return fmt.Errorf("%s after %q: %w", o.server, asked.AckText(), err)
		}
		pressed, err := c.Slack.Click(ctx, slacksim.Click{User: o.user, Channel: o.channel, TS: o.ts, ActionID: "order_confirm"})
		if err != nil {
			return fmt.Errorf("a click was not answered: %w", err)
		}
		if err := waitFor(ctx, o.receipt); err != nil {
			return fmt.Errorf("%s: %w", o.server, err)
		}
		mu.Lock()
		defer mu.Unlock()
		into.commandAck = append(into.commandAck, asked.Took)
		into.clickAck = append(into.clickAck, pressed.Took)
		into.total = append(into.total, o.receiptAt.Sub(asked.SentAt))
		return nil
	})
}

// waitFor waits until a message has arrived.
func waitFor(ctx context.Context, message <-chan struct{}) error {
	ctx, cancel := context.WithTimeoutCause(ctx, messageTimeout, errNoMessage)
	defer cancel()
	select {
	case <-message:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *replicaSet) cpu() time.Duration {
	var sum time.Duration
	for _, run := range c.processes {
		took, _ := cpuTime(run.cmd.Process.Pid) // 0 without /proc
		sum += took
	}
	return sum
}

// ownTime returns the processor time of this process: the load and the simulators.
func ownTime() time.Duration {
	took, _ := cpuTime(os.Getpid()) // 0 without /proc
	return took
}

// checkSettled fails unless each order was charged once and is finished in the
// ledger: a program that loses orders must not have a result.
func (c *replicaSet) checkSettled(ctx context.Context, url string) (err error) {
	if charged, asked := len(c.Oxhost.Arrivals()), len(c.tracker.orders); charged != asked {
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
		err = fmt.Errorf("%d orders are not finished; the first one is %s", len(left), left[0].State)
	}
	return err
}
