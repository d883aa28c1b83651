//go:build chaos

package chaos

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/order"
)

// freezePoint is a point at which a replica is frozen while it has an order, for
// so long that the others take the order over.
type freezePoint struct {
	point       string
	arrivals    int         // at 0xhost, even after the replica continues
	takenOverAs order.State // the state to which the others move the order meanwhile
	ends        order.State
	why         string
}

func freezePoints() []freezePoint {
	return []freezePoint{
		{"oxhost.POST.before", 0, order.Unknown, order.NotPlaced, "it provably did not send"},
		{"ledger.placing.after_commit", 0, order.Unknown, order.NotPlaced, "it provably did not send"},
		{"oxhost.POST.sent", 1, order.Unknown, order.Placed, "0xhost has it"},
		// This one is last, because a replica that is frozen later must not place it.
		{"ledger.placing.before_commit", 1, order.Placed, order.Placed, "another replica sent it, as none had it in placing"},
	}
}

// takeOverTime is how long the others may take for the orders of frozen
// replicas: the longest lease, plus the time to act on a slow machine.
const takeOverTime = 2 * time.Minute

// searchTime is how long a replica may take to find orders whose owner is gone.
// It searches every two seconds.
const searchTime = 10 * time.Second

// frozenReplica is a replica that has frozen itself.
type frozenReplica struct {
	freezePoint
	*replica

	hours int       // the hours of its order
	at    time.Time // when it was frozen
}

// A replica that was frozen with an order sends nothing after others took the
// order over.
func TestReplicas_FrozenOneSendsNothing(t *testing.T) {
	t.Parallel()
	f := &replicas{world: newWorld(t, worldConfig{
		confirmTTL: 15 * time.Minute, oxhostTimeout: time.Second, connections: 1, postgres: true,
	})}
	began := time.Now()
	var all []frozenReplica
	for i, c := range freezePoints() {
		all = append(all, f.freezeWithOrder(t, c, servers[i]))
	}
	f.add(t)
	living := time.Now()
	if !waitUntil(f.ctx, takeOverTime, func() bool { return f.allTakenOver(t, all) }) {
		t.Fatalf("not taken over after %s:\n%s%s", takeOverTime, describe(f.list(t)), f.logs())
	}
	for _, c := range all {
		f.wake(c.replica)
	}
	f.waitUntilConnected(t)
	// Five seconds after the answer was lost, the lookup finds what was sent.
	if !waitUntil(f.ctx, takeOverTime, func() bool { return f.allEnded(t, all) }) {
		t.Errorf("not settled by the program after %s:\n%s", takeOverTime, describe(f.list(t)))
	}
	f.waitUntilSettled(t, began, takeOverTime)
	f.stopAll(t)
	orders := f.checkPromises(t, began)
	for _, c := range all {
		f.judgeFrozen(t, c, orders, living)
	}
	if t.Failed() {
		t.Log(f.logs())
	}
}

// freezeWithOrder starts a replica, the only one that is connected to Slack, and
// gives it an order at which it freezes.
func (f *replicas) freezeWithOrder(t *testing.T, c freezePoint, server string) frozenReplica {
	t.Helper()
	trace := filepath.Join(f.dir, c.point)
	r := f.add(t, "EXTENDBOT_CRASH="+c.point+":stop", "EXTENDBOT_CRASH_TRACE="+trace)
	hours := f.requestUntilAccepted(f.ctx, owner(server), server, channel)
	card, ok := f.waitForCard(f.ctx, hours, patience)
	if !ok {
		t.Fatalf("no card for %d hours\n%s", hours, r.tail())
	}
	// The replica may freeze before the ack of the click is sent.
	if !waitUntil(f.ctx, patience, func() bool {
		if !traced(trace, c.point) {
			_, _ = f.press(f.ctx, owner(server), card, true)
		}
		return traced(trace, c.point)
	}) {
		t.Fatalf("%s was not reached\n%s", c.point, r.tail())
	}
	// It writes the trace before it stops. Until then it could connect again.
	if !waitUntil(f.ctx, patience, r.stopped) {
		t.Fatalf("it did not freeze at %s\n%s", c.point, r.tail())
	}
	r.frozenSince = time.Now()
	f.dropConnections()
	return frozenReplica{c, r, hours, r.frozenSince}
}

// traced reports whether a process has reached a point.
func traced(path, point string) bool {
	text, err := os.ReadFile(path)
	return err == nil && slices.Contains(strings.Split(string(text), "\n"), point)
}

// list returns all orders.
func (w *world) list(t *testing.T) []order.Order {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	return b.since(t, time.Time{})
}

// of returns the order for this many hours, or the zero value.
func of(hours int, list []order.Order) order.Order {
	i := slices.IndexFunc(list, func(o order.Order) bool { return int(o.Hours) == hours })
	if i < 0 {
		return order.Order{}
	}
	return list[i]
}

// allTakenOver reports whether the others have taken over the orders of the
// frozen replicas.
func (f *replicas) allTakenOver(t *testing.T, all []frozenReplica) bool {
	list := f.list(t)
	return !slices.ContainsFunc(all, func(c frozenReplica) bool {
		now := of(c.hours, list).State
		return now == order.Approved || now == order.Placing
	})
}

// allEnded reports whether all orders are in the states in which they have to end.
func (f *replicas) allEnded(t *testing.T, all []frozenReplica) bool {
	list := f.list(t)
	return !slices.ContainsFunc(all, func(c frozenReplica) bool { return of(c.hours, list).State != c.ends })
}

// judgeFrozen checks one order. living is the time since which a replica has
// been running that can take it over.
func (f *replicas) judgeFrozen(t *testing.T, c frozenReplica, orders []observedOrder, living time.Time) {
	t.Helper()
	i := slices.IndexFunc(orders, func(l observedOrder) bool { return int(l.Hours) == c.hours })
	if i < 0 {
		t.Fatalf("%s: there is no order", c.point)
	}
	l := orders[i]
	if l.State != c.ends || len(l.arrivals) != c.arrivals {
		t.Errorf("%s: the order is %s and %d requests for it arrived, want %s and %d: %s",
			c.point, l.State, len(l.arrivals), c.ends, c.arrivals, c.why)
	}
	e, ok := l.entered(c.takenOverAs)
	if !ok {
		t.Fatalf("%s: it was never %s: %+v", c.point, c.takenOverAs, l.history)
	}
	took := e.At.Sub(c.at)
	if most := max(f.oxhostTimeout+orphanTime, living.Sub(c.at)+searchTime); c.takenOverAs == order.Unknown && took > most {
		t.Errorf("%s: the order was %s only %s after its owner was frozen, want at most %s", c.point, e.To, took, most)
	}
	t.Logf("%s: %s %s after its owner was frozen, then %s", c.point, e.To, took.Round(time.Millisecond), l.State)
}
