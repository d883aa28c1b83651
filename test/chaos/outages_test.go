//go:build chaos

package chaos

import (
	"slices"
	"time"
)

// span is a time during which a replica was frozen, PostgreSQL was down or closed
// its connections, or answers of Slack were lost.
type span struct {
	from, to time.Time
	database bool
}

// within returns how much of the span is between two times: at least a
// nanosecond if they overlap.
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

// outageTime adds up how much of all outages is between two times.
func (w *world) outageTime(from, to time.Time) (sum time.Duration) {
	for _, s := range w.outages {
		sum += s.within(from, to)
	}
	return sum
}

// answerLost reports whether an answer of Slack may have been lost between two
// times.
func (w *world) answerLost(from, to time.Time) bool {
	return slices.ContainsFunc(w.lostAnswers, func(s span) bool { return s.within(from, to) > 0 })
}
