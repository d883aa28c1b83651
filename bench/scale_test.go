package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"extendbot/internal/testpg"
)

func TestARatioBeyondWhatSizeMayCostIsMarked(t *testing.T) {
	t.Parallel()
	for ratio, want := range map[float64]string{1: "1.00", timesEmpty: "1.50", 1.7: "1.70 (!)"} {
		if got := marked(ratio); got != want {
			t.Errorf("%v is shown as %q, want %q", ratio, got, want)
		}
	}
}

func TestEachSizeIsHeldAgainstTheAim(t *testing.T) {
	t.Parallel()
	of := func(ack time.Duration) programResults {
		return programResults{rounds: []roundResults{{single: laneResults{commandAck: samples{ack}, clickAck: samples{ack}}}}}
	}
	r := results{sizes: []sizeResults{{
		base: "SQLite", small: of(time.Millisecond), large: of(2 * time.Millisecond),
		looks: []look{{name: "a look", small: samples{2}, large: samples{3}}},
	}}}
	var got []string
	for _, a := range r.sizeAims() {
		got = append(got, a.verdict())
	}
	if strings.Join(got, " ") != "missed missed met" {
		t.Errorf("got %q", got)
	}
}

func TestTheTimeOfAFamilyIsThatOfItsMembers(t *testing.T) {
	t.Parallel()
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Skip(err)
	}
	if parentOf(os.Getpid()) != os.Getppid() {
		t.Errorf("our parent is %d, not %d", parentOf(os.Getpid()), os.Getppid())
	}
	own, _ := cpuTime(os.Getpid())
	if all := familyTime(os.Getpid()); all < own {
		t.Errorf("the family took %s, and we alone %s", all, own)
	}
}

func TestALookGivesTheSameNumberOfOrdersInLedgersOfBothSizes(t *testing.T) {
	t.Parallel()
	// SQLite takes minutes to fill with the race detector.
	postgres := base{fresh: func(context.Context) (string, error) { return testpg.Database(t), nil }}
	var urls []string
	for _, orders := range []int{answerLength, 25_000} {
		url, err := filled(t.Context(), postgres, orders)
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, url)
	}
	const n = 3
	all, err := measureLooks(t.Context(), plan{looks: n}, urls[0], urls[1])
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
