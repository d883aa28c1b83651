package ledger_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// After the clock was set back by an hour, work that was due in a moment, was to
// be repeated, or was ready to be done does not wait for that hour. Nothing moves
// into the future.
func TestWork_ClockSetBack(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		var back atomic.Int64
		wall := func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
		l := openWith(t, ledger.WithWallClock(ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: true, PollEvery: 10 * time.Millisecond}), wall))
		patient := url
		if !d.shared {
			patient += "?_pragma=busy_timeout(60000)"
		}
		db := d.raw(t, patient)
		done := make(calls, 10)
		work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
		const soon = time.Hour // what is left of a moment when the clock was set back
		for i, state := range []string{"scheduled", "retryable", "available"} {
			o := withOwner(sample(order.ID(fmt.Sprintf("o-%d", i))))
			o.Server.ID = string(o.ID)
			create(t, l, o, order.Due{Work: order.WorkReconcile, At: time.Now().Add(soon)})
			exec(t, db, "UPDATE river_job SET state = '"+state+"' WHERE id = (SELECT MAX(id) FROM river_job)")
		}
		select {
		case id := <-done:
			t.Fatalf("%s was done an hour too early", id)
		case <-time.After(100 * time.Millisecond):
		}
		back.Store(int64(soon))
		seen := map[order.ID]bool{}
		for len(seen) < 3 {
			seen[done.wait(t)] = true
		}
	})
}

// A start after the clock was set back does not wait for what the last process
// had scheduled. Otherwise, a start leaves alone what is due later.
func TestWork_StartAfterClockSetBack(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]string{"nothing": "", "recorded": "created_at", "begun": "attempted_at"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDatabase(t, func(t *testing.T, d database) { startAfterSetBack(t, d, ahead) })
		})
	}
}

// startAfterSetBack starts a ledger whose due work has one time in the future; ""
// for none.
func startAfterSetBack(t *testing.T, d database, ahead string) {
	t.Helper()
	url := d.url(t)
	last := open(t, url, true)
	create(t, last, withOwner(sample("a")), order.Due{Work: order.WorkLookup, At: time.Now().Add(time.Hour)})
	if err := last.Close(); err != nil {
		t.Fatal(err)
	}
	if ahead != "" {
		exec(t, d.raw(t, url), "UPDATE river_job SET "+ahead+" = scheduled_at")
	}
	lookups := make(calls, 10)
	idle := func(context.Context, order.ID) error { return nil }
	workWith(t, open(t, url, true), map[order.Work]ledger.Handler{
		order.WorkReconcile: idle, order.WorkPlace: idle,
		order.WorkLookup: func(_ context.Context, id order.ID) error { lookups <- id; return nil },
	})
	if ahead != "" {
		lookups.wait(t)
		return
	}
	select {
	case <-lookups:
		t.Error("it was done an hour too early")
	case <-time.After(200 * time.Millisecond):
	}
}
