//go:build chaos

package chaos

import (
	"os"
	"path/filepath"
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
		if c.yes && (l.hasYes(c) || w.held(l, c, all) || w.extended(l, c, all) || l.notNeeded(c, versions)) {
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

// refused reports whether the program logged that it refused a click.
func (w *world) refused(id order.ID, code order.Code) bool {
	lines := slices.Clone(w.refusals)
	logs, _ := filepath.Glob(filepath.Join(w.dir, "run-*.log"))
	for _, name := range logs {
		lines = append(lines, refusalsIn(name)...)
	}
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.Contains(line, " code="+string(code)+" ") && strings.Contains(line, " order_id="+string(id)+" ")
	})
}

// refusalsIn returns the lines of a log about refused clicks.
func refusalsIn(log string) (lines []string) {
	text, _ := os.ReadFile(log)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `msg="a click was refused"`) {
			lines = append(lines, line)
		}
	}
	return lines
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
