//go:build chaos

package chaos

import (
	"syscall"
	"testing"
	"time"
)

// replicas are several processes of the program on one database.
type replicas struct {
	*world

	all []*replica
}

// replica is one of the processes. It is killed and started again.
type replica struct {
	*process

	frozenSince time.Time // zero if it is not frozen
	wakeAt      time.Time // when a frozen one continues
	startAt     time.Time // when a dead one is started again
	mayCrash    bool      // its process was started with a crash point
	recorded    bool      // its process has ended, and that was counted
}

func (r *replica) alive() bool { return !r.died() }

// freeze stops a replica with SIGSTOP.
func (r *replica) freeze() {
	r.signal(syscall.SIGSTOP)
	r.frozenSince = time.Now()
}

// wake lets a frozen replica continue.
func (f *replicas) wake(r *replica) {
	r.signal(syscall.SIGCONT)
	f.outage(span{from: r.frozenSince, to: time.Now()})
	r.frozenSince = time.Time{}
}

// settleTime is how long after its end an outage can still explain a message
// that is posted twice: until then, a replica continues where it was.
const settleTime = 5 * time.Second

func (w *world) outage(s span) {
	s.to = s.to.Add(settleTime)
	w.locked(func() { w.outages = append(w.outages, s) })
}

// add starts one more replica and waits until Slack has its connections.
func (f *replicas) add(t *testing.T, env ...string) *replica {
	t.Helper()
	r := &replica{process: f.start(t, env...)}
	f.all = append(f.all, r)
	f.waitUntilConnected(t)
	return r
}

// dropConnections makes Slack drop all connections. Those of a frozen replica do
// not return.
func (f *replicas) dropConnections() {
	for _, c := range f.slack.Connections() {
		c.Kill()
	}
}

// onlyLivingConnected makes sure that only replicas that are not frozen are
// connected to Slack. A connection that a replica was opening when it was frozen
// may appear late.
func (f *replicas) onlyLivingConnected(t *testing.T) {
	t.Helper()
	const shows = 2 * time.Second
	for {
		f.dropConnections()
		f.waitUntilConnected(t)
		more := func() bool { return len(f.slack.Connections()) > f.connectable()*f.connections }
		if !waitUntil(f.ctx, shows, more) {
			return
		}
	}
}

// waitUntilConnected waits until the living replicas have all their connections.
func (f *replicas) waitUntilConnected(t *testing.T) {
	t.Helper()
	if !waitUntil(f.ctx, patience, func() bool { return len(f.slack.Connections()) >= f.connectable()*f.connections }) {
		t.Fatalf("%d connections after %s, want those of %d replicas%s", len(f.slack.Connections()), patience, f.connectable(), f.logs())
	}
}

// connectable counts the replicas that run and are not frozen.
func (f *replicas) connectable() (n int) {
	for _, r := range f.all {
		if r.alive() && r.frozenSince.IsZero() {
			n++
		}
	}
	return n
}

// waitForDeath waits until a replica has died at its crash point, and returns
// the time.
func (f *replicas) waitForDeath(t *testing.T, r *replica) time.Time {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatalf("the replica did not die\n%s", r.tail())
	}
	if err := f.end(r.process, stopTime); err != nil || !r.killed() {
		t.Fatalf("the replica was not killed: %v\n%s", err, r.tail())
	}
	return r.endedAt
}

// stopAll sends all replicas a SIGTERM and waits until they have ended.
func (f *replicas) stopAll(t *testing.T) {
	t.Helper()
	for _, r := range f.all {
		if r.alive() {
			r.signal(syscall.SIGTERM)
		}
	}
	for _, r := range f.all {
		if err := f.end(r.process, stopTime); err != nil {
			t.Errorf("%v\n%s", err, r.tail())
		}
	}
}

// never is for [world.settle] if no process may end.
func never() bool { return false }

// waitUntilSettled waits until all orders since then are settled. A request
// whose ack came too late was made again; the first one is canceled.
func (f *replicas) waitUntilSettled(t *testing.T, since time.Time, within time.Duration) {
	t.Helper()
	for until := time.Now().Add(within); ; {
		rest := f.settle(t, never, since, time.Second)
		switch {
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("not settled after %s:\n%s%s", within, describe(rest), f.logs())
		}
		cancelPending(f.ctx, f.world, rest)
	}
}

// logs returns the last lines that the replicas logged.
func (f *replicas) logs() string {
	text := ""
	for _, r := range f.all {
		text += "\n== " + r.log + "\n" + r.tail()
	}
	return text
}

// checkPromises checks all orders since then against the promises.
func (f *replicas) checkPromises(t *testing.T, since time.Time) []observedOrder {
	t.Helper()
	orders, wrong := f.inspect(t, since, 1)
	for _, what := range wrong {
		t.Error(what)
	}
	f.verify(t)
	return orders
}
