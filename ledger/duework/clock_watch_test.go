package duework

import (
	"context"
	"errors"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"pgregory.net/rapid"
)

// A jump back is noticed once. A small correction, a jump forward, and a reading
// that took long are not taken for one.
func TestClockWatch_JumpsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var (
			w       clockWatch
			elapsed time.Duration
			shown   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			ahead   time.Duration // how far the clock is from where it began
			most    time.Duration // the largest of these, since the last jump back that was noticed
		)
		duration := func(name string, from, to time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(int64(from), int64(to)).Draw(t, name))
		}
		w.setBack(clockReading{shown, elapsed, elapsed})
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			passed := duration("passed", 0, time.Hour)
			jump := duration("jump", -2*time.Hour, 2*time.Hour)
			elapsed, shown, ahead = elapsed+passed, shown.Add(passed+jump), ahead+jump
			r := clockReading{shown: shown, before: elapsed}
			slow := duration("reading took", 0, time.Second)
			elapsed, shown = elapsed+slow, shown.Add(slow)
			r.after = elapsed
			got := w.setBack(r)
			if ahead >= most-smallCorrection && got {
				t.Fatalf("%s ahead, at most %s: noticed", ahead, most)
			}
			if ahead < most-smallCorrection-time.Second && !got {
				t.Fatalf("%s ahead, at most %s: not noticed", ahead, most)
			}
			if got {
				most = ahead
			}
			most = max(most, ahead)
		}
	})
}

// Of several clocks, one that cannot be read does not hide that another was set
// back, and due work that could not be made due is made due later.
func TestClockWatch_EachClock(t *testing.T) {
	t.Parallel()
	log, _ := logtest.NewNullLogger()
	var back time.Duration
	broken := &Clock{Read: func(context.Context) (time.Time, error) { return time.Time{}, errors.New("no clock") }}
	other := &Clock{Read: func(context.Context) (time.Time, error) {
		defer func() { back = time.Hour }()
		return time.Now().Add(-back), nil
	}}
	tries := make(chan int, 10)
	n := 0
	starts := 0
	atStart := func(context.Context) error {
		if starts++; starts < 2 {
			return errors.New("the database is not there yet")
		}
		return nil
	}
	w := Watch(t.Context(), time.Millisecond, log, []*Clock{broken, other}, atStart, func(context.Context) error {
		if n++; n < 3 {
			return errors.New("the database is locked")
		}
		tries <- n
		return nil
	})
	got := <-tries
	w.Stop()
	if got != 3 || starts != 2 {
		t.Errorf("%d tries, %d at the start", got, starts)
	}
}
