//go:build chaos

package chaos

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"extendbot/internal/stage"
	"extendbot/order"
)

// checkClicks requires that each click that was acked, by somebody who was allowed
// to, is in the history, unless the order was decided before.
func (w *world) checkClicks(f *findings, l observedOrder, all []observedOrder) {
	decided := l.decidedAt()
	for _, c := range l.clicks {
		versions := w.policy.between(c.sent, c.acked)
		barred := slices.ContainsFunc(versions, func(v policyVersion) bool { return !v.mayDecide(c, l.Order) })
		if c.acked.IsZero() || barred || !decided.IsZero() && !decided.After(c.acked) {
			continue
		}
		if c.yes && (l.hasYes(c) || w.held(l, c, all) || w.extended(l, c, all) || w.repriced(l, c) ||
			w.overLimit(l, c) || l.notNeeded(c, versions)) {
			continue
		}
		f.add(l, "the click of %s (yes: %t) acked at %s was lost; the history is %+v", c.user, c.yes, c.acked.Format(time.StampMicro), l.history)
	}
}

// decidedAt returns when the order was decided, or the zero time.
func (l observedOrder) decidedAt() time.Time {
	for _, e := range l.history {
		if e.From == order.Pending && e.To != order.Pending {
			return e.At
		}
	}
	return time.Time{}
}

// hasYes reports whether the history has a person's yes when their click is acked.
func (l observedOrder) hasYes(c *click) bool {
	return slices.ContainsFunc(l.history, func(e order.Entry) bool {
		return isYes(e) && e.Who == c.user && !e.At.After(c.acked)
	})
}

// notNeeded reports whether a yes changes nothing: all rules in which it would count
// had their approvals, and others lacked some.
func (l observedOrder) notNeeded(c *click, versions []policyVersion) bool {
	before := slices.IndexFunc(l.history, func(e order.Entry) bool { return e.At.After(c.acked) })
	if before < 0 {
		before = len(l.history)
	}
	yes := l.approvalsBefore(before)
	return slices.ContainsFunc(versions, func(v policyVersion) bool {
		missing := v.missing(l.Order, yes)
		return !slices.ContainsFunc(v.rulesFor(l.Order), func(r stage.Approval) bool {
			return countsIn(r, c.user, l.Order) && slices.Contains(missing, r.Name)
		}) && len(v.rulesFor(l.Order)) > 0
	})
}

// held reports whether a confirmation was refused because another order held the
// server: the program logged that, and there was such an order. In that case the
// order still waits.
func (w *world) held(l observedOrder, c *click, all []observedOrder) bool {
	return w.refused(l.ID, order.CodeServerHeld) && slices.ContainsFunc(all, func(other observedOrder) bool {
		if other.ID == l.ID || other.Server.ID != l.Server.ID {
			return false
		}
		from, was := other.entered(order.Approved)
		return was && from.At.Before(c.acked) && other.ChangedAt.Add(w.commitDelay(other.ChangedAt)).After(c.sent)
	})
}

// refusal is a click that the program refused, according to its log.
type refusal struct {
	order order.ID
	code  order.Code
	user  string
	at    time.Time // in whole seconds
	log   string    // of the process
}

// refused reports whether the program logged that it refused a click.
func (w *world) refused(id order.ID, code order.Code) bool {
	return slices.ContainsFunc(w.refusedClicks, func(r refusal) bool { return r.order == id && r.code == code })
}

// refusalPattern matches a line of a log about a refused click.
var refusalPattern = regexp.MustCompile(`^time="([^"]+)" .* msg="a click was refused" code=(\w+) .*\border_id=(\S+) .*\buser_id=(\w+)`)

// refusalsIn returns what a log says about refused clicks.
func refusalsIn(log string) (list []refusal) {
	text, _ := os.ReadFile(log)
	for line := range strings.Lines(string(text)) {
		if p := refusalPattern.FindStringSubmatch(line); p != nil {
			at, _ := time.Parse(time.RFC3339, p[1])
			list = append(list, refusal{order.ID(p[3]), order.Code(p[2]), p[4], at, log})
		}
	}
	return list
}

// commitDelay is how long after its time a change may be invisible to others:
// until it is committed, which takes a sync of a busy disk, and a running
// database.
func (w *world) commitDelay(at time.Time) time.Duration {
	const sync = 5 * time.Second
	for _, s := range w.outages {
		if s.database && s.within(at, at.Add(sync)) > 0 {
			return sync + s.to.Sub(at)
		}
	}
	return sync
}
