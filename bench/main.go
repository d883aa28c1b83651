// Command bench measures the program and compares it with a minimal slack-go
// program that does the same without a disk (bench/bare). Both are measured in
// one run, under the same load, in alternating rounds.
//
// Each number comes from the real binary, which runs as a process against a
// simulated Slack and 0xhost on this machine. A ratio compares numbers that were
// measured within seconds of each other. The speed of the real Slack, 0xhost and
// network is not part of it: everything is on 127.0.0.1, and the simulators and
// the load share the cores with the programs. Compare ratios, not the numbers of
// two machines.
//
// It also measures how much slower a large ledger is than a nearly empty one,
// and how many orders per second one process and several processes can complete.
// For that it fills a ledger on each database, with a throwaway PostgreSQL from
// the installed binaries.
//
//	go run ./bench              # about ten minutes, and 8 GB in the temporary folder
//	go run ./bench -short       # about a minute
//	go run ./bench -orders 0    # without the large ledgers
//
// With the binary of another version, it compares only the acks of the two:
//
//	go run ./bench -against ../old/extendbot
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
	rounds     int // each program takes part in every round
	single     int // orders in a round, one at a time
	burst      int // orders in a round, inFlight at a time
	starts     int // starts of each program, on a new and on an existing database
	idle       time.Duration
	diskWrites int // writes of each kind, in each round
	pastOrders int // orders in a large ledger; 0 skips them
	pastRounds int // rounds with a large ledger and with a small one
	queries    int // queries of each kind, for each ledger
	throughput int // orders in each measurement of orders per second
	limit      time.Duration
}

var (
	fullPlan = plan{
		rounds: 6, single: 150, burst: 500, starts: 7, idle: 5 * time.Second, diskWrites: 150,
		pastOrders: 1_000_000, pastRounds: 5, queries: 500, throughput: 3000, limit: 40 * time.Minute,
	}
	shortPlan = plan{
		rounds: 2, single: 60, burst: 250, starts: 3, idle: 2 * time.Second, diskWrites: 60,
		pastOrders: 20_000, pastRounds: 1, queries: 50, throughput: 250, limit: 5 * time.Minute,
	}
)

func main() {
	short := flag.Bool("short", false, "measure less, in about a minute")
	orders := flag.Int("orders", -1, "orders in the large ledgers, 0 to skip them (default 1,000,000, with -short 20,000)")
	dir := flag.String("dir", "", "folder of the databases, on the disk to measure (default: the temporary folder)")
	against := flag.String("against", "", "binary of another version of extendbot: only compare the acks with it, in a minute or two")
	flag.Parse()
	chosen, what := fullPlan, run
	if *short {
		chosen = shortPlan
	}
	if *against != "" {
		chosen.rounds, chosen.single, chosen.burst, chosen.idle, chosen.diskWrites = againstRounds, againstOrders, againstOrders, 0, 0
		what = runAgainst(*against)
	}
	if *orders >= 0 {
		chosen.pastOrders = *orders
	}
	if err := measure(chosen, *dir, what); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errTooLong = errors.New("the measurements took too long")

// measure measures what the plan says and prints the report. It leaves no process and
// no file behind.
func measure(p plan, parent string, run measurement) (err error) {
	// Avoid garbage collection of the load during a round.
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
	if r.against {
		return r.printAgainst(os.Stdout)
	}
	return r.print(os.Stdout)
}

// measurement measures something in a folder, whose parent is the folder on the disk to
// measure, or "".
type measurement func(ctx context.Context, p plan, dir, parent string, r *results) error

// run measures everything in the report.
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
	return withDatabases(ctx, dir, parent, r, func(all []database) error {
		if err := measureSizes(ctx, p, dir, programs.extendbot, all, r); err != nil {
			return fmt.Errorf("large ledgers: %w", err)
		}
		if err := measureThroughputs(ctx, p, dir, programs, all, r); err != nil {
			return fmt.Errorf("orders per second: %w", err)
		}
		return nil
	})
}
