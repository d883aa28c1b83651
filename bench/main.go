// Command bench measures the program as it is built and run, beside a bare
// slack-go program that does the same job without a disk (bench/bare), in the
// same run, with the same load, in rounds that take turns.
//
// It promises that each number comes from the real binary, started as a process
// of its own against a Slack and a 0xhost on this machine, and that a ratio
// compares what was measured within seconds of each other. It does not know how
// fast Slack, 0xhost or the network are: everything is on 127.0.0.1, and both
// simulators and the load itself share the machine's cores with what they
// measure. Compare ratios, not the numbers of two machines.
//
// It also measures what the size of a ledger costs, beside a ledger of the same
// shape that is all but empty, and how many orders go through in a second with one
// process and with several. For that it fills a ledger on each database, and starts
// a PostgreSQL of its own from the server's binaries on this machine.
//
//	go run ./bench              # some ten minutes, and 8 GB in the temporary folder
//	go run ./bench -short       # about a minute, for a first look
//	go run ./bench -orders 0    # without the large ledgers
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// plan is how much is measured.
type plan struct {
	rounds     int // in which the programs take turns
	single     int // orders of one round, one at a time
	burst      int // orders of one round, inFlight at a time
	starts     int // of each program, on a new and on an existing database
	idle       time.Duration
	diskWrites int // of each kind, in each round
	past       int // orders in a large ledger; 0 leaves it out
	pastRounds int // in which a program with it and one without take turns
	looks      int // of each kind, into each ledger
	flow       int // orders that go through in each measurement of how many can
	limit      time.Duration
}

var (
	fullPlan = plan{
		rounds: 6, single: 150, burst: 500, starts: 7, idle: 5 * time.Second, diskWrites: 150,
		past: 1_000_000, pastRounds: 5, looks: 500, flow: 3000, limit: 40 * time.Minute,
	}
	shortPlan = plan{
		rounds: 2, single: 60, burst: 250, starts: 3, idle: 2 * time.Second, diskWrites: 60,
		past: 20_000, pastRounds: 1, looks: 50, flow: 250, limit: 5 * time.Minute,
	}
)

func main() {
	short := flag.Bool("short", false, "measure less, in about a minute")
	orders := flag.Int("orders", -1, "how many orders are in the large ledgers, 0 for none (default 1,000,000, with -short 20,000)")
	dir := flag.String("dir", "", "where the databases are, on the disk that is to be measured (default: the temporary folder)")
	flag.Parse()
	chosen := fullPlan
	if *short {
		chosen = shortPlan
	}
	if *orders >= 0 {
		chosen.past = *orders
	}
	if err := measure(chosen, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errTooLong = errors.New("the measurements took too long")

// measure runs the plan and prints the report. Whatever happens, no process
// and no file is left behind.
func measure(p plan, parent string) (err error) {
	// The load must not stop to collect garbage in the middle of a round.
	debug.SetGCPercent(400)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, p.limit, errTooLong)
	defer cancel()
	dir, err := os.MkdirTemp(parent, "extendbot-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	began := time.Now()
	r := &results{plan: p, loadBefore: loadAverage()}
	if err := run(ctx, p, dir, parent, r); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return err
	}
	r.took, r.loadAfter = time.Since(began), loadAverage()
	return r.print(os.Stdout)
}

// run measures everything that the report is made of.
func run(ctx context.Context, p plan, dir, parent string, r *results) error {
	programs, err := buildAll(ctx, dir)
	if err != nil {
		return err
	}
	if err := measureStarts(ctx, p, dir, programs, r); err != nil {
		return fmt.Errorf("starts: %w", err)
	}
	if err := measureLoad(ctx, p, dir, programs, r); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if err := measureLedger(ctx, p, dir, &r.ledger); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return withBases(ctx, dir, parent, r, func(all []base) error {
		if err := measureSizes(ctx, p, dir, programs.extendbot, all, r); err != nil {
			return fmt.Errorf("large ledgers: %w", err)
		}
		if err := measureFlows(ctx, p, dir, programs, all, r); err != nil {
			return fmt.Errorf("orders per second: %w", err)
		}
		return nil
	})
}
