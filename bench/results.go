package main

import (
	"slices"
	"time"
)

// results is everything that was measured.
type results struct {
	plan                  plan
	took                  time.Duration
	loadBefore, loadAfter string

	against bool // bare is another version of extendbot, and only acks are compared

	bare, extendbot programResults
	disk            diskResults
	ledger          ledgerResults

	noPostgres  string // why there is no PostgreSQL; "" if there is one
	sizes       []sizeResults
	throughputs []throughputResults
}

// programResults are the results of one program.
type programResults struct {
	start        samples // on an existing database, if the program has one
	startNew     samples
	idleMemory   int64   // bytes; 0 if unknown, like everything from /proc
	loadedMemory int64   // after all rounds
	idleCPU      float64 // share of one core
	rounds       []roundResults
}

// roundResults are the results of one round.
type roundResults struct{ single, burst loadResults }

func (p *programResults) add(r roundResults) { p.rounds = append(p.rounds, r) }

// loadMode selects one of a round's two parts.
type loadMode func(roundResults) loadResults

func single(r roundResults) loadResults { return r.single }
func burst(r roundResults) loadResults  { return r.burst }

// loadModes are both parts, with their names.
var loadModes = []struct {
	name string
	of   loadMode
}{{"1 in flight", single}, {"50 in flight", burst}}

// pooled returns the samples of all rounds.
func (p *programResults) pooled(of loadMode, pick func(loadResults) samples) samples {
	var all samples
	for _, r := range p.rounds {
		all = append(all, pick(of(r))...)
	}
	return all
}

// perRound returns one value per round.
func (p *programResults) perRound(of loadMode, value func(loadResults) float64) []float64 {
	values := make([]float64, len(p.rounds))
	for i, r := range p.rounds {
		values[i] = value(of(r))
	}
	return values
}

// ratios compares the programs round by round, so that a temporary disturbance
// of the machine affects both sides of a ratio.
func (r *results) ratios(of loadMode, value func(loadResults) float64) []float64 {
	return ratios(&r.extendbot, &r.bare, of, value)
}

func ratios(mine, beside *programResults, of loadMode, value func(loadResults) float64) []float64 {
	above, below := mine.perRound(of, value), beside.perRound(of, value)
	var all []float64
	for i := range min(len(above), len(below)) {
		if below[i] > 0 {
			all = append(all, above[i]/below[i])
		}
	}
	slices.Sort(all)
	return all
}

// The samples and values in the report.

func commandAck(l loadResults) samples { return l.commandAck }
func clickAck(l loadResults) samples   { return l.clickAck }
func cardPosted(l loadResults) samples { return l.card }
func postSent(l loadResults) samples   { return l.post }
func receipt(l loadResults) samples    { return l.receipt }

func commandRate(l loadResults) float64 { return l.commandsPerSecond }
func clickRate(l loadResults) float64   { return l.clicksPerSecond }

// commandCPU and clickCPU return processor time in milliseconds per 1,000
// orders.
func commandCPU(l loadResults) float64 { return perThousand(l.commandCPU, l.orders) }
func clickCPU(l loadResults) float64   { return perThousand(l.clickCPU, l.orders) }

func perThousand(d time.Duration, n int) float64 {
	if n == 0 {
		return 0
	}
	return milliseconds(d) * 1000 / float64(n)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
