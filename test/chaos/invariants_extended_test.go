//go:build chaos

package chaos

import (
	"slices"
	"time"

	"extendbot/order"
)

// extendedBefore returns the newest other order for the server of an order that was
// placed when that one was approved. Only one order at a time is approved and not
// ended, so it was approved before.
func (l observedOrder) extendedBefore(approved time.Time, all []observedOrder) (newest order.Entry, by observedOrder) {
	for _, other := range all {
		placed, ok := other.entered(order.Placed)
		if ok && other.ID != l.ID && other.Server.ID == l.Server.ID && other.approvedAt().Before(approved) &&
			!placed.At.Before(l.CreatedAt.Add(-order.RecentWindow)) && placed.At.After(newest.At) {
			newest, by = placed, other
		}
	}
	return newest, by
}

// tellingLead is how much sooner than the program a person may know that they were
// told, on a slow machine.
const tellingLead = 200 * time.Millisecond

// checkExtended requires that nobody gave the last yes to an order without knowing
// which order extended the server before: the card that they clicked showed it, or
// they were told before that. Only a process that lives knows which of its clicks came before
// the person was told.
func (w *world) checkExtended(f *findings, l observedOrder, all []observedOrder) {
	approval, _ := l.entered(order.Approved)
	approved, who := approval.At, approval.Who
	placed, by := l.extendedBefore(approved, all)
	if approved.IsZero() || by.ID == "" {
		return
	}
	saw := slices.ContainsFunc(l.clicks, func(c *click) bool {
		return c.yes && c.user == who && c.seen == by.ID && !c.sent.After(approved)
	})
	pressed := slices.ContainsFunc(l.clicks, func(c *click) bool {
		return c.yes && c.user == who && !c.sent.After(approved) && slices.ContainsFunc(l.private, func(m privateMessage) bool {
			return m.user == who && m.about == extended && m.by == int(by.Hours) && m.at.Before(c.sent.Add(tellingLead))
		})
	})
	if w.pg == nil && !saw && !pressed && !w.disturbed(by.CreatedAt, approved) {
		f.add(l, "approved at %s without a click after that person was told that order %s extended the server; private messages: %v",
			clock(approved), by.ID, l.private)
	}
	next := l.history[slices.IndexFunc(l.history, func(e order.Entry) bool { return e.To == order.Approved })+1]
	told := slices.ContainsFunc(l.private, func(m privateMessage) bool { // before the approval was committed
		return m.user == who && m.about == extended && m.by == int(by.Hours) && m.at.Before(next.At)
	})
	if !saw && !told {
		f.add(l, "approved at %s by someone who did not know that order %s of %d hours extended the server at %s; private messages: %v",
			clock(approved), by.ID, by.Hours, clock(placed.At), l.private)
	}
	if l.ToldExtendedBy != by.ID {
		f.add(l, "the ledger says that its requester knew of %q, want %s", l.ToldExtendedBy, by.ID)
	}
}

// extended reports whether a confirmation was refused because the server was
// extended meanwhile and the person did not know: the program logged that, and
// another order than the one on the card had been placed. In that case the order
// still waits.
func (w *world) extended(l observedOrder, c *click, all []observedOrder) bool {
	return w.refused(l.ID, order.CodeExtended) && slices.ContainsFunc(all, func(other observedOrder) bool {
		placed, was := other.entered(order.Placed)
		return was && other.ID != l.ID && other.ID != c.seen && other.Server.ID == l.Server.ID && placed.At.Before(c.acked)
	})
}

// crowd is so many pending orders for a server that their cards cannot all be
// updated soon.
const crowd = 10

// postedAfter reports whether the card of the order was posted after a time.
func (l observedOrder) postedAfter(t time.Time) bool {
	return len(l.cards) > 0 && l.cards[0].PostedAt.After(t)
}

// checkExtensionShown requires that the card of a pending order soon says that
// another order extended the server.
func (w *world) checkExtensionShown(f *findings, l observedOrder, all []observedOrder) {
	for _, other := range all {
		placed, ok := other.entered(order.Placed)
		if !ok || other.ID == l.ID || other.Server.ID != l.Server.ID || placed.At.Before(l.CreatedAt.Add(-order.RecentWindow)) {
			continue
		}
		from, waiting := placed.At, 0
		if l.CreatedAt.After(from) {
			from = l.CreatedAt
		}
		for _, o := range all {
			if o.Server.ID == l.Server.ID && o.CreatedAt.Before(from) && o.pendingUntil().After(from) {
				waiting++
			}
		}
		by := w.undisturbed(from, heardWithin)
		if waiting > crowd || l.Card.Ref == "" || l.pendingUntil().Before(by) ||
			w.failing(cardUpdates, from, by) || w.failing(posts, from, by) || l.postedAfter(from) && w.channelLimited(from, by) {
			continue
		}
		shown := w.shown.extensionsShown(string(l.ID))
		if !slices.ContainsFunc(shown, func(s sighting) bool { return s.at.Before(by) && !placedAt(s.by, all).Before(placed.At) }) {
			f.add(l, "until %s its card did not say that order %s extended the server at %s, but %v", clock(by), other.ID, clock(placed.At), shown)
		}
	}
}

// placedAt returns when an order was placed, or the zero time.
func placedAt(id order.ID, all []observedOrder) time.Time {
	for _, l := range all {
		if l.ID == id {
			placed, _ := l.entered(order.Placed)
			return placed.At
		}
	}
	return time.Time{}
}

// checkPendingOnce requires that the same person did not have two pending orders for
// the same.
func (w *world) checkPendingOnce(f *findings, l observedOrder, all []observedOrder) {
	if l.request == nil {
		return
	}
	for _, other := range all {
		if other.ID <= l.ID || other.Person != l.Person || other.Account != l.Account || other.Server.ID != l.Server.ID || other.Hours != l.Hours {
			continue
		}
		both := l.request.lastAck // both are committed
		if l.request.unacked > 0 {
			both = other.CreatedAt
			if l.CreatedAt.After(both) {
				both = l.CreatedAt
			}
			both = both.Add(w.commitDelay(both))
		}
		if l.pendingUntil().After(both) && other.pendingUntil().After(both) {
			f.add(l, "it and order %s for the same were both pending at %s", other.ID, clock(both))
		}
	}
}

// answeredWithin is how long the answer may take that the same is asked for
// already: it waits for the link to the card.
const answeredWithin = 8 * time.Second

// checkAnswered requires that each accepted request led to an order, or to an answer
// that there is one already.
func (w *world) checkAnswered(f *findings, orders []observedOrder) {
	for _, l := range orders {
		if l.request == nil || l.same[0] != l.ID {
			continue
		}
		due := l.request.acked
		for _, id := range l.request.again {
			if !w.refused(id, order.CodeServerHeld) && !w.stoppedAgain(id, orders) {
				due++
			}
		}
		for _, m := range l.private {
			if m.about == repeated {
				due--
			}
		}
		from, by := l.CreatedAt, l.request.lastAck.Add(answeredWithin)
		if w.diedWithin(from, by) || w.failing(responses, from, by) || w.failing(ephemerals, from, by) {
			continue
		}
		if due > len(l.same) {
			f.add(l, "it was asked for %d times without an order or an answer; there are %d orders; private messages: %v", due, len(l.same), l.private)
		}
	}
}
