package chaos

import (
	"time"

	"extendbot/order"
)

// span is a time in which a replica was frozen, or PostgreSQL did not answer or
// had cut the connections.
type span struct {
	from, to time.Time
	database bool
}

// within gives how much of the span lies between two times. What was over at
// once counts for an instant.
func (s span) within(from, to time.Time) time.Duration {
	if s.from.After(from) {
		from = s.from
	}
	if s.to.Before(to) {
		to = s.to
	}
	if to.Before(from) {
		return 0
	}
	return max(to.Sub(from), time.Nanosecond)
}

// away adds up what lies of all outages between two times.
func (w *world) away(from, to time.Time) (sum time.Duration) {
	for _, s := range w.outages {
		sum += s.within(from, to)
	}
	return sum
}

// orphaned is how long after its owner's death an order in placing may stay so,
// on top of the time-out of one call.
const orphaned = 30 * time.Second

// checkOrphaned wants that an order does not stay in placing for longer than
// its owner may be taken for alive, while there is a database to write that to.
func (w *world) checkOrphaned(f *findings, l life) {
	for i, e := range l.history {
		if e.From != order.Placing {
			continue
		}
		since := l.history[i-1].At
		most := w.oxhostTimeout + orphaned
		for _, s := range w.outages {
			if s.database {
				most += s.within(since, e.At)
			}
		}
		if took := e.At.Sub(since); took > most {
			f.add(l, "it was in placing for %s before it was %s, want at most %s", took, e.To, most)
		}
	}
}
