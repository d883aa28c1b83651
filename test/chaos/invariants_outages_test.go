//go:build chaos

package chaos

import (
	"slices"
	"time"

	"extendbot/order"
)

// superseded reports whether the thread may lack the message about an outcome,
// because the next one was known before it could be posted: a lookup had settled
// the order, and before that nothing could be posted into the thread, or the replica that
// should have posted the message died, was frozen or had no database.
func (w *world) superseded(e, next order.Entry) bool {
	if e.To != order.Unknown {
		return false
	}
	replaced := w.pg != nil && w.disturbed(e.At, next.At) && next.At.Sub(e.At) < order.ReconcileGrace+settleTime
	return replaced || w.threadsFailing(e.At, next.At)
}

// disturbed reports whether a replica died, was frozen or had no database
// between two times, or just before.
func (w *world) disturbed(from, to time.Time) bool { return w.diedWithin(from.Add(-deliveryDelay), to) }

// diedWithin is disturbed without the time before.
func (w *world) diedWithin(from, to time.Time) bool {
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
	for _, m := range l.duplicates() {
		first, last := l.messagesAbout(m.about)[0].PostedAt, m.PostedAt
		if !w.answerLost(first, last) && !w.disturbed(first, last) {
			f.add(l, "its thread says twice that it is %s, and no process died between %s and %s", m.about, clock(first), clock(last))
		}
	}
	for i, m := range l.cards {
		if first := l.cards[0].PostedAt; i > 0 && !w.answerLost(first, m.PostedAt) && !w.disturbed(first, m.PostedAt) {
			f.add(l, "it has two cards, and no process died between %s and %s", clock(first), clock(m.PostedAt))
		}
	}
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
