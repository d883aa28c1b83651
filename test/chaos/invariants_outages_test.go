//go:build chaos

package chaos

import (
	"slices"
	"time"

	"extendbot/order"
)

// superseded counts the messages that may be missing in the thread: the replica
// that should have posted that the outcome is unknown died, was frozen or had no
// database, and before another replica could post it, a lookup had settled the
// order. Then the thread has the receipt.
func (w *world) superseded(l observedOrder) (n int) {
	if w.pg == nil {
		return 0
	}
	for i, e := range l.history[:max(0, len(l.history)-1)] {
		if e.To == order.Unknown && w.disturbed(e.At, l.history[i+1].At) && l.history[i+1].At.Sub(e.At) < order.ReconcileGrace+settleTime {
			n++
		}
	}
	return n
}

// disturbed reports whether a replica died, was frozen or had no database
// between two times, or just before.
func (w *world) disturbed(from, to time.Time) bool {
	from = from.Add(-deliveryDelay)
	return w.outageTime(from, to) > 0 || slices.ContainsFunc(w.deathTimes, func(d time.Time) bool { return d.After(from) && d.Before(to) })
}

// startTime is how soon after its start the program makes an order Unknown that
// a dead process was placing. Most of it is for the start of a process on a slow
// machine. It is less than the lease of the dead process, after which a search
// would find the order.
const startTime = 15 * time.Second

// checkTakenOverAtStart requires that the outcome of an order whose owner died
// becomes unknown soon after the next start.
func (w *world) checkTakenOverAtStart(f *findings, l observedOrder) {
	for i, e := range l.history {
		if e.To != order.Unknown || i == 0 {
			continue
		}
		placing := l.history[i-1].At
		for _, start := range slices.Backward(w.startTimes) {
			if start.Before(e.At) && start.After(placing) && e.At.Sub(start) > startTime {
				f.add(l, "the outcome was unknown only %s after the start", e.At.Sub(start))
			}
			if start.Before(e.At) {
				break
			}
		}
	}
}

// checkRepeated requires that nothing is posted twice, unless there was a death
// or a lost answer of Slack between the posts, or a process was frozen or had no
// database.
func (w *world) checkRepeated(f *findings, l observedOrder) {
	if l.duplicateMessages() == 0 {
		return
	}
	first, last := l.threadMessages[0].PostedAt, l.threadMessages[len(l.threadMessages)-1].PostedAt
	if w.lostAnswers || w.disturbed(first, last) {
		return
	}
	f.add(l, "its thread has %d messages, want %d, and no process died between %s and %s", len(l.threadMessages), l.threadMessagesDue(), first, last)
}

// deliveryDelay is how long after the death of its sender a post may appear: on
// a busy machine it waits to be read.
const deliveryDelay = 5 * time.Second

// orphanTime is how long an order may stay in placing after the death of its
// owner, in addition to the timeout of one call.
const orphanTime = 30 * time.Second

// checkOrphaned requires that an order is not in placing for longer than the
// lease of its owner, while there is a database to write to.
func (w *world) checkOrphaned(f *findings, l observedOrder) {
	for i, e := range l.history {
		if e.From != order.Placing {
			continue
		}
		since := l.history[i-1].At
		most := w.oxhostTimeout + orphanTime
		for _, s := range w.outages {
			if s.database {
				most += s.within(since, e.At)
			}
		}
		if took := e.At.Sub(since); took > most {
			f.add(l, "it was in placing for %s before it became %s, want at most %s", took, e.To, most)
		}
	}
}
