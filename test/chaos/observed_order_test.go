//go:build chaos

package chaos

import (
	"slices"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// observedOrder is a settled order with everything that is known about it.
type observedOrder struct {
	order.Order

	history        []order.Entry
	charges        []oxhostsim.Charge
	arrivals       []oxhostsim.Arrival
	clicks         []*click
	request        *request
	same           []order.ID // all orders of this request: one, unless it was made again
	cards          []slacksim.Message
	threadMessages []threadMessage  // without questions
	private        []privateMessage // what only the requester saw of the request
}

// approvedAt returns when the order was approved, or the zero time.
func (l observedOrder) approvedAt() time.Time {
	e, _ := l.entered(order.Approved)
	return e.At
}

// pendingUntil returns when the order could no longer be decided.
func (l observedOrder) pendingUntil() time.Time {
	for _, e := range l.history {
		if e.From == order.Pending && e.To != order.Pending && e.At.Before(l.Deadline) {
			return e.At
		}
	}
	return l.Deadline
}

// accepted reports whether every time that the order was asked for was acked.
func (l observedOrder) accepted() bool {
	return l.request != nil && l.request.accepted && l.request.unacked == 0
}

// ownerOf returns which of the orders for the same hours something at 0xhost
// belongs to: the last one that was approved before, or else the first one.
func ownerOf(at time.Time, orders []observedOrder) order.ID {
	owner := slices.MinFunc(orders, func(a, b observedOrder) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, l := range orders {
		if approved := l.approvedAt(); !approved.IsZero() && !approved.After(at) && approved.After(owner.approvedAt()) {
			owner = l
		}
	}
	return owner.ID
}

// entered returns the first row of history in which the order entered a state.
func (l observedOrder) entered(s order.State) (order.Entry, bool) {
	i := slices.IndexFunc(l.history, func(e order.Entry) bool { return e.To == s })
	if i < 0 {
		return order.Entry{}, false
	}
	return l.history[i], true
}

func (l observedOrder) wasUnknown() bool {
	_, ok := l.entered(order.Unknown)
	return ok
}

// steps counts the transitions from one state to another.
func (l observedOrder) steps(from, to order.State) int {
	n := 0
	for _, e := range l.history {
		if e.From == from && e.To == to {
			n++
		}
	}
	return n
}

// threadMessagesDue returns how many messages about its outcome the thread should
// have.
func (l observedOrder) threadMessagesDue() int {
	n := 0
	for _, e := range l.history {
		if e.To.NeedsThreadMessage() {
			n++
		}
	}
	return n
}

// messagesAbout returns the messages in the thread that were posted about a state
// of the order, or about something else.
func (l observedOrder) messagesAbout(s subject) []threadMessage {
	return slices.DeleteFunc(slices.Clone(l.threadMessages), func(m threadMessage) bool { return m.about != s })
}

// duplicates returns the thread messages that were posted again.
func (l observedOrder) duplicates() (list []threadMessage) {
	seen := map[subject]bool{}
	for _, m := range l.threadMessages {
		if seen[m.about] {
			list = append(list, m)
		}
		seen[m.about] = true
	}
	return list
}
