//go:build chaos

package chaos

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"extendbot/order"
)

// deathPoints are points at which a replica dies while an order still has due
// work.
func deathPoints() []string {
	return []string{
		diesBeforeCard,
		"ledger.approved.after_commit",
		"ledger.placed.after_commit",
		"slack.chat.postMessage.before:2", // the receipt, while reconciling
	}
}

const diesBeforeCard = "slack.chat.postMessage.before"

// takenOverWithin is how long it may take after the death of a replica until
// another one has finished what it left. It counts as dead after six seconds; the
// others search every second and a half.
const takenOverWithin = 10 * time.Second

// The other replicas finish the due work of a replica that died, in time.
func TestReplicas_FinishDueWorkOfADeadOne(t *testing.T) {
	t.Parallel()
	t.Run("it died outside of its due work", diedBesideDueWork)
	t.Run("it was the only one", diedAlone)
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
	for i, point := range deathPoints() {
		victim := f.add(t, "EXTENDBOT_CRASH="+point)
		if i == 0 { // it is the leader, and the others are running when it dies
			f.add(t)
			f.add(t)
		}
		at := f.dieWithOrder(t, victim, point, servers[i])
		f.finished(t, point, servers[i], at)
	}
	f.waitUntilSettled(t, began, patience)
	f.stopAll(t)
	f.checkPromises(t, began)
}

// The next start finishes the due work of the only replica, which died.
func diedAlone(t *testing.T) {
	t.Parallel()
	f := &replicas{world: newWorld(t, dueWorld())}
	began := time.Now()
	for i, point := range deathPoints() {
		at := f.dieWithOrder(t, f.add(t, "EXTENDBOT_CRASH="+point), point, servers[i])
		next := f.add(t)
		f.finished(t, point, servers[i], at)
		next.signal(syscall.SIGKILL)
		f.waitForDeath(t, next)
	}
	f.add(t)
	f.waitUntilSettled(t, began, patience)
	f.stopAll(t)
	f.checkPromises(t, began)
}

// dieWithOrder makes a new order that only one replica receives, and returns
// when that replica has died at its point.
func (f *replicas) dieWithOrder(t *testing.T, victim *replica, point, server string) time.Time {
	t.Helper()
	var frozen []*replica
	for _, r := range f.all {
		if r != victim && r.alive() {
			r.freeze()
			frozen = append(frozen, r)
		}
	}
	f.onlyLivingConnected(t)
	if point == diesBeforeCard {
		waitUntil(f.ctx, patience, func() bool {
			if !victim.died() {
				_, _, _ = f.request(f.ctx, owner(server), server, channel)
			}
			return victim.died()
		})
	} else {
		f.confirmUntilDeath(t, victim, server)
	}
	at := f.waitForDeath(t, victim)
	for _, r := range frozen {
		f.wake(r)
	}
	return at
}

// confirmUntilDeath requests an order and confirms it until the replica has
// died.
func (f *replicas) confirmUntilDeath(t *testing.T, victim *replica, server string) {
	t.Helper()
	hours := f.requestUntilAccepted(f.ctx, owner(server), server, channel)
	card, ok := f.waitForCard(f.ctx, hours, patience)
	if !ok {
		t.Fatalf("no card for %d hours\n%s", hours, victim.tail())
	}
	// The replica may die before the ack, and does not ack what takes too long to
	// record.
	waitUntil(f.ctx, patience, func() bool {
		if !victim.died() {
			_, _ = f.press(f.ctx, owner(server), card, true)
		}
		return victim.died()
	})
}

// finished requires that the order for a server is finished in time after the
// death: it has its card, or, once it was approved, its receipt.
func (f *replicas) finished(t *testing.T, point, server string, died time.Time) {
	t.Helper()
	done := func() bool {
		list := f.list(t)
		i := slices.IndexFunc(list, func(o order.Order) bool { return o.Server.Name == server })
		return i >= 0 && !list[i].CardDue() && (list[i].State == order.Pending || list[i].State == order.Placed && !list[i].ThreadMessageDue())
	}
	ok := waitUntil(f.ctx, 4*time.Minute, done)
	took := time.Since(died)
	if !ok || took > takenOverWithin {
		t.Fatalf("%s: finished only %s after the death, want at most %s\n%s%s", point, took, takenOverWithin, describe(f.list(t)), f.logs())
	}
	t.Logf("%s: finished %s after the death", point, took.Round(time.Millisecond))
}

// River itself repeats work whose process died, but only after minutes.
func diedInDueWork(t *testing.T) {
	t.Parallel()
	f := &replicas{world: newWorld(t, dueWorld())}
	began := time.Now()
	first := f.add(t, "EXTENDBOT_CRASH=ledger.placed.after_commit")
	f.dieWithOrder(t, first, "ledger.placed.after_commit", servers[0])
	second := f.add(t, "EXTENDBOT_CRASH=slack.chat.postMessage.before") // the receipt, as due work
	third := f.add(t)
	third.freeze()
	f.dropConnections() // one that is still being opened may succeed, but gets nothing that matters
	if !waitUntil(f.ctx, time.Minute, second.died) {
		t.Fatalf("the second replica did not take over\n%s", f.logs())
	}
	at := f.waitForDeath(t, second)
	f.wake(third)
	f.finished(t, "slack.chat.postMessage.before", servers[0], at)
	f.stopAll(t)
	f.checkPromises(t, began)
}
