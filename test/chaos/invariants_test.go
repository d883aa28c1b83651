//go:build chaos

package chaos

import (
	"fmt"
	"slices"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// findings collects broken promises.
type findings struct{ list []string }

func (f *findings) add(l observedOrder, format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf("order %s (%d hours, %s): ", l.ID, l.Hours, l.State)+fmt.Sprintf(format, args...))
}

// check checks one order against the promises.
func (w *world) check(f *findings, l observedOrder, all []observedOrder) {
	checkPath(f, l)
	checkMoney(f, l)
	w.checkMessages(f, l)
	w.checkClicks(f, l, all)
	if w.pg == nil {
		w.checkTakenOverAtStart(f, l)
	} else {
		w.checkOrphaned(f, l)
	}
	w.checkRepeated(f, l)
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

// checkMessages requires that thread and card show the outcome of the order.
func (w *world) checkMessages(f *findings, l observedOrder) {
	if _, approved := l.entered(order.Approved); approved && l.threadMessagesDue() == 0 {
		f.add(l, "approved, but no thread message is due")
	}
	if len(l.threadMessages) < l.threadMessagesDue()-w.superseded(l) {
		f.add(l, "its thread has %d messages, want %d", len(l.threadMessages), l.threadMessagesDue())
	}
	if l.CardDue() || l.ThreadMessageDue() {
		f.add(l, "card %d and thread message %d are behind version %d", l.Card.Version, l.ThreadMessage.Version, l.Version)
	}
	shown := slices.ContainsFunc(l.cards, func(m slacksim.Message) bool {
		return l.Card.Ref == refOf(m) && len(m.Buttons()) == 0
	})
	if !shown && (l.Card.Ref != "" || l.threadMessagesDue() > 0) {
		f.add(l, "its card %q still has buttons", l.Card.Ref)
	}
}

// checkRequests requires an order for each accepted request, at most one for
// each request, and none without a request.
func (w *world) checkRequests(f *findings, orders []observedOrder, from int) {
	seen := map[int]bool{}
	for _, l := range orders {
		hours := int(l.Hours)
		if seen[hours] {
			f.add(l, "a second order of one request")
		}
		seen[hours] = true
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
