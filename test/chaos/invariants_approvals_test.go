//go:build chaos

package chaos

import (
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// permitFor is how long before the send of an order its approvals are judged, at most.
const permitFor = 20 * time.Second

// approvalsBefore returns who had said yes to an order before a row of its history.
func (l observedOrder) approvalsBefore(row int) (users []string) {
	for _, e := range l.history[:row] {
		if isYes(e) {
			users = append(users, e.Who)
		}
	}
	return users
}

// isYes reports whether a row of history is a person's yes.
func isYes(e order.Entry) bool {
	return e.Approves()
}

// checkApprovals requires that everything that 0xhost received for an order had the
// approvals that the policy asked for when it was sent, that each approval is the
// press of somebody who was an approver then, and that the ledger has them all.
func (w *world) checkApprovals(f *findings, l observedOrder) {
	for _, a := range l.arrivals {
		w.checkSent(f, l, a.At)
	}
	var yes []string
	for i, e := range l.history {
		if !isYes(e) {
			continue
		}
		if slices.Contains(yes, e.Who) {
			f.add(l, "%s said yes twice: %+v", e.Who, l.history)
		}
		yes = append(yes, e.Who)
		w.checkDecision(f, l, e, true)
		// It was judged after the press and before it was recorded.
		if judged := w.policy.between(l.history[i-1].At, e.At); e.To == order.Approved &&
			!slices.ContainsFunc(judged, func(v policyVersion) bool { return len(v.missing(l.Order, yes)) == 0 }) {
			f.add(l, "approved by %v at %s, although the policy asked for %v", yes, clock(e.At), judged[0].missing(l.Order, yes))
		}
	}
	if w.checkListed(f, l, yes); l.State == order.Declined || l.State == order.Cancelled {
		if last := l.history[len(l.history)-1]; last.Who != order.Bot {
			w.checkDecision(f, l, last, false)
		}
	}
	w.checkRefusedByPolicy(f, l)
	if reason := w.reasons[l.ID]; reason != "" && l.DeclineReason != reason {
		f.add(l, "why it was declined is %q, want %q", l.DeclineReason, reason)
	}
}

// checkSent checks the approvals that an order had when something arrived at 0xhost.
// They were judged after the order was last approved, and not long before the attempt
// was recorded, which is before it was sent.
func (w *world) checkSent(f *findings, l observedOrder, arrived time.Time) {
	sent := -1
	for i, e := range l.history {
		if e.To == order.Placing && !e.At.After(arrived) {
			sent = i
		}
	}
	if sent < 1 {
		f.add(l, "0xhost received it at %s, before any attempt", clock(arrived))
		return
	}
	judged := l.history[sent-1].At
	if earliest := l.history[sent].At.Add(-permitFor); earliest.After(judged) {
		judged = earliest
	}
	yes := l.approvalsBefore(sent)
	if missing := w.policy.since(judged).missing(l.Order, yes); len(missing) > 0 {
		f.add(l, "0xhost received it at %s with the approvals of %v, but since %s the policy also asked for %v", clock(arrived), yes, clock(judged), missing)
	}
}

// checkDecision requires that a person pressed for a decision, and was allowed to at
// some moment between the press and its record.
func (w *world) checkDecision(f *findings, l observedOrder, e order.Entry, yes bool) {
	if !slices.ContainsFunc(l.clicks, func(c *click) bool {
		return c.user == e.Who && c.yes == yes && c.sent.Before(e.At.Add(time.Millisecond)) &&
			slices.ContainsFunc(w.policy.between(c.sent, e.At), func(v policyVersion) bool { return v.mayDecide(c, l.Order) })
	}) {
		f.add(l, "nobody who was allowed to pressed for the decision %+v", e)
	}
}

func (v policyVersion) mayDecide(c *click, o order.Order) bool {
	if c.yes {
		return v.mayApprove(c.user, o)
	}
	return v.mayDecline(c.user, o)
}

// checkListed requires that an order lists the approvals that its history has.
func (w *world) checkListed(f *findings, l observedOrder, yes []string) {
	var listed []string
	for _, a := range l.Approvals {
		listed = append(listed, a.User)
	}
	if !slices.Equal(listed, yes) {
		f.add(l, "it lists the approvals of %v, but its history has those of %v", listed, yes)
	}
}

// refusedByPolicy reports whether an order was approved, and then not sent because of
// the policy.
func (l observedOrder) refusedByPolicy() bool {
	e := l.history[len(l.history)-1]
	return e.To == order.Refused && e.From == order.Approved && strings.Contains(e.Why, "the policy")
}

// checkRefusedByPolicy requires that an order which was approved is not refused
// because of the policy, unless the policy became stricter.
func (w *world) checkRefusedByPolicy(f *findings, l observedOrder) {
	if !l.refusedByPolicy() {
		return
	}
	last := len(l.history) - 1
	e := l.history[last]
	yes := l.approvalsBefore(last)
	if !slices.ContainsFunc(w.policy.between(l.history[last-1].At, e.At), func(v policyVersion) bool { return len(v.missing(l.Order, yes)) > 0 }) {
		f.add(l, "refused although it had the approvals of %v: %s", yes, e.Why)
	}
}
