package slackapi

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// maxClockOffset is how much the clock of this machine may differ from Slack's.
// People see deadlines and expiry dates that this machine computed.
const maxClockOffset = 30 * time.Second

// clock compares the clock of this machine with the Date header of Slack's
// answers.
type clock struct {
	offset atomic.Pointer[time.Duration] // how far this machine is ahead; nil: not known
	off    atomic.Bool                   // whether that was too far
	warn   func(offset time.Duration)    // called when the clock becomes off
}

// compare reads the Date header of an answer to a request of that time. The
// header has whole seconds, and was written at some moment of the round trip.
func (c *clock) compare(header http.Header, sent, received time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	took := received.Sub(sent) // monotonic
	if err != nil || took > maxClockOffset/3 {
		return // too inaccurate
	}
	offset := sent.Round(0).Add(took / 2).Sub(date.Add(time.Second / 2))
	c.offset.Store(&offset)
	off := offset.Abs() > maxClockOffset
	if was := c.off.Swap(off); off && !was {
		c.warn(offset)
	}
}

// CheckClock returns an error if the clock of this machine differs from Slack's
// by more than 30 seconds, according to Slack's last answer. Without an answer
// it returns nil.
func (c *Client) CheckClock() error {
	offset := c.transport.clock.offset.Load()
	if offset == nil || offset.Abs() <= maxClockOffset {
		return nil
	}
	return errors.New("the clock of this machine " + describeOffset(*offset) + "; synchronize it with a time server")
}

func describeOffset(offset time.Duration) string {
	way := "ahead of"
	if offset < 0 {
		way = "behind"
	}
	return fmt.Sprintf("is %s %s Slack's", offset.Abs().Round(time.Second), way)
}
