package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"text/tabwriter"
	"time"
)

// print writes the report.
func (r *results) print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d alternating rounds, %d cores, load average %s before and %s after, took %s\n",
		r.plan.rounds, runtime.NumCPU(), r.loadBefore, r.loadAfter, r.took.Round(time.Second))
	fmt.Fprintf(w, "each round: %d orders one at a time, %d orders %d at a time\n\n", r.plan.single, r.plan.burst, inFlight)
	r.printPrograms(w)
	r.printDisk(w)
	r.printSizes(w)
	r.printThroughputs(w)
	r.printTargets(w)
	return w.Flush()
}

// printPrograms compares the two programs.
func (r *results) printPrograms(w io.Writer) {
	fmt.Fprintf(w, "\tbare\textendbot\tratio\tratios of the rounds\n")
	for _, part := range loadModes {
		for _, row := range []struct {
			name string
			pick func(loadResults) samples
		}{
			{"command to ack", commandAck}, {"command to card", cardPosted},
			{"click to ack", clickAck}, {"click to POST", postSent}, {"click to receipt", receipt},
		} {
			r.printTimes(w, part.name+": "+row.name, part.of, row.pick)
		}
	}
	r.printValues(w, "50 in flight: commands acked, 1/s", burst, commandRate)
	r.printValues(w, "50 in flight: clicks acked, 1/s", burst, clickRate)
	r.printValues(w, "1 in flight: CPU of 1,000 commands, ms", single, commandCPU)
	r.printValues(w, "50 in flight: CPU of 1,000 commands, ms", burst, commandCPU)
	r.printValues(w, "1 in flight: CPU of 1,000 clicks, ms", single, clickCPU)
	r.printValues(w, "50 in flight: CPU of 1,000 clicks, ms", burst, clickCPU)
	b, x := &r.bare, &r.extendbot
	printRow(w, "start to hello, p50, ms", known(b.start.p50()), known(x.start.p50()))
	printRow(w, "  with a new database", math.NaN(), known(x.startNew.p50()))
	printRow(w, "memory idle, MB", megabytes(b.idleMemory), megabytes(x.idleMemory))
	printRow(w, "memory after the load, MB", megabytes(b.loadedMemory), megabytes(x.loadedMemory))
	printRow(w, "CPU idle, % of a core", 100*b.idleCPU, 100*x.idleCPU)
}

func (r *results) printTimes(w io.Writer, name string, of loadMode, pick func(loadResults) samples) {
	b, x := r.bare.pooled(of, pick), r.extendbot.pooled(of, pick)
	ratios := r.ratios(of, p50of(pick))
	fmt.Fprintf(w, "%s, p50, ms\t%s\t%s\t%s\t%s\n", name, number(known(b.p50())), number(known(x.p50())), number(median(ratios)), span(ratios))
	printRow(w, name+", p99, ms", known(b.p99()), known(x.p99()))
}

func (r *results) printValues(w io.Writer, name string, of loadMode, value func(loadResults) float64) {
	ratios := r.ratios(of, value)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, number(median(r.bare.perRound(of, value))),
		number(median(r.extendbot.perRound(of, value))), number(median(ratios)), span(ratios))
}

func printRow(w io.Writer, name string, bare, extendbot float64) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, number(bare), number(extendbot), number(extendbot/bare))
}

// printDisk shows how long a sync takes, and how much time is saved without it.
func (r *results) printDisk(w io.Writer) {
	fmt.Fprintf(w, "\nthe disk\tp50, ms\tp99, ms\n")
	for _, row := range []struct {
		name string
		s    samples
	}{
		{fmt.Sprintf("write of %d kB and its sync", walWrite>>10), r.disk.sync},
		{"commit of a row, synchronous=FULL", r.disk.full},
		{"commit of a row, synchronous=NORMAL", r.disk.normal},
		{"ledger: a decision, synced", r.ledger.decide},
		{"ledger: a request, not synced", r.ledger.create},
	} {
		fmt.Fprintf(w, "%s\t%s\t%s\n", row.name, number(known(row.s.p50())), number(known(row.s.p99())))
	}
	fmt.Fprintf(w, "saved without the sync, for a commit\t%s\n", number(milliseconds(r.disk.full.p50()-r.disk.normal.p50())))
	fmt.Fprintf(w, "saved without the sync, for a request in the ledger, about\t%s\n", number(milliseconds(r.ledger.decide.p50()-r.ledger.create.p50())))
}

func (r *results) printTargets(w io.Writer) {
	fmt.Fprintf(w, "\ntarget\tlimit\tmeasured\n")
	for _, a := range append(r.targets(), r.sizeTargets()...) {
		a.print(w)
	}
}

// number formats a value with three digits, or "-" if it is not known.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "-"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// span formats the smallest and the largest of sorted values.
func span(sorted []float64) string {
	if len(sorted) == 0 {
		return ""
	}
	return number(sorted[0]) + " to " + number(sorted[len(sorted)-1])
}
