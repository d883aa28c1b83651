package ledger

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// River decides by a clock what is due. If that clock is set back, everything that
// was scheduled before waits until it shows the old time again, possibly for
// hours. So when that happens, all due work becomes due at once: work that runs
// too early finds out when it has to run again.

// clockReading is what a clock showed, at some time between two others of a clock
// that cannot be set.
type clockReading struct {
	shown         time.Time
	before, after time.Duration
}

// clockWatch notices that a clock was set back. The zero value has no reading yet.
type clockWatch struct {
	first time.Time
	// ahead is how far the clock is ahead of the one that cannot be set, since the
	// first reading, or was before it was set back by less than smallCorrection.
	ahead time.Duration
}

// smallCorrection is how far a clock may be set back without consequences: due
// work may be late by that much. Time servers make small corrections.
const smallCorrection = 3 * time.Second

// setBack reports whether the clock was set back since an earlier reading. It
// follows a clock that jumps forward, for example after the machine slept. A
// reading that takes long is not taken for a jump back.
func (w *clockWatch) setBack(r clockReading) bool {
	shown := r.shown.Round(0) // without a monotonic reading
	if w.first.IsZero() {
		w.first = shown
		w.ahead = -r.after
		return false
	}
	since := shown.Sub(w.first)
	if since-r.before < w.ahead-smallCorrection {
		w.ahead = since - r.after
		return true
	}
	w.ahead = max(w.ahead, since-r.after)
	return false
}

// watchedClock is a clock by which due work is scheduled.
type watchedClock struct {
	clockWatch

	read func(ctx context.Context) (time.Time, error)
}

// clockWatcher watches clocks until it is stopped.
type clockWatcher struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// watchClocks starts to look at the clocks every interval, and calls makeDue when
// one of them was set back, until that succeeds. First it calls atStart, until
// that succeeds. stop ends it.
func watchClocks(ctx context.Context, every time.Duration, log logrus.FieldLogger, clocks []*watchedClock, atStart, makeDue func(ctx context.Context) error) *clockWatcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &clockWatcher{cancel: cancel}
	w.done.Go(func() {
		began, started, owed := time.Now(), false, false
		for ctx.Err() == nil {
			for _, c := range clocks {
				before := time.Since(began)
				shown, err := c.read(ctx)
				if err == nil && c.setBack(clockReading{shown, before, time.Since(began)}) {
					log.Warn("the clock was set back; due work is done now")
					owed = true
				}
			}
			if !started {
				started = atStart(ctx) == nil
			}
			if owed {
				owed = makeDue(ctx) != nil
			}
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	})
	return w
}

// stop ends the watching. It may be called on nil.
func (w *clockWatcher) stop() {
	if w != nil {
		w.cancel()
		w.done.Wait()
	}
}

// makeAllDue makes all due work due now. Work that a dead process had begun is
// then repeated after the usual time. It never moves anything into the future, so
// several processes may do it.
func (l *Ledger) makeAllDue(ctx context.Context) error { return l.makeDueIf(ctx, "1 = 1") }

// makeDueIfSetBack does the same if a clock was set back before this process
// started: then some work was recorded or begun in the future.
func (l *Ledger) makeDueIfSetBack(ctx context.Context) error {
	now := l.db.queueNow()
	return l.makeDueIf(ctx, "EXISTS (SELECT 1 FROM river_job WHERE created_at > "+now+" OR attempted_at > "+now+")")
}

// makeDueIf makes all due work due now if a condition holds. The condition is SQL.
func (l *Ledger) makeDueIf(ctx context.Context, condition string) error {
	now := l.db.queueNow()
	return l.db.wrap(l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, "UPDATE river_job SET state = 'available', scheduled_at = "+now+
			" WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > "+now+" AND "+condition)
		if err != nil {
			return nil, err
		}
		_, err = tx.exec(ctx, "UPDATE river_job SET attempted_at = "+now+" WHERE state = 'running' AND attempted_at > "+now)
		return nil, err
	}))
}
