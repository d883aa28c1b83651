//go:build chaos

package chaos

import (
	"slices"
	"time"

	"extendbot/order"
)

const (
	// learnedWithin is how long it may take until the requester knows the outcome,
	// although nothing can be posted into the thread.
	learnedWithin = time.Minute
	// heardWithin is how long after a request its requester may hear nothing: the
	// card is late after two seconds; the rest is for a slow machine.
	heardWithin = 2*time.Second + 6*time.Second
	// wayWithin is how long one way to reach a person may take that does not work.
	wayWithin = 5 * time.Second
	// waitingWithin is how long an approved order may wait for 0xhost before the
	// thread says so: ten seconds, and the rest is for a slow machine.
	waitingWithin = 10*time.Second + 6*time.Second
)

// checkTold requires that the requester learned each outcome in time: in the
// thread, or privately while nothing could be posted there. How an order ended that
// was not approved is shown by its card alone.
func (w *world) checkTold(f *findings, l observedOrder) {
	for i, e := range l.history {
		if !e.To.NeedsThreadMessage() && (!endsUndecided(e.To) || l.Card.Ref == "") {
			continue
		}
		by := w.undisturbed(e.At, learnedWithin)
		if i+1 < len(l.history) && !l.history[i+1].At.After(by) {
			continue // then the next outcome is due
		}
		if learned := l.learned(e.To); (learned.IsZero() || learned.After(by)) && !w.privateFailing(e.At, by) {
			f.add(l, "the requester should have learned by %s that it was %s at %s, but did at %s; the trouble: %s",
				clock(by), e.To, clock(e.At), clock(learned), w.troubleBetween(e.At, by))
		}
		if n := len(l.privateAbout(e.To)); n > len(l.same) && !w.answerLost(e.At, by) && !w.disturbed(e.At, by) {
			f.add(l, "the requester was told %d times in private that it was %s", n, e.To)
		}
	}
	w.checkWaiting(f, l)
	w.checkHeard(f, l)
	w.checkUnposted(f, l)
}

func endsUndecided(s order.State) bool { return s == order.Cancelled || s == order.Expired }

// learned returns when the requester first learned that the order was in a
// state, or the zero time.
func (l observedOrder) learned(s order.State) (first time.Time) {
	var times []time.Time
	for _, m := range l.messagesAbout(subject(s)) {
		times = append(times, m.PostedAt)
	}
	for _, m := range l.privateAbout(s) {
		times = append(times, m.at)
	}
	for _, card := range l.cards {
		if endsUndecided(s) && subjectOf(card.Flat()) == subject(s) {
			times = append(times, card.EditedAt)
		}
	}
	if len(times) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// privateAbout returns the private messages that the order was in a state.
func (l observedOrder) privateAbout(s order.State) []privateMessage {
	return slices.DeleteFunc(slices.Clone(l.private), func(m privateMessage) bool {
		end := m.about == ended && endsUndecided(s)
		return m.about != subject(s) && !end
	})
}

// checkWaiting requires that the thread says it if an approved order waits for
// 0xhost.
func (w *world) checkWaiting(f *findings, l observedOrder) {
	approved, ok := l.entered(order.Approved)
	if !ok {
		return
	}
	ends := slices.IndexFunc(l.history, func(e order.Entry) bool {
		return e.At.After(approved.At) && e.To != order.Placing && e.To != order.Approved
	})
	if ends < 0 {
		return
	}
	end, by := l.history[ends].At, approved.At.Add(waitingWithin)
	if end.Before(by) || w.threadsFailing(approved.At, by) || w.diedWithin(approved.At, by) {
		return
	}
	if !slices.ContainsFunc(l.threadMessages, func(m threadMessage) bool {
		return m.about == waiting && m.PostedAt.Before(by)
	}) {
		f.add(l, "it waited for %s, but its thread did not say so", end.Sub(approved.At))
	}
}

// checkHeard requires that a person whose request was accepted soon sees its card
// or is told why not.
func (w *world) checkHeard(f *findings, l observedOrder) {
	if !l.accepted() {
		return
	}
	by := l.CreatedAt.Add(heardWithin)
	for _, way := range []string{responses, ephemerals} {
		if w.failing(way, l.CreatedAt, by) {
			by = by.Add(wayWithin)
		}
	}
	if w.diedWithin(l.CreatedAt, by) || w.failing(responses, l.CreatedAt, by) && w.privateFailing(l.CreatedAt, by) {
		return
	}
	for _, m := range l.cards {
		if m.PostedAt.Before(by) {
			return
		}
	}
	for _, m := range l.private {
		if m.at.Before(by) && m.about != repeated && m.about != extended {
			return
		}
	}
	f.add(l, "its requester heard nothing from %s to %s; the trouble: %s", clock(l.CreatedAt), clock(by), w.troubleBetween(l.CreatedAt, by))
}

// checkUnposted requires that the requester of an order that ended without a card
// was told that.
func (w *world) checkUnposted(f *findings, l observedOrder) {
	if l.Card.Ref != "" || !endsUndecided(l.State) || l.State == order.Cancelled && l.DecidedBy != "" {
		return
	}
	if slices.ContainsFunc(l.private, func(m privateMessage) bool { return m.about == unposted }) {
		return
	}
	f.add(l, "it ended without a card, and its requester was not told; private messages: %v", l.private)
}

// undisturbed returns the end of the first stretch of this length, from a time
// on, in which the program lived without a disturbance. After a disturbance, the
// order may have to be taken over first.
func (w *world) undisturbed(from time.Time, length time.Duration) time.Time {
	end := from.Add(length)
	for moved := true; moved; {
		moved = false
		push := func(at time.Time) {
			if later := at.Add(takenOverWithin + length); at.After(from.Add(-deliveryDelay)) && at.Before(end) && later.After(end) {
				end, moved = later, true
			}
		}
		for _, at := range w.deathTimes {
			push(at)
		}
		for _, at := range w.startTimes {
			push(at)
		}
		for _, s := range w.outages {
			if s.within(from, end) > 0 {
				push(s.to)
				if later := s.to.Add(takenOverWithin + length); later.After(end) {
					end, moved = later, true
				}
			}
		}
	}
	return end
}

// troubleBetween returns what failed between two times.
func (w *world) troubleBetween(from, to time.Time) (kinds []string) {
	for _, t := range w.troubles {
		for _, kind := range t.kinds {
			if w.failing(kind, from, to) && !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

func clock(t time.Time) string { return t.Format(time.StampMilli) }
