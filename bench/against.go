package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"
)

// How much is measured of two versions of extendbot: enough that a slow second of the
// machine does not decide.
const (
	againstRounds = 11
	againstOrders = 100 // in a round, one at a time and several at once
)

// timesBefore is how much slower than those of the other version acks may be.
const timesBefore = 1.2

// runAgainst returns a function that compares the acks with those of another version of
// extendbot, which takes the place of the bare program.
func runAgainst(path string) measurement {
	return func(ctx context.Context, p plan, dir, _ string, r *results) error {
		all, err := buildAll(ctx, dir)
		if err != nil {
			return err
		}
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
		all.bare = program{name: "before", path: path, args: all.extendbot.args}
		r.against = true
		return measureLoad(ctx, p, dir, all, r)
	}
}

// acked are the acks that are compared.
var acked = []struct {
	name string
	pick func(loadResults) samples
}{{"command to ack", commandAck}, {"click to ack", clickAck}}

// printAgainst writes the report of a comparison with another version.
func (r *results) printAgainst(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d alternating rounds, %d cores, load average %s before and %s after, took %s\n\n",
		r.plan.rounds, runtime.NumCPU(), r.loadBefore, r.loadAfter, r.took.Round(time.Second))
	fmt.Fprintf(w, "\tbefore\tnow\tratio\tratios of the rounds\n")
	for _, part := range loadModes {
		for _, row := range acked {
			r.printTimes(w, part.name+": "+row.name, part.of, row.pick)
		}
		r.printValues(w, part.name+": CPU of 1,000 commands, ms", part.of, commandCPU)
		r.printValues(w, part.name+": CPU of 1,000 clicks, ms", part.of, clickCPU)
	}
	fmt.Fprintf(w, "\ntarget\tlimit\tmeasured\n")
	for _, a := range r.targetsAgainst() {
		a.print(w)
	}
	return w.Flush()
}

// targetsAgainst compares the medians of the rounds.
func (r *results) targetsAgainst() []target {
	var all []target
	for _, part := range loadModes {
		for _, row := range acked {
			all = append(all, target{
				name: fmt.Sprintf("%s, %s: at most %.1f × before", row.name, part.name, timesBefore),
				unit: "×", limit: timesBefore, measured: median(r.ratios(part.of, p50of(row.pick))),
			})
		}
	}
	return all
}
