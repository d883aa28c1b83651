//go:build chaos

package chaos

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// counted is what an approved order counts against limits, according to the ledger or to
// 0xhost.
type counted struct {
	observedOrder // of an order of an earlier round, only the order

	user, account string
	hours         int
	amount        decimal.Decimal // at least
	at            time.Time       // its last approval
	committed     time.Time       // when that was committed at the latest
	freed         time.Time       // when it counted no more; zero: never
	judged        []policyVersion // under one of which; nil for an earlier round
}

// approvedOrders returns the orders that were approved, by the time of that. earlier are
// those of earlier rounds.
func (w *world) approvedOrders(orders []observedOrder, earlier []order.Order) (list []*counted) {
	for _, o := range earlier {
		if s, counts := o.Spent(); counts {
			list = append(list, &counted{
				observedOrder: observedOrder{Order: o}, user: o.Person.User, account: o.Account,
				hours: int(o.Hours), amount: s.Amount, at: s.At, committed: o.ChangedAt,
			})
		}
	}
	for _, l := range orders {
		i := slices.IndexFunc(l.history, func(e order.Entry) bool { return e.To == order.Approved })
		if i < 0 {
			continue
		}
		c := &counted{observedOrder: l, user: l.Person.User, account: l.Account, hours: int(l.Hours), at: l.history[i].At, committed: l.ChangedAt}
		if i+1 < len(l.history) {
			c.committed = l.history[i+1].At
		}
		c.amount = l.Estimate.Amount.Decimal
		if s, counts := l.Spent(); counts {
			c.amount = decimal.Min(c.amount, s.Amount)
		} else {
			c.freed = l.ChangedAt
		}
		c.judged = w.policy.between(l.pressedSince(i), c.at)
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *counted) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ID, b.ID)) })
	return list
}

// pressedSince returns a time after which the yes in a row of history was judged: that of
// the person's first press, or of the row before.
func (l observedOrder) pressedSince(row int) time.Time {
	since := l.history[row-1].At
	var first time.Time
	for _, c := range l.clicks {
		if c.yes && c.user == l.history[row].Who && (first.IsZero() || c.sent.Before(first)) {
			first = c.sent
		}
	}
	if first.After(since) {
		return first
	}
	return since
}

// chargedOrders returns what the books of 0xhost say of the approved orders. Only the time
// of the approval comes from the ledger.
func (w *world) chargedOrders(approved []*counted) (list []*counted) {
	charges := w.charges()
	for _, c := range approved {
		for _, charge := range charges[int(c.Hours)] {
			later := slices.ContainsFunc(approved, func(o *counted) bool {
				return o.Hours == c.Hours && o.at.After(c.at) && !o.at.After(charge.At)
			})
			if later || charge.At.Before(c.at) {
				continue // it was for another order of the same request
			}
			charged := *c
			charged.user, charged.account, charged.hours = w.requestFor(charge.Hours).user, charge.AccountID, charge.Hours
			charged.amount, charged.freed = charge.Amount, time.Time{}
			list = append(list, &charged)
		}
	}
	return list
}

// limitOf returns what a version of the policy allows: hours or an amount. Without such a
// limit, ok is false.
func (v policyVersion) limitOf(per order.LimitPer) (most decimal.Decimal, ok bool) {
	for _, l := range v.limits {
		switch {
		case l.Per != string(per):
		case l.Hours > 0:
			return decimal.NewFromInt(int64(l.Hours)), true
		default:
			return decimal.RequireFromString(l.Amount), true
		}
	}
	return decimal.Zero, false
}

// mostOf returns the highest limit of several versions. Without one in any of them, ok is
// false.
func mostOf(versions []policyVersion, per order.LimitPer) (most decimal.Decimal, ok bool) {
	for _, v := range versions {
		limit, limited := v.limitOf(per)
		if !limited {
			return decimal.Zero, false
		}
		most, ok = decimal.Max(most, limit), true
	}
	return most, ok
}

// covers reports whether two orders count together.
func (c *counted) covers(per order.LimitPer, other *counted) bool {
	switch per {
	case order.PerPerson:
		return c.user == other.user
	case order.PerAccount:
		return c.account == other.account
	default:
		return true
	}
}

// of returns what the order counts against a limit.
func (c *counted) of(per order.LimitPer) decimal.Decimal {
	if per == order.PerPerson {
		return decimal.NewFromInt(int64(c.hours))
	}
	return c.amount
}

// limited are whose orders the limits of these runs count together.
var limited = []order.LimitPer{order.PerPerson, order.PerAccount, order.PerAll}

// checkLimits requires that at no approval more counted than a limit allowed. all are
// sorted by time.
func checkLimits(f *findings, who string, all []*counted) {
	for i, o := range all {
		for _, per := range limited {
			if len(o.judged) == 0 {
				continue
			}
			sum, judged := sumAt(all[:i+1], o, per)
			if most, ok := mostOf(judged, per); ok && sum.GreaterThan(most) {
				f.add(o.observedOrder, "when it was approved at %s, %s counted %s together, of at most %s within %s per %s",
					clock(o.at), who, sum, most, limitTime, per)
			}
		}
	}
}

// sumAt adds up what counted together with the last one of these orders when it was
// approved, and returns the versions of the policy under one of which that was judged.
//
// Processes take the time of an approval before they commit it, so the order of the commits
// is not known. But the last one to be committed saw all others, as long as none of them
// was freed before that.
func sumAt(until []*counted, last *counted, per order.LimitPer) (sum decimal.Decimal, judged []policyVersion) {
	var together []*counted
	committed := last.committed
	for _, o := range until {
		if !o.covers(per, last) || !o.at.After(last.at.Add(-limitTime)) {
			continue
		}
		together = append(together, o)
		if o.committed.After(committed) {
			committed = o.committed
		}
	}
	if gone := func(o *counted) bool { return !o.freed.IsZero() && !o.freed.After(committed) }; !gone(last) {
		for _, o := range slices.DeleteFunc(together, gone) {
			sum = sum.Add(o.of(per))
			if !o.committed.Before(last.at) {
				judged = append(judged, o.judged...)
			}
		}
	}
	return sum, judged
}

// overLimit reports whether a confirmation was refused because of a limit: the program
// logged that, and some limit left too little. In that case the order still waits.
func (w *world) overLimit(l observedOrder, c *click) bool {
	if !w.refused(l.ID, order.CodeOverLimit) {
		return false
	}
	o := &counted{observedOrder: l, user: l.Person.User, account: l.Account, hours: int(l.Hours), amount: c.cost.Decimal}
	return slices.ContainsFunc(limited, func(per order.LimitPer) bool {
		sum := o.of(per)
		for _, other := range w.approved {
			freed := !other.freed.IsZero() && other.freed.Add(w.commitDelay(other.freed)).Before(c.sent)
			if other.ID != l.ID && o.covers(per, other) && other.at.Before(c.acked) && !freed {
				reserved := *other
				reserved.amount = other.Estimate.Amount.Decimal
				sum = sum.Add(decimal.Max(other.of(per), reserved.of(per)))
			}
		}
		return slices.ContainsFunc(w.policy.between(c.sent, c.acked), func(v policyVersion) bool {
			most, ok := v.limitOf(per)
			return ok && sum.GreaterThan(most)
		})
	})
}

// stoppedAgain reports whether a limit stopped the request that asked once more for an
// order, which had ended.
func (w *world) stoppedAgain(id order.ID, orders []observedOrder) bool {
	i := slices.IndexFunc(orders, func(l observedOrder) bool { return l.ID == id })
	return i >= 0 && slices.ContainsFunc(w.refusedClicks, func(r refusal) bool {
		return r.order == id && r.code == order.CodeOverLimit && !r.at.Before(orders[i].decidedAt().Truncate(time.Second))
	})
}

// checkStopped requires that everybody whose press was stopped by a limit was told that
// privately, once for each press.
func (w *world) checkStopped(f *findings, orders []observedOrder) {
	told := w.shown.private.stops()
	for _, r := range w.refusedClicks {
		i := slices.IndexFunc(orders, func(l observedOrder) bool { return l.ID == r.order })
		if r.code != order.CodeOverLimit || i < 0 {
			continue
		}
		by := r.at.Add(time.Second + answeredWithin) // the log has no fractions of seconds
		if w.stoppedWorking(r.log, r.at, by) || w.failing(responses, r.at, by) || w.failing(ephemerals, r.at, by) {
			continue
		}
		answer := slices.IndexFunc(told, func(m privateMessage) bool {
			return m.user == r.user && !m.at.Before(r.at) && m.at.Before(by)
		})
		if answer < 0 {
			f.add(orders[i], "a limit stopped the press of %s at %s, who was not told", r.user, clock(r.at))
			continue
		}
		told = slices.Delete(told, answer, answer+1)
	}
}

// stoppedWorking reports whether the process with this log ended between two times, or may
// have been frozen.
func (w *world) stoppedWorking(log string, from, to time.Time) bool {
	frozen := slices.ContainsFunc(w.outages, func(s span) bool { return !s.database && s.within(from, to) > 0 })
	ended := w.ends[log]
	return frozen || ended.After(from) && ended.Before(to)
}

// checkEstimates requires that an order got a new estimate only before it had an approval,
// and that nobody approved it who had seen a lower one.
func (w *world) checkEstimates(f *findings, l observedOrder) {
	for i, e := range l.history {
		switch {
		case isNewEstimate(e) && len(l.approvalsBefore(i)) > 0:
			f.add(l, "it got a new estimate at %s, after its first approval: %+v", clock(e.At), l.history)
		case isYes(e) && !slices.ContainsFunc(l.clicks, func(c *click) bool {
			return c.yes && c.user == e.Who && !c.sent.After(e.At) && !order.Above(l.Estimate.Amount, c.cost)
		}):
			f.add(l, "%s approved it at %s for %s after a card that showed less", e.Who, clock(e.At), order.FormatAmount(l.Estimate.Amount))
		}
	}
}

// isNewEstimate reports whether a row of history is a new estimate.
func isNewEstimate(e order.Entry) bool {
	return e.From == order.Pending && e.To == order.Pending && e.Who == order.Bot
}

// repriced reports whether a confirmation was refused because the order was expected to
// cost more than its card showed: the program logged that, and a new estimate was recorded
// before. In that case the order still waits.
func (w *world) repriced(l observedOrder, c *click) bool {
	return w.refused(l.ID, order.CodeRepriced) && slices.ContainsFunc(l.history, func(e order.Entry) bool {
		return isNewEstimate(e) && !e.At.After(c.acked)
	})
}
