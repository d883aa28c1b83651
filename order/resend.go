package order

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

// maxSends is how often an order is attempted in all, once the host has throttled
// one of the attempts.
const maxSends = 6

// mayBeCharged reports whether the host answered an attempt with "too many
// requests". It may have made the order all the same.
func (o Order) mayBeCharged() bool { return !o.ThrottledAt.IsZero() }

// throttledWhy returns why it is not known whether a throttled order was made.
// last is what happened last.
func throttledWhy(last string) string {
	return "0xhost answered that there were too many requests, and may have charged all the same; the last answer: " + last
}

// notSentAgain returns why it is not known whether a throttled order was made that
// is not sent again.
func notSentAgain(why string) string {
	return "0xhost answered that there were too many requests, and may have charged all the same; it is not sent again: " + why
}

// mayResend decides whether an order that the host throttled may be sent again.
// It may only if there is a complete baseline and two complete lists, requested
// at least Pauses.Lists apart, the second one now, show nothing new. It returns
// [*Later] until then. If the list shows something new, if there is no baseline,
// or if the Pauses.Window ends first, the outcome is Unknown.
//
// The time of the first list is kept only in the memory of this process. Another
// process, and this one after a restart, begins with its own first list; so does
// every new version of the order.
func (d *Desk) mayResend(ctx context.Context, o Order) (permit, error) {
	if d.cfg.HostOrders == nil {
		return permit{refused: "its list of orders is not read"}, nil
	}
	baseline, missing, err := d.baseline(ctx, o)
	switch {
	case err != nil:
		return permit{}, fmt.Errorf("check a throttled order: %w", err)
	case missing != "":
		d.cfg.Observer.LookedUp(o, MatchNoBaseline, nil)
		return permit{refused: missing}, nil
	}
	check := d.checks.of(o)
	if wait := max(time.Until(check.next), 0); wait > 0 || d.windowEnd(o).Before(d.now()) {
		return d.checkLater(o, check, wait)
	}
	// time.Now has a monotonic reading, so no jump of the clock shortens the time
	// between two lists.
	asked := time.Now()
	found, match, err := d.checkList(ctx, o, baseline)
	if err != nil {
		return permit{}, err
	}
	switch {
	case match == MatchDoubtful:
		return permit{refused: fmt.Sprintf("its list of orders has %s, which may be this one", found)}, nil
	case match == MatchNone && check.clean.IsZero():
		check.clean = asked
	case match == MatchNone:
		d.checks.forget(o.ID)
		apart := asked.Sub(check.clean).Round(time.Second)
		return permit{evidence: fmt.Sprintf("two lists of 0xhost's orders, %s apart, show nothing new", apart)}, nil
	}
	check.next = asked.Add(d.cfg.Pauses.Lists)
	d.checks.set(o, check, d.cfg.Pauses.Window)
	return d.checkLater(o, check, time.Until(check.next))
}

// checkList reads the host's list for a throttled order, and reports it to the
// Observer. The match is MatchNone only if the list is complete and shows
// nothing new. With MatchDoubtful, it returns the host's id of a new line.
func (d *Desk) checkList(ctx context.Context, o Order, baseline Baseline) (id string, match Match, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.windowEnd(o).Sub(d.now()), errListTimeout)
	defer cancel()
	listed, err := d.list(ctx, o)
	if err != nil {
		d.cfg.Observer.LookedUp(o, MatchNoList, err)
		return "", MatchNoList, nil
	}
	found, _, err := d.newLines(ctx, baseline, listed, func(l HostOrder) bool { return l.mayBe(o) })
	if err != nil {
		return "", "", fmt.Errorf("check a throttled order: %w", err)
	}
	match = MatchNone
	switch {
	case len(found) > 0:
		id, match = found[0].ID, MatchDoubtful
	case !listed.completeAfter(baseline):
		match = MatchPartialList
	}
	d.cfg.Observer.LookedUp(o, match, nil)
	return id, match, nil
}

// mayBe reports whether the line may be o, if there is any doubt. Sending an
// order again by mistake costs money, and an unknown outcome only a question. So
// only a line for another server is certain to be another order. The hours, the
// type, the status and the account are not considered, because it is not
// documented how the host lists an extension, least of all one that it
// throttled. A line without a server may be for any.
func (l HostOrder) mayBe(o Order) bool {
	return l.ServerID == "" || strings.EqualFold(l.ServerID, o.Server.ID)
}

// checkLater returns [*Later] for the next check, unless that would be too late.
// It is too late, too, if the clock was set back since the first attempt, because
// the window cannot be measured then.
func (d *Desk) checkLater(o Order, check listCheck, wait time.Duration) (permit, error) {
	now := d.now()
	at := now.Add(wait.Truncate(time.Microsecond) + 2*time.Microsecond) // not before wait is over, at the precision of now
	last := at
	if check.clean.IsZero() {
		last = at.Add(d.cfg.Pauses.Lists)
	}
	if setBack(now, o.FirstTry) || last.After(d.windowEnd(o)) {
		return permit{refused: fmt.Sprintf("its list of orders did not show within %s that nothing was ordered", brief(d.cfg.Pauses.Window))}, nil
	}
	return permit{}, &Later{At: at}
}

// windowEnd returns when o is no longer tried again.
func (d *Desk) windowEnd(o Order) time.Time { return o.FirstTry.Add(d.cfg.Pauses.Window) }

// listCheck is what this process has seen of the host's list for one version of a
// throttled order. Its times have monotonic readings.
type listCheck struct {
	version int
	clean   time.Time // when the first list that shows nothing new was requested; zero: none
	next    time.Time // no list is requested before then
}

// listChecks are the checks of the throttled orders that wait.
type listChecks struct {
	mu      sync.Mutex
	byOrder map[ID]listCheck
}

// of returns the check of this version of the order.
func (c *listChecks) of(o Order) listCheck {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.byOrder[o.ID]; known.version == o.Version {
		return known
	}
	return listCheck{version: o.Version}
}

// set stores a check, and drops those of orders that another process may have
// finished: no order waits for longer than the window.
func (c *listChecks) set(o Order, check listCheck, window time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.byOrder, func(_ ID, old listCheck) bool { return time.Since(old.next) > window })
	c.byOrder[o.ID] = check
}

func (c *listChecks) forget(id ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byOrder, id)
}
