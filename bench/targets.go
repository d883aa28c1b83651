package main

import (
	"fmt"
	"io"
	"math"
	"time"
)

// target is a number that the program should reach.
type target struct {
	name            string
	limit, measured float64 // NaN if it was not measured
	unit            string
	atLeast         bool // the limit is a minimum, not a maximum
}

func (a target) verdict() string {
	switch {
	case math.IsNaN(a.measured) || math.IsNaN(a.limit):
		return "not measured"
	case a.atLeast && a.measured >= a.limit, !a.atLeast && a.measured <= a.limit:
		return "met"
	default:
		return "missed"
	}
}

func (a target) print(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s %s\t%s %s\t%s\n", a.name, number(a.limit), a.unit, number(a.measured), a.unit, a.verdict())
}

// targets compares the results with the targets.
func (r *results) targets() []target {
	const (
		timesBare = 1.5
		perSecond = 800
		tail      = 150 // ms
		hello     = 75  // ms
		idle      = 35  // MB
	)
	x := &r.extendbot
	sync := milliseconds(r.disk.sync.p50())
	bareClick := milliseconds(r.bare.pooled(single, clickAck).p50())
	p50 := func(s samples) float64 { return known(s.p50()) }
	p99 := func(s samples) float64 { return known(s.p99()) }
	return []target{
		{name: "ack of a command, 1 in flight: at most 1.5 × bare", unit: "×", limit: timesBare, measured: median(r.ratios(single, p50of(commandAck)))},
		{name: "ack of a click, 1 in flight: at most 1.5 × bare and one sync", unit: "ms", limit: timesBare*bareClick + sync, measured: p50(x.pooled(single, clickAck))},
		{name: "commands, 50 in flight: at least 800 acks/s", unit: "/s", limit: perSecond, atLeast: true, measured: median(x.perRound(burst, commandRate))},
		{name: "clicks, 50 in flight: at least 800 acks/s", unit: "/s", limit: perSecond, atLeast: true, measured: median(x.perRound(burst, clickRate))},
		{name: "ack of a command, 50 in flight, p99: under 150 ms", unit: "ms", limit: tail, measured: p99(x.pooled(burst, commandAck))},
		{name: "ack of a click, 50 in flight, p99: under 150 ms", unit: "ms", limit: tail, measured: p99(x.pooled(burst, clickAck))},
		{name: "click to POST, 1 in flight: under two syncs and 1 ms", unit: "ms", limit: 2*sync + 1, measured: p50(x.pooled(single, postSent))},
		{name: "start to hello, existing database: under 75 ms", unit: "ms", limit: hello, measured: p50(x.start)},
		{name: "start to hello, new database: under 75 ms", unit: "ms", limit: hello, measured: p50(x.startNew)},
		{name: "memory, idle: under 35 MB", unit: "MB", limit: idle, measured: megabytes(x.idleMemory)},
	}
}

// p50of returns a function for the median of samples, in milliseconds.
func p50of(pick func(loadResults) samples) func(loadResults) float64 {
	return func(l loadResults) float64 { return milliseconds(pick(l).p50()) }
}

// known returns milliseconds, or NaN for 0, which means no samples.
func known(d time.Duration) float64 {
	if d == 0 {
		return math.NaN()
	}
	return milliseconds(d)
}

// megabytes returns NaN for 0, which means not known.
func megabytes(bytes int64) float64 {
	if bytes == 0 {
		return math.NaN()
	}
	return float64(bytes) / 1e6
}
