package main

import (
	"math"
	"slices"
	"time"
)

// samples are durations of the same kind, in any order.
type samples []time.Duration

// quantile returns the smallest sample that a share q of all samples does not
// exceed, or 0 without samples.
func (s samples) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func (s samples) p50() time.Duration { return s.quantile(.5) }
func (s samples) p99() time.Duration { return s.quantile(.99) }

// median returns the median of values, or NaN if there are none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
