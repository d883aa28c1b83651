package service

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// setBack is how far the wall clock has to go back until it is logged. Time
// servers correct smaller errors all the time.
const setBack = 5 * time.Second

// clock is the one clock of a service. It never goes back: a deadline that was
// shown to people holds, and what is due in a second is due in a second, even if
// somebody sets the machine's clock back. It follows the wall clock when that
// jumps forward, for example after the machine slept. It is safe for concurrent
// use.
type clock struct {
	wall    func() time.Time     // the machine's clock, which can be set
	elapsed func() time.Duration // since any fixed time; cannot be set
	log     logrus.FieldLogger

	mu        sync.Mutex
	at        time.Time     // the last time that came from the wall clock
	atElapsed time.Duration // elapsed then
	behind    bool          // it was logged that the wall clock went back
}

// newClock returns a clock that begins with the wall clock's time.
func newClock(wall func() time.Time, elapsed func() time.Duration, log logrus.FieldLogger) *clock {
	c := &clock{wall: wall, elapsed: elapsed, log: log, at: wall().Round(0)}
	c.atElapsed = elapsed()
	return c
}

// Now returns the time, without a monotonic reading.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The process can be paused between two readings. So elapsed is read before the
	// wall clock and, if that counts, again after it: a pause never makes this clock
	// run ahead.
	steady := c.at.Add(c.elapsed() - c.atElapsed)
	wall := c.wall().Round(0) // without its monotonic reading
	if !wall.Before(steady) {
		c.at, c.atElapsed, c.behind = wall, c.elapsed(), false
		return wall
	}
	if back := steady.Sub(wall); back > setBack && !c.behind {
		c.behind = true
		c.log.WithField("back", back.Round(time.Second)).
			Warn("the clock of this machine was set back; deadlines follow the time that really passed. Restart the program if the clock was wrong before")
	}
	return steady
}
