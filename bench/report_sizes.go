package main

import (
	"fmt"
	"io"
	"math"
	"time"
)

// sizeLimit is the highest allowed ratio of a large ledger to a small one.
const sizeLimit = 1.5

// printSizes compares large ledgers with small ones.
func (r *results) printSizes(w io.Writer) {
	for i := range r.sizes {
		s := &r.sizes[i]
		size := ""
		if s.bytes > 0 {
			size = fmt.Sprintf(", %.1f GB", float64(s.bytes)/1e9)
		}
		fmt.Fprintf(w, "\n%s: %d orders%s (filled in %s) compared with %d\n", s.database, s.orders, size, s.filled.Round(time.Second), answerLength)
		fmt.Fprintf(w, "\tsmall\tlarge\tratio\tratios of the rounds\n")
		for _, part := range loadModes {
			for _, row := range []struct {
				name string
				pick func(loadResults) samples
			}{{"command to ack", commandAck}, {"click to ack", clickAck}, {"command to card", cardPosted}, {"click to receipt", receipt}} {
				s.printTimes(w, part.name+": "+row.name, part.of, row.pick)
			}
		}
		for _, l := range s.queries {
			printSize(w, l.name+", p50, ms", l.small.p50(), l.large.p50())
			printSize(w, l.name+", p99, ms", l.small.p99(), l.large.p99())
		}
	}
}

func (s *sizeResults) printTimes(w io.Writer, name string, of loadMode, pick func(loadResults) samples) {
	small, large := s.small.pooled(of, pick), s.large.pooled(of, pick)
	rounds := ratios(&s.large, &s.small, of, p50of(pick))
	fmt.Fprintf(w, "%s, p50, ms\t%s\t%s\t%s\t%s\n", name, number(known(small.p50())), number(known(large.p50())), withMark(median(rounds)), span(rounds))
	printSize(w, name+", p99, ms", small.p99(), large.p99())
}

func printSize(w io.Writer, name string, small, large time.Duration) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, number(known(small)), number(known(large)), withMark(known(large)/known(small)))
}

// withMark formats a ratio, and marks it if it is above sizeLimit.
func withMark(ratio float64) string {
	if !math.IsNaN(ratio) && ratio > sizeLimit {
		return number(ratio) + " (!)"
	}
	return number(ratio)
}

// printThroughputs shows how many orders per second are completed.
func (r *results) printThroughputs(w io.Writer) {
	if len(r.throughputs) == 0 {
		return
	}
	fmt.Fprintf(w, "\nfrom command to receipt, %d in flight\torders/s\tcommand to receipt, p50, ms\tp99\tack of a command, p99\tof a click, p99\t"+
		"CPU of an order, ms: program\tdatabase\tload and simulators\n", inFlight)
	for _, f := range r.throughputs {
		each := func(d time.Duration) string { return number(milliseconds(d) / float64(f.orders)) }
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.name, number(f.perSecond), number(known(f.total.p50())), number(known(f.total.p99())),
			number(known(f.commandAck.p99())), number(known(f.clickAck.p99())), each(f.programCPU), each(f.databaseCPU), each(f.loadCPU))
	}
	if r.noPostgres != "" {
		fmt.Fprintf(w, "PostgreSQL was not measured: %s\n", r.noPostgres)
	}
}

// sizeTargets returns the targets for large ledgers.
func (r *results) sizeTargets() (all []target) {
	for i := range r.sizes {
		s := &r.sizes[i]
		add := func(what string, ratio float64) {
			all = append(all, target{name: fmt.Sprintf("%s, %d orders, %s: at most 1.5 × empty", s.database, s.orders, what), unit: "×", limit: sizeLimit, measured: ratio})
		}
		add("ack of a command", median(ratios(&s.large, &s.small, single, p50of(commandAck))))
		add("ack of a click", median(ratios(&s.large, &s.small, single, p50of(clickAck))))
		for _, l := range s.queries {
			add(l.name, known(l.large.p50())/known(l.small.p50()))
		}
	}
	return all
}
