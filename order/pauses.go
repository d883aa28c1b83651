package order

import (
	"strings"
	"time"
)

// The defaults of [Pauses], and the longest pause after an attempt that was
// never sent.
const (
	neverSentPause = 2 * time.Second
	neverSentMax   = 15 * time.Second
	listsPause     = 10 * time.Second
)

// Pauses are the times between the attempts at one order. The zero value of a
// field means its default.
type Pauses struct {
	// Window is how long an order is tried again, counted from its first attempt.
	// Default [PlaceWindow].
	Window time.Duration
	// NeverSent is the pause after the first attempt, if it was never sent. It
	// doubles with each attempt, up to 15 seconds. Default 2 seconds.
	NeverSent time.Duration
	// Lists is the least time between the two lists of the host that must show
	// nothing new before a throttled order is sent again. Each further pause is
	// longer by half of it. Default 10 seconds, and so 10, 15, 20, 25 and 30 seconds
	// between six attempts.
	Lists time.Duration
}

func (p Pauses) withDefaults() Pauses {
	if p.Window == 0 {
		p.Window = PlaceWindow
	}
	if p.NeverSent == 0 {
		p.NeverSent = neverSentPause
	}
	if p.Lists == 0 {
		p.Lists = listsPause
	}
	return p
}

// nextTry returns when an order whose last attempt failed may be tried again, or
// checked before that. It returns false if there must be no further attempt.
func (d *Desk) nextTry(o Order, retryAfter time.Duration) (time.Time, bool) {
	p, grown, needs := d.cfg.Pauses, o.Attempts-1, time.Duration(0)
	pause := min(p.NeverSent<<min(grown, 10), neverSentMax)
	if o.mayBeCharged() {
		if o.Attempts >= maxSends {
			return time.Time{}, false
		}
		pause, needs = p.Lists/2*time.Duration(grown), p.Lists
	}
	pause += time.Duration(d.cfg.Jitter() * float64(pause) / 8)
	now := d.now()
	at := now.Add(max(pause, retryAfter)).Truncate(time.Microsecond)
	return at, !setBack(now, o.FirstTry) && !at.Add(needs).After(d.windowEnd(o))
}

// brief writes a duration for people, without the units that are zero at its end.
func brief(d time.Duration) string {
	s := d.Round(time.Second).String()
	if d >= time.Minute {
		s = strings.TrimSuffix(s, "0s")
	}
	if d >= time.Hour {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
