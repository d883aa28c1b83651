package chaos

import (
	"slices"
	"testing"
	"time"

	"extendbot/order"
)

// gap is a point at which a replica dies while an order still has work due.
type gap struct {
	point  string
	within time.Duration // from the death to the receipt
}

// What a replica began itself is scheduled for 15 seconds later. River's leader
// looks each five seconds; if it is the leader that died, the next one is there
// after another 15. Orders are looked for without it: approved ones 20 seconds
// after the approval, those that nobody shows 10 seconds after they were left,
// each to the next look. The rest is for a slow machine.
func gaps() []gap {
	const most = 45 * time.Second
	return []gap{
		{"ledger.approved.after_commit", most},
		{"ledger.placed.after_commit", most},
		{"slack.chat.postMessage.before:2", most}, // of the receipt, while tending
	}
}

func TestTheLivingFinishWhatADeadReplicaHadDue(t *testing.T) {
	t.Parallel()
	t.Run("when it died beside its due work", besideDueWork)
	if readPlan(t).long() {
		t.Run("when it died in the middle of it", inDueWork)
	}
}

// dueWorld leaves 0xhost the time to answer on a slow machine: here an order
// whose outcome is unknown would only be in the way.
func dueWorld() worldConfig {
	return worldConfig{confirmTTL: 15 * time.Minute, oxhostTimeout: 30 * time.Second, connections: 1, postgres: true}
}

func besideDueWork(t *testing.T) {
	t.Parallel()
	f := &fleet{world: newWorld(t, dueWorld())}
	began := time.Now()
	died := map[string]time.Time{} // by the order's server
	for i, g := range gaps() {
		victim := f.add(t, "EXTENDBOT_CRASH="+g.point)
		if i == 0 { // it leads, and the others are there when it dies
			f.add(t)
			f.add(t)
		}
		died[servers[i]] = f.kill(t, victim, servers[i])
	}
	f.finished(t, began, died, gaps())
}

// kill lets only one replica hear of a new order, and gives when it died of it.
func (f *fleet) kill(t *testing.T, victim *replica, server string) time.Time {
	t.Helper()
	var deaf []*replica
	for _, r := range f.replicas {
		if r != victim && r.alive() {
			r.freeze()
			deaf = append(deaf, r)
		}
	}
	f.alone(t)
	hours := f.insist(f.ctx, owner(server), server, channel)
	if card, ok := f.see(f.ctx, hours, patience); ok {
		// It may die before the ack, and it does not ack what takes too long to record.
		await(f.ctx, patience, func() bool {
			if !victim.died() {
				_, _ = f.press(f.ctx, owner(server), card, true)
			}
			return victim.died()
		})
	}
	at := f.dead(t, victim)
	for _, r := range deaf {
		f.wake(r)
	}
	f.connected(t)
	return at
}

// finished wants that each order got its receipt in time after its death.
func (f *fleet) finished(t *testing.T, began time.Time, died map[string]time.Time, gaps []gap) {
	t.Helper()
	f.settled(t, began, 4*time.Minute)
	f.leave(t)
	lives := f.judge(t, began)
	for i, g := range gaps {
		at := slices.IndexFunc(lives, func(l life) bool { return l.Server.Name == servers[i] && len(l.words) > 0 })
		if at < 0 {
			t.Errorf("%s: no word of its order", g.point)
			continue
		}
		l := lives[at]
		took := l.words[len(l.words)-1].PostedAt.Sub(died[servers[i]])
		if l.State != order.Placed || took > g.within {
			t.Errorf("%s: it is %s, and the receipt came %s after the death, want at most %s", g.point, l.State, took, g.within)
		}
		t.Logf("%s: the receipt came after %s", g.point, took.Round(time.Millisecond))
	}
	if t.Failed() {
		t.Log(f.logs())
	}
}

// What River counts as running when its process dies comes back from there only
// after minutes.
func inDueWork(t *testing.T) {
	t.Parallel()
	f := &fleet{world: newWorld(t, dueWorld())}
	began := time.Now()
	first := f.add(t, "EXTENDBOT_CRASH=ledger.placed.after_commit")
	f.kill(t, first, servers[0])
	second := f.add(t, "EXTENDBOT_CRASH=slack.chat.postMessage.before") // the receipt, as due work
	third := f.add(t)
	third.freeze()
	f.cutOff() // one that is still being made may come to life, and hears nothing that matters
	if !await(f.ctx, time.Minute, second.died) {
		t.Fatalf("the second replica did not take over\n%s", f.logs())
	}
	at := f.dead(t, second)
	f.wake(third)
	// Its lease of the thread, ten seconds more, and a look.
	f.finished(t, began, map[string]time.Time{servers[0]: at}, []gap{{"slack.chat.postMessage.before", 75 * time.Second}})
}
