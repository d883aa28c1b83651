package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"extendbot/internal/testpg"
)

// A ratio above the limit is marked.
func TestWithMark_AboveTheSizeLimit(t *testing.T) {
	t.Parallel()
	for ratio, want := range map[float64]string{1: "1.00", sizeLimit: "1.50", 1.7: "1.70 (!)"} {
		if got := withMark(ratio); got != want {
			t.Errorf("%v is shown as %q, want %q", ratio, got, want)
		}
	}
}

// Each size has its own targets.
func TestSizeTargets_EachSize(t *testing.T) {
	t.Parallel()
	of := func(ack time.Duration) programResults {
		return programResults{rounds: []roundResults{{single: loadResults{commandAck: samples{ack}, clickAck: samples{ack}}}}}
	}
	r := results{sizes: []sizeResults{{
		database: "SQLite", small: of(time.Millisecond), large: of(2 * time.Millisecond),
		queries: []query{{name: "a look", small: samples{2}, large: samples{3}}},
	}}}
	var got []string
	for _, a := range r.sizeTargets() {
		got = append(got, a.verdict())
	}
	if strings.Join(got, " ") != "missed missed met" {
		t.Errorf("got %q", got)
	}
}

// The time of a process tree is the sum of its members.
func TestProcessTreeTime_SumsItsMembers(t *testing.T) {
	t.Parallel()
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Skip(err)
	}
	if parentOf(os.Getpid()) != os.Getppid() {
		t.Errorf("the parent is %d, not %d", parentOf(os.Getpid()), os.Getppid())
	}
	own, _ := cpuTime(os.Getpid())
	if all := processTreeTime(os.Getpid()); all < own {
		t.Errorf("the tree used %s, but this process alone %s", all, own)
	}
}

// Each query returns the same number of orders from a small and from a large ledger.
func TestQueries_SameLengthInBothLedgers(t *testing.T) {
	t.Parallel()
	postgres := database{create: func(context.Context) (string, error) { return testpg.Database(t), nil }}
	var urls []string
	for _, orders := range []int{answerLength, 500} {
		url, err := createFilled(t.Context(), postgres, orders)
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, url)
	}
	const n = 3
	all, err := measureQueries(t.Context(), plan{queries: n}, urls[0], urls[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if len(l.small) != n || len(l.large) != n {
			t.Errorf("%s: %d and %d samples, want %d", l.name, len(l.small), len(l.large), n)
		}
		if l.length[0] != l.length[1] {
			t.Errorf("%s: answers of %d and %d orders", l.name, l.length[0], l.length[1])
		}
	}
}
