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

// frost is a point at which a replica is frozen while it holds an order, for
// longer than the others take it for alive.
type frost struct {
	point    string
	arrivals int         // of the order at 0xhost, whatever the replica does when it goes on
	taken    order.State // what the others make of the order meanwhile
	ends     order.State
	why      string
}

func frosts() []frost {
	return []frost{
		{"oxhost.POST.before", 0, order.Unknown, order.NotPlaced, "it provably did not send"},
		{"ledger.placing.after_commit", 0, order.Unknown, order.NotPlaced, "it provably did not send"},
		{"oxhost.POST.sent", 1, order.Unknown, order.Placed, "0xhost has it"},
		// The last one, because who is about to be frozen must not place it.
		{"ledger.placing.before_commit", 1, order.Placed, order.Placed, "another sent it, for nobody had it in placing"},
	}
}

// takenOver is how long the living may take for what frozen replicas hold: the
// longest lease, and the time for what they do then, on a slow machine.
const takenOver = 2 * time.Minute

// looked is how long a replica that lives may take to look for orders whose
// owner is gone: it looks every two seconds.
const looked = 10 * time.Second

// chilled is a replica that froze itself.
type chilled struct {
	frost
	*replica

	hours int       // of the order that it holds
	at    time.Time // when it froze
}

func TestAReplicaThatWasFrozenSendsNothingThatOthersTookOver(t *testing.T) {
	t.Parallel()
	f := &fleet{world: newWorld(t, worldConfig{
		confirmTTL: 15 * time.Minute, oxhostTimeout: time.Second, connections: 1, postgres: true,
	})}
	began := time.Now()
	var all []chilled
	for i, c := range frosts() {
		all = append(all, f.chill(t, c, servers[i]))
	}
	f.add(t)
	living := time.Now()
	if !await(f.ctx, takenOver, func() bool { return f.taken(t, all) }) {
		t.Fatalf("not taken over after %s:\n%s%s", takenOver, describe(f.list(t)), f.logs())
	}
	for _, c := range all {
		f.wake(c.replica)
	}
	f.connected(t)
	// The look-up finds what was sent five seconds after it was lost.
	if !await(f.ctx, takenOver, func() bool { return f.ended(t, all) }) {
		t.Errorf("not settled by themselves after %s:\n%s", takenOver, describe(f.list(t)))
	}
	f.settled(t, began, takenOver)
	f.leave(t)
	lives := f.judge(t, began)
	for _, c := range all {
		f.judgeFrozen(t, c, lives, living)
	}
	if t.Failed() {
		t.Log(f.logs())
	}
}

// chill starts a replica, which is the only one that Slack talks to, and gives
// it an order with which it freezes.
func (f *fleet) chill(t *testing.T, c frost, server string) chilled {
	t.Helper()
	trace := filepath.Join(f.dir, c.point)
	r := f.add(t, "EXTENDBOT_CRASH="+c.point+":stop", "EXTENDBOT_CRASH_TRACE="+trace)
	hours := f.insist(f.ctx, owner(server), server, channel)
	card, ok := f.see(f.ctx, hours, patience)
	if !ok {
		t.Fatalf("no card for %d hours\n%s", hours, r.tail())
	}
	// It may freeze before the ack of the click is out.
	if !await(f.ctx, patience, func() bool {
		if !traced(trace, c.point) {
			_, _ = f.press(f.ctx, owner(server), card, true)
		}
		return traced(trace, c.point)
	}) {
		t.Fatalf("%s was not reached\n%s", c.point, r.tail())
	}
	r.frozen = time.Now()
	f.cutOff()
	return chilled{c, r, hours, r.frozen}
}

// traced says whether a process has reached a point.
func traced(path, point string) bool {
	text, err := os.ReadFile(path)
	return err == nil && slices.Contains(strings.Split(string(text), "\n"), point)
}

// list gives all orders as they stand.
func (w *world) list(t *testing.T) []order.Order {
	t.Helper()
	b := w.open(t)
	defer b.close(t)
	return b.since(t, time.Time{})
}

// of gives the order for so many hours.
func of(hours int, list []order.Order) order.Order {
	i := slices.IndexFunc(list, func(o order.Order) bool { return int(o.Hours) == hours })
	if i < 0 {
		return order.Order{}
	}
	return list[i]
}

// taken says whether the others have taken over what the frozen ones hold.
func (f *fleet) taken(t *testing.T, all []chilled) bool {
	list := f.list(t)
	return !slices.ContainsFunc(all, func(c chilled) bool {
		now := of(c.hours, list).State
		return now == order.Approved || now == order.Placing
	})
}

// ended says whether all orders are where they have to end.
func (f *fleet) ended(t *testing.T, all []chilled) bool {
	list := f.list(t)
	return !slices.ContainsFunc(all, func(c chilled) bool { return of(c.hours, list).State != c.ends })
}

// judgeFrozen holds one order against the promises. Living is from when on there
// was a replica that lives: before, nobody could take anything over.
func (f *fleet) judgeFrozen(t *testing.T, c chilled, lives []life, living time.Time) {
	t.Helper()
	i := slices.IndexFunc(lives, func(l life) bool { return int(l.Hours) == c.hours })
	if i < 0 {
		t.Fatalf("%s: there is no order", c.point)
	}
	l := lives[i]
	if l.State != c.ends || len(l.arrivals) != c.arrivals {
		t.Errorf("%s: the order is %s and %d requests of it arrived, want %s and %d: %s",
			c.point, l.State, len(l.arrivals), c.ends, c.arrivals, c.why)
	}
	e, ok := l.entered(c.taken)
	if !ok {
		t.Fatalf("%s: it was never %s: %+v", c.point, c.taken, l.history)
	}
	took := e.At.Sub(c.at)
	if most := max(f.oxhostTimeout+orphaned, living.Sub(c.at)+looked); c.taken == order.Unknown && took > most {
		t.Errorf("%s: it was %s only %s after its owner was frozen, want at most %s", c.point, e.To, took, most)
	}
	t.Logf("%s: %s %s after its owner was frozen, then %s", c.point, e.To, took.Round(time.Millisecond), l.State)
}
