//go:build chaos

package chaos

import (
	"slices"
	"testing"
	"time"

	"extendbot/order"
)

// deathPoint is a point at which a replica dies while an order still has due
// work.
type deathPoint struct {
	point  string
	within time.Duration // from the death to the receipt
}

// Work that a replica has begun is scheduled again 15 seconds later. River's
// leader looks for such work every five seconds; if the leader died, there is
// another one after 15 seconds. The ledger searches for orders without River: 20
// seconds after an approval, and 10 seconds after the owner of a card is gone.
// The rest is a margin for slow machines.
func deathPoints() []deathPoint {
	const most = 45 * time.Second
	return []deathPoint{
		{"ledger.approved.after_commit", most},
		{"ledger.placed.after_commit", most},
		{"slack.chat.postMessage.before:2", most}, // the receipt, while reconciling
	}
}

// The other replicas finish the due work of a replica that died, in time.
func TestReplicas_FinishDueWorkOfADeadOne(t *testing.T) {
	t.Parallel()
	t.Run("it died outside of its due work", diedBesideDueWork)
	if readPlan(t).long() {
		t.Run("it died during due work", diedInDueWork)
	}
}

// dueWorld gives 0xhost enough time to answer on a slow machine, because these
// tests are not about unknown outcomes.
func dueWorld() worldConfig {
	return worldConfig{confirmTTL: 15 * time.Minute, oxhostTimeout: 30 * time.Second, connections: 1, postgres: true}
}

func diedBesideDueWork(t *testing.T) {
	t.Parallel()
	f := &replicas{world: newWorld(t, dueWorld())}
	began := time.Now()
	died := map[string]time.Time{} // by the order's server
	for i, g := range deathPoints() {
		victim := f.add(t, "EXTENDBOT_CRASH="+g.point)
		if i == 0 { // it is the leader, and the others are running when it dies
			f.add(t)
			f.add(t)
		}
		died[servers[i]] = f.dieWithOrder(t, victim, servers[i])
	}
	f.finished(t, began, died, deathPoints())
}

// dieWithOrder makes a new order that only one replica receives, and returns
// when that replica has died at its point.
func (f *replicas) dieWithOrder(t *testing.T, victim *replica, server string) time.Time {
	t.Helper()
	var frozen []*replica
	for _, r := range f.all {
		if r != victim && r.alive() {
			r.freeze()
			frozen = append(frozen, r)
		}
	}
	f.onlyLivingConnected(t)
	hours := f.requestUntilAccepted(f.ctx, owner(server), server, channel)
	if card, ok := f.waitForCard(f.ctx, hours, patience); ok {
		// The replica may die before the ack, and does not ack what takes too long to
		// record.
		waitUntil(f.ctx, patience, func() bool {
			if !victim.died() {
				_, _ = f.press(f.ctx, owner(server), card, true)
			}
			return victim.died()
		})
	}
	at := f.waitForDeath(t, victim)
	for _, r := range frozen {
		f.wake(r)
	}
	f.waitUntilConnected(t)
	return at
}

// finished requires that each order got its receipt in time after the death.
func (f *replicas) finished(t *testing.T, began time.Time, died map[string]time.Time, points []deathPoint) {
	t.Helper()
	f.waitUntilSettled(t, began, 4*time.Minute)
	f.stopAll(t)
	orders := f.checkPromises(t, began)
	for i, g := range points {
		at := slices.IndexFunc(orders, func(l observedOrder) bool { return l.Server.Name == servers[i] && len(l.threadMessages) > 0 })
		if at < 0 {
			t.Errorf("%s: no thread message for its order", g.point)
			continue
		}
		l := orders[at]
		took := l.threadMessages[len(l.threadMessages)-1].PostedAt.Sub(died[servers[i]])
		if l.State != order.Placed || took > g.within {
			t.Errorf("%s: the order is %s, and the receipt came %s after the death, want at most %s", g.point, l.State, took, g.within)
		}
		t.Logf("%s: the receipt came after %s", g.point, took.Round(time.Millisecond))
	}
	if t.Failed() {
		t.Log(f.logs())
	}
}

// River itself repeats work whose process died, but only after minutes.
func diedInDueWork(t *testing.T) {
	t.Parallel()
	f := &replicas{world: newWorld(t, dueWorld())}
	began := time.Now()
	first := f.add(t, "EXTENDBOT_CRASH=ledger.placed.after_commit")
	f.dieWithOrder(t, first, servers[0])
	second := f.add(t, "EXTENDBOT_CRASH=slack.chat.postMessage.before") // the receipt, as due work
	third := f.add(t)
	third.freeze()
	f.dropConnections() // one that is still being opened may succeed, but gets nothing that matters
	if !waitUntil(f.ctx, time.Minute, second.died) {
		t.Fatalf("the second replica did not take over\n%s", f.logs())
	}
	at := f.waitForDeath(t, second)
	f.wake(third)
	// The lease on the card, ten more seconds, and a search.
	f.finished(t, began, map[string]time.Time{servers[0]: at}, []deathPoint{{"slack.chat.postMessage.before", 75 * time.Second}})
}
