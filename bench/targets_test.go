package main

import (
	"math"
	"testing"
	"time"
)

// A quantile is the smallest sample that the share does not exceed.
func TestQuantile_IsASample(t *testing.T) {
	t.Parallel()
	var s samples
	for i := 100; i > 0; i-- {
		s = append(s, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0: 1, .5: 50, .99: 99, 1: 100} {
		if got := s.quantile(q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
	if got := (samples)(nil).p99(); got != 0 {
		t.Errorf("without samples it is %v", got)
	}
}

// The median of an even number of values is between the two in the middle.
func TestMedian_OfAnEvenNumber(t *testing.T) {
	t.Parallel()
	if got := median([]float64{9, 1, 2, 4}); got != 3 {
		t.Errorf("got %v", got)
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("without values: %v", got)
	}
}

// A target is met only within its limit.
func TestTarget_MetWithinItsLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a    target
		want string
	}{
		{target{limit: 10, measured: 9}, "met"},
		{target{limit: 10, measured: 10}, "met"},
		{target{limit: 10, measured: 11}, "missed"},
		{target{limit: 10, measured: 11, atLeast: true}, "met"},
		{target{limit: 10, measured: 9, atLeast: true}, "missed"},
		{target{limit: 10, measured: math.NaN()}, "not measured"},
	} {
		if got := c.a.verdict(); got != c.want {
			t.Errorf("%+v is %s, want %s", c.a, got, c.want)
		}
	}
}

// Of two versions, the median of the rounds counts, for each kind of ack.
func TestAgainst_TwentyPercent(t *testing.T) {
	t.Parallel()
	round := func(command, click time.Duration) roundResults {
		l := loadResults{commandAck: samples{command}, clickAck: samples{click}}
		return roundResults{single: l, burst: l}
	}
	var r results
	for _, now := range []time.Duration{119, 121, 300} {
		r.bare.add(round(100, 100))
		r.extendbot.add(round(now, now-2))
	}
	for i, a := range r.targetsAgainst() {
		if want := []string{"missed", "met", "missed", "met"}[i]; a.verdict() != want {
			t.Errorf("%s is %s, want %s", a.name, a.verdict(), want)
		}
	}
}
