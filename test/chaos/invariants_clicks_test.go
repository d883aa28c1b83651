//go:build chaos

package chaos

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// checkClicks requires a decision for each click that was acked, and a click for
// each decision.
func (w *world) checkClicks(f *findings, l observedOrder, all []observedOrder) {
	decision := order.Entry{}
	for _, e := range l.history {
		if e.From == order.Pending {
			decision = e
		}
	}
	for _, c := range l.clicks {
		mayDecide := c.user == l.Person.User
		if c.acked.IsZero() || !mayDecide || !decision.At.After(c.acked) && !decision.At.IsZero() || c.yes && (w.held(l, c, all) || w.extended(l, c, all)) {
			continue
		}
		f.add(l, "the click of %s (yes: %t) acked at %s was lost; the decision is %+v", c.user, c.yes, c.acked.Format(time.StampMicro), decision)
	}
	if decision.Who == order.Bot || decision.Who == "" {
		return
	}
	if !slices.ContainsFunc(l.clicks, func(c *click) bool {
		return c.user == decision.Who && c.yes == (decision.To == order.Approved) && c.sent.Before(decision.At.Add(time.Millisecond))
	}) || decision.Who != l.Person.User {
		f.add(l, "nobody clicked for the decision %+v", decision)
	}
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
