package stage

import (
	"sync/atomic"
	"time"
)

// Clock is the clock of a whole local world: of Slack, of 0xhost, and of the program. It runs
// like the machine's, ahead of it or behind, and can be moved forward. Its zero value shows
// what the machine's does. It is safe for concurrent use.
type Clock struct{ ahead atomic.Int64 }

// NewClock returns a clock that is ahead of the machine's by this much, or behind if it is
// negative.
func NewClock(ahead time.Duration) *Clock {
	c := &Clock{}
	c.ahead.Store(int64(ahead))
	return c
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Ahead()) }

// Ahead returns by how much the clock is ahead of the machine's.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Move moves the clock forward. It does not move it back.
func (c *Clock) Move(by time.Duration) { c.ahead.Add(int64(max(by, 0))) }
