package chaos

import (
	"syscall"
	"testing"
	"time"
)

// fleet is several replicas of the program on one database.
type fleet struct {
	*world

	replicas []*replica
}

// replica is one of them. Its process comes and goes.
type replica struct {
	*process

	frozen  time.Time // since when; zero: it is not
	thaw    time.Time // when it shall go on
	restart time.Time // when a dead one shall be started again
	cursed  bool      // its process was started with a crash point
	buried  bool      // its process has ended, and that was counted
}

func (r *replica) alive() bool { return !r.died() }

// freeze stops a replica's process as it is.
func (r *replica) freeze() {
	r.signal(syscall.SIGSTOP)
	r.frozen = time.Now()
}

// wake lets a frozen replica go on.
func (f *fleet) wake(r *replica) {
	r.signal(syscall.SIGCONT)
	f.outage(span{from: r.frozen, to: time.Now()})
	r.frozen = time.Time{}
}

// settling is how long after it is over an outage still explains what is said
// twice: until then a replica goes on where it was.
const settling = 5 * time.Second

func (w *world) outage(s span) {
	s.to = s.to.Add(settling)
	w.note(func() { w.outages = append(w.outages, s) })
}

// add starts one more replica and waits until Slack has its connections.
func (f *fleet) add(t *testing.T, env ...string) *replica {
	t.Helper()
	r := &replica{process: f.start(t, env...)}
	f.replicas = append(f.replicas, r)
	f.connected(t)
	return r
}

// cutOff lets Slack drop all connections: those of a frozen replica do not come
// back.
func (f *fleet) cutOff() {
	for _, c := range f.slack.Connections() {
		c.Kill()
	}
}

// alone leaves Slack none but the connections of those that are not frozen. One
// that a replica was making when it was frozen shows only after a while.
func (f *fleet) alone(t *testing.T) {
	t.Helper()
	const shows = 2 * time.Second
	for {
		f.cutOff()
		f.connected(t)
		more := func() bool { return len(f.slack.Connections()) > f.hearing()*f.connections }
		if !await(f.ctx, shows, more) {
			return
		}
	}
}

// connected waits until the living replicas have all their connections.
func (f *fleet) connected(t *testing.T) {
	t.Helper()
	if !await(f.ctx, patience, func() bool { return len(f.slack.Connections()) >= f.hearing()*f.connections }) {
		t.Fatalf("%d connections after %s, want those of %d replicas%s", len(f.slack.Connections()), patience, f.hearing(), f.logs())
	}
}

// hearing counts the replicas that can be connected.
func (f *fleet) hearing() (n int) {
	for _, r := range f.replicas {
		if r.alive() && r.frozen.IsZero() {
			n++
		}
	}
	return n
}

// dead waits until a replica has died at its crash point and gives when.
func (f *fleet) dead(t *testing.T, r *replica) time.Time {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatalf("it did not die\n%s", r.tail())
	}
	if err := f.end(r.process, stopTime); err != nil || !r.killed() {
		t.Fatalf("it did not die by SIGKILL: %v\n%s", err, r.tail())
	}
	return r.at
}

// leave tells all replicas to go, and waits until they have.
func (f *fleet) leave(t *testing.T) {
	t.Helper()
	for _, r := range f.replicas {
		if r.alive() {
			r.signal(syscall.SIGTERM)
		}
	}
	for _, r := range f.replicas {
		if err := f.end(r.process, stopTime); err != nil {
			t.Errorf("%v\n%s", err, r.tail())
		}
	}
}

// never says that no end of the program is waited for.
func never() bool { return false }

// settled waits until all orders since then are. A request whose ack came too
// late was made again: what is still pending is tidied.
func (f *fleet) settled(t *testing.T, since time.Time, within time.Duration) {
	t.Helper()
	for until := time.Now().Add(within); ; {
		rest := f.settle(t, never, since, time.Second)
		switch {
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("not settled after %s:\n%s%s", within, describe(rest), f.logs())
		}
		tidy(f.ctx, f.world, rest)
	}
}

// logs gives what the replicas logged last.
func (f *fleet) logs() string {
	text := ""
	for _, r := range f.replicas {
		text += "\n== " + r.log + "\n" + r.tail()
	}
	return text
}

// judge holds all orders since then against the promises.
func (f *fleet) judge(t *testing.T, since time.Time) []life {
	t.Helper()
	lives, wrong := f.inspect(t, since, 1)
	for _, what := range wrong {
		t.Error(what)
	}
	f.verify(t)
	return lives
}
