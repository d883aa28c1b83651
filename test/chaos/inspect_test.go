//go:build chaos

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/order"
)

// inspect returns everything that is known about the orders since then, and the
// broken promises. from is the first of the hours that were requested since
// then.
func (w *world) inspect(t *testing.T, since time.Time, from int) ([]observedOrder, []string) {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	var orders []observedOrder
	for _, o := range b.since(t, since) {
		records, err := b.History(w.ctx, o.ID)
		if err != nil {
			t.Fatalf("read the ledger: %v", err)
		}
		l := observedOrder{
			Order: o, cards: w.shown.cardsOf(string(o.ID)), threadMessages: w.shown.threadMessagesOf(string(o.ID)),
			private: w.shown.private.of(int(o.Hours)),
		}
		for _, r := range records {
			l.history = append(l.history, r.Entry)
		}
		w.locked(func() { l.clicks, l.request = w.clicks[string(o.ID)], w.requests[int(o.Hours)] })
		orders = append(orders, l)
	}
	w.addCharges(orders, since)
	w.readRefusals()
	w.approved = w.approvedOrders(orders, slices.DeleteFunc(b.since(t, time.Time{}), func(o order.Order) bool {
		return slices.ContainsFunc(orders, func(l observedOrder) bool { return l.ID == o.ID })
	}))
	var f findings
	for _, l := range orders {
		w.check(&f, l, orders)
	}
	w.checkRequests(&f, orders, from)
	checkLimits(&f, "the ledger", w.approved)
	checkLimits(&f, "0xhost", w.chargedOrders(w.approved))
	w.checkStopped(&f, orders)
	w.checkFailedCalls(&f, orders, since)
	for _, l := range orders {
		if slices.Contains(f.orders, l.ID) {
			f.list = append(f.list, w.describeOrder(l))
		}
	}
	return orders, f.list
}

// readRefusals reads from all logs which clicks were refused.
func (w *world) readRefusals() {
	w.refusedClicks = slices.Clone(w.refusals)
	logs, _ := filepath.Glob(filepath.Join(w.dir, "run-*.log"))
	for _, name := range logs {
		w.refusedClicks = append(w.refusedClicks, refusalsIn(name)...)
	}
}

// describeOrder returns everything that is known about an order, also from the logs.
func (w *world) describeOrder(l observedOrder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "order %s, card %q:", l.ID, l.Card.Ref)
	for _, e := range l.history {
		fmt.Fprintf(&b, "\n\t%s version %d %s: from %q to %q (%s)", e.At.Format(time.StampMicro), e.Version, e.Who, e.From, e.To, e.Why)
	}
	for _, m := range l.cards {
		fmt.Fprintf(&b, "\n\t%s card, edited %d times, at %s: %s", clock(m.PostedAt), m.Edits, clock(m.EditedAt), m.Flat())
	}
	for _, c := range l.clicks {
		fmt.Fprintf(&b, "\n\t%s click of %s, yes: %t, saw %q, acked %s", clock(c.sent), c.user, c.yes, c.seen, clock(c.acked))
	}
	for _, m := range l.private {
		fmt.Fprintf(&b, "\n\t%s %s was told: %s", clock(m.at), m.user, m.text)
	}
	logs, _ := filepath.Glob(filepath.Join(w.dir, "run-*.log"))
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, string(l.ID)) {
				fmt.Fprintf(&b, "\n\t%s: %s", filepath.Base(name), strings.TrimSpace(line))
			}
		}
	}
	return b.String()
}

// addCharges adds to orders what 0xhost received and charged for them.
func (w *world) addCharges(orders []observedOrder, since time.Time) {
	byHours := map[int][]observedOrder{}
	for _, l := range orders {
		byHours[int(l.Hours)] = append(byHours[int(l.Hours)], l)
	}
	charges, arrivals := w.charges(), w.arrivals(since)
	for i := range orders {
		l := &orders[i]
		same := byHours[int(l.Hours)]
		for _, other := range same {
			l.same = append(l.same, other.ID)
		}
		for _, c := range charges[int(l.Hours)] {
			if ownerOf(c.At, same) == l.ID {
				l.charges = append(l.charges, c)
			}
		}
		for _, a := range arrivals[int(l.Hours)] {
			if ownerOf(a.At, same) == l.ID {
				l.arrivals = append(l.arrivals, a)
			}
		}
	}
}

// counts counts the events of a run.
type counts struct {
	rounds, kills, atPoints, terms           int
	orders, approvals, charges               int
	unknowns, byLookup, byPerson             int
	duplicateMessages, duplicateCards, empty int
	throttled, waited, told, late            int // orders with a 429 answer, a message that they wait, an outcome told in private, a card that is late
	together, declined, explained, barred    int // orders that others approved or declined, with a reason, or that the policy refused after their approval
	estimates                                int // new estimates
	extended, sawExtended, repeated, again   int // answers that the server was extended meanwhile, or that the same is asked for already; orders that were approved in spite of an extension, or asked for again
}

func (y *counts) addOrders(orders []observedOrder) {
	if len(orders) == 0 {
		y.empty++
	}
	for _, l := range orders {
		y.orders++
		y.approvals += l.steps(order.Pending, order.Approved)
		y.charges += len(l.charges)
		y.duplicateMessages += len(l.duplicates())
		if l.same[0] == l.ID {
			y.addTold(l)
		} else {
			y.again++
		}
		if !l.approvedAt().IsZero() && l.ToldExtendedBy != "" {
			y.sawExtended++
		}
		y.addApprovals(l)
		y.duplicateCards += max(0, len(l.cards)-1)
		for _, e := range l.history {
			switch {
			case isNewEstimate(e):
				y.estimates++
			case e.To == order.Unknown:
				y.unknowns++
			case e.From == order.Unknown && e.Who == order.Bot:
				y.byLookup++
			case e.From == order.Unknown:
				y.byPerson++
			}
		}
	}
}

// addApprovals counts what others decided.
func (y *counts) addApprovals(l observedOrder) {
	switch yes := l.approvalsBefore(len(l.history)); {
	case l.State == order.Declined && l.DeclineReason != "":
		y.explained++
		fallthrough
	case l.State == order.Declined:
		y.declined++
	case l.refusedByPolicy():
		y.barred++
	case !l.approvedAt().IsZero() && (len(yes) > 1 || yes[0] != l.Person.User):
		y.together++
	}
}

// addTold counts an order for which something could not be shown at once.
func (y *counts) addTold(l observedOrder) {
	if !l.ThrottledAt.IsZero() {
		y.throttled++
	}
	if len(l.messagesAbout(waiting)) > 0 {
		y.waited++
	}
	for _, m := range l.private {
		switch m.about {
		case onItsWay, unposted, ended:
			y.late++
		case extended:
			y.extended++
		case repeated:
			y.repeated++
		default:
			y.told++
		}
	}
}
