//go:build chaos

package chaos

import (
	"fmt"
	"slices"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// findings collects broken promises.
type findings struct {
	list   []string
	orders []order.ID // that they are about
}

func (f *findings) add(l observedOrder, format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf("order %s (%d hours, %s): ", l.ID, l.Hours, l.State)+fmt.Sprintf(format, args...))
	if !slices.Contains(f.orders, l.ID) {
		f.orders = append(f.orders, l.ID)
	}
}

// check checks one order against the promises.
func (w *world) check(f *findings, l observedOrder, all []observedOrder) {
	checkPath(f, l)
	checkMoney(f, l)
	w.checkMessages(f, l)
	w.checkCard(f, l)
	w.checkTold(f, l)
	w.checkClicks(f, l, all)
	w.checkApprovals(f, l)
	w.checkEstimates(f, l)
	if w.pg == nil {
		w.checkTakenOverAtStart(f, l)
	} else {
		w.checkOrphaned(f, l)
	}
	w.checkRepeated(f, l)
	w.checkExtended(f, l, all)
	w.checkExtensionShown(f, l, all)
	w.checkPendingOnce(f, l, all)
}

// checkPath requires that the history is a path through the state table.
func checkPath(f *findings, l observedOrder) {
	at := order.State("")
	for i, e := range l.history {
		if e.Version != i+1 || e.From != at || !e.From.CanBecome(e.To) {
			f.add(l, "row %d of its history, version %d from %q to %q, does not follow %q", i+1, e.Version, e.From, e.To, at)
		}
		at = e.To
	}
	if at != l.State || l.Version != len(l.history) {
		f.add(l, "version %d, but its history ends with %q and version %d", l.Version, at, len(l.history))
	}
	if !l.State.Final() {
		f.add(l, "not settled")
	}
}

// maxSends is how often an order may be sent if 0xhost throttles it.
const maxSends = 6

// checkMoney requires that there is no charge without an approval and no second
// charge, and that the ledger agrees with 0xhost.
func checkMoney(f *findings, l observedOrder) {
	approvals, unsent := l.steps(order.Pending, order.Approved), l.steps(order.Placing, order.Approved)
	if len(l.charges) > approvals {
		f.add(l, "%d charges for %d approvals", len(l.charges), approvals)
	}
	if len(l.arrivals) > 0 && len(l.arrivals) > approvals+unsent {
		f.add(l, "%d requests for %d approvals and %d attempts after which it may be sent again", len(l.arrivals), approvals, unsent)
	}
	if len(l.arrivals) > maxSends {
		f.add(l, "it was sent %d times, want at most %d", len(l.arrivals), maxSends)
	}
	for _, c := range l.charges {
		if c.Type != oxhostsim.TypeRenew || c.AccountID != l.Account || c.ServerID != l.Server.ID {
			f.add(l, "0xhost charged for something else: %+v", c)
		}
		if l.State != order.Placed {
			f.add(l, "it was charged")
		}
	}
	if l.State == order.Placed && len(l.charges) == 0 {
		f.add(l, "0xhost has not charged for it")
	}
	if l.State == order.Placed && len(l.charges) == 1 && (l.Receipt == nil || l.Receipt.OrderID != l.charges[0].OrderID) {
		f.add(l, "its receipt %+v is not for the charge %+v", l.Receipt, l.charges[0])
	}
	if l.State == order.NotPlaced && !l.wasUnknown() {
		f.add(l, "it was never unknown, so it cannot be settled as not placed")
	}
}

// checkMessages requires that the thread has exactly the outcome of the order,
// and that an earlier "outcome unknown" in it was edited after it was settled.
func (w *world) checkMessages(f *findings, l observedOrder) {
	if _, approved := l.entered(order.Approved); approved && l.threadMessagesDue() == 0 {
		f.add(l, "approved, but no thread message is due")
	}
	if !settled(l.Order) {
		f.add(l, "card %d and thread message %d are behind version %d, or the question %+v, %q is superseded, or why it was declined is missing: %q",
			l.Card.Version, l.ThreadMessage.Version, l.Version, l.Question, l.SupersededRef, l.DeclineReason)
	}
	due := map[subject]bool{waiting: true, reminder: len(w.policy.since(time.Now()).rulesFor(l.Order)) > 0, why: l.DeclineReason != ""}
	for i, e := range l.history {
		if !e.To.NeedsThreadMessage() {
			continue
		}
		due[subject(e.To)] = true
		superseded := i+1 < len(l.history) && w.superseded(e, l.history[i+1])
		if len(l.messagesAbout(subject(e.To))) == 0 && !superseded {
			f.add(l, "its thread does not say that it was %s at %s", e.To, clock(e.At))
		}
	}
	for _, m := range l.threadMessages {
		if !due[m.about] {
			f.add(l, "its thread says at %s: %s", clock(m.PostedAt), m.Text)
		}
		if m.about == subject(order.Unknown) && l.State != order.Unknown && subjectOf(m.Flat()) != superseded && !w.unrecorded(m) {
			f.add(l, "its thread still says, posted at %s: %s", clock(m.PostedAt), m.Text)
		}
	}
}

// unrecorded reports whether the place of a message may not be in the ledger: the
// process died, was frozen or had no database just after the post, or Slack's
// answer was lost. So nobody can edit it.
func (w *world) unrecorded(m threadMessage) bool {
	until := m.PostedAt.Add(deliveryDelay)
	return w.answerLost(m.PostedAt, until) || w.disturbed(m.PostedAt, until)
}

// checkCard requires that the card shows the state of the order and cannot be
// decided again, but could be until the order was decided.
func (w *world) checkCard(f *findings, l observedOrder) {
	for _, m := range l.cards {
		if at := w.shown.closedAt(m.TS); !at.IsZero() && (l.decidedAt().IsZero() || at.Before(l.decidedAt())) {
			f.add(l, "its card %q lost its buttons at %s, while it was pending", m.TS, clock(at))
		}
	}
	i := slices.IndexFunc(l.cards, func(m slacksim.Message) bool { return l.Card.Ref == m.Channel+"/"+m.TS })
	switch {
	case i < 0 && (l.Card.Ref != "" || l.threadMessagesDue() > 0):
		f.add(l, "its card %q does not exist", l.Card.Ref)
	case i < 0:
	case isOpen(l.cards[i]):
		f.add(l, "its card %q still has buttons", l.Card.Ref)
	case subjectOf(l.cards[i].Flat()) != subject(l.State):
		f.add(l, "its card %q says: %s", l.Card.Ref, l.cards[i].Text)
	}
}

// checkRequests requires an order for each accepted request, at most one each time
// that it was asked for, and none without a request.
func (w *world) checkRequests(f *findings, orders []observedOrder, from int) {
	seen := map[int]bool{}
	w.checkAnswered(f, orders)
	for _, l := range orders {
		hours := int(l.Hours)
		seen[hours] = true
		if l.request != nil && len(l.same) > l.request.asks {
			f.add(l, "one of %d orders of one request, which was made %d times", len(l.same), l.request.asks)
		}
		if l.request != nil && (l.Purpose != l.request.purpose || l.history[0].Why != l.request.purpose) {
			f.add(l, "its purpose is %q and in the history %q, want %q", l.Purpose, l.history[0].Why, l.request.purpose)
		}
		if l.request == nil || l.request.user != l.Person.User || idOf(l.request.server) != l.Server.ID {
			f.add(l, "nobody requested it: %+v", l.request)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for hours := from; hours <= w.hours; hours++ {
		if r := w.requests[hours]; r.accepted && !seen[hours] {
			f.list = append(f.list, fmt.Sprintf("the request of %s for %d hours was accepted and lost", r.user, hours))
		}
	}
	for hours := range w.charges() {
		if hours >= from && !seen[hours] {
			f.list = append(f.list, fmt.Sprintf("0xhost charged for %d hours without an order", hours))
		}
	}
}
