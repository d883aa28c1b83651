package duework

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

// Clock is a clock by which due work is scheduled.
type Clock struct {
	clockWatch

	// Read returns what the clock shows.
	Read func(ctx context.Context) (time.Time, error)
}

// Watcher watches clocks until it is stopped.
type Watcher struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Watch starts to look at the clocks every interval, and calls makeDue when
// one of them was set back, until that succeeds. First it calls atStart, until
// that succeeds. [Watcher.Stop] ends it.
func Watch(ctx context.Context, every time.Duration, log logrus.FieldLogger, clocks []*Clock, atStart, makeDue func(ctx context.Context) error) *Watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &Watcher{cancel: cancel}
	w.done.Go(func() {
		began, started, owed := time.Now(), false, false
		for ctx.Err() == nil {
			for _, c := range clocks {
				before := time.Since(began)
				shown, err := c.Read(ctx)
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

// Stop ends the watching. It may be called on nil.
func (w *Watcher) Stop() {
	if w != nil {
		w.cancel()
		w.done.Wait()
	}
}
