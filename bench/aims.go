package main

import (
	"math"
	"time"
)

// aim is something that the program should reach.
type aim struct {
	what            string
	limit, measured float64 // NaN if it was not measured
	unit            string
	atLeast         bool // the limit is the least, not the most
}

func (a aim) verdict() string {
	switch {
	case math.IsNaN(a.measured) || math.IsNaN(a.limit):
		return "not measured"
	case a.atLeast && a.measured >= a.limit, !a.atLeast && a.measured <= a.limit:
		return "met"
	default:
		return "missed"
	}
}

// aims holds the results against what the project wants of them.
func (r *results) aims() []aim {
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
	return []aim{
		{what: "ack of a command, 1 in flight: at most 1.5 × bare", unit: "×", limit: timesBare, measured: median(r.ratios(single, p50of(commandAck)))},
		{what: "ack of a click, 1 in flight: at most 1.5 × bare and one sync", unit: "ms", limit: timesBare*bareClick + sync, measured: p50(x.pooled(single, clickAck))},
		{what: "commands, 50 in flight: at least 800 acks/s", unit: "/s", limit: perSecond, atLeast: true, measured: median(x.perRound(burst, commandRate))},
		{what: "clicks, 50 in flight: at least 800 acks/s", unit: "/s", limit: perSecond, atLeast: true, measured: median(x.perRound(burst, clickRate))},
		{what: "ack of a command, 50 in flight, p99: under 150 ms", unit: "ms", limit: tail, measured: p99(x.pooled(burst, commandAck))},
		{what: "ack of a click, 50 in flight, p99: under 150 ms", unit: "ms", limit: tail, measured: p99(x.pooled(burst, clickAck))},
		{what: "click to POST, 1 in flight: under two syncs and 1 ms", unit: "ms", limit: 2*sync + 1, measured: p50(x.pooled(single, postSent))},
		{what: "start to hello, existing database: under 75 ms", unit: "ms", limit: hello, measured: p50(x.start)},
		{what: "start to hello, new database: under 75 ms", unit: "ms", limit: hello, measured: p50(x.startNew)},
		{what: "memory, idle: under 35 MB", unit: "MB", limit: idle, measured: megabytes(x.idleMemory)},
	}
}

// p50of makes a value of a lane's samples.
func p50of(pick func(laneResults) samples) func(laneResults) float64 {
	return func(l laneResults) float64 { return milliseconds(pick(l).p50()) }
}

// known gives milliseconds, NaN if there were no samples.
func known(d time.Duration) float64 {
	if d == 0 {
		return math.NaN()
	}
	return milliseconds(d)
}

// megabytes gives NaN for what is not known.
func megabytes(bytes int64) float64 {
	if bytes == 0 {
		return math.NaN()
	}
	return float64(bytes) / 1e6
}
