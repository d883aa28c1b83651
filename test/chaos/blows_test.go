package chaos

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/testpg"
)

// blow is something that happens to the replicas or to PostgreSQL.
type blow func(s *siege, t *testing.T)

// blows lists them. The short form has each of the first ones once.
func blows() []blow {
	return []blow{(*siege).kill, (*siege).cut, (*siege).restartPG, (*siege).nap, (*siege).roll}
}

// kill ends a replica by SIGKILL, also a frozen one.
func (s *siege) kill(t *testing.T) {
	t.Helper()
	r := s.victim(func(r *replica) bool { return r.alive() })
	if r == nil {
		return
	}
	r.signal(syscall.SIGKILL)
	s.bury(t, r, true)
}

// roll ends a replica by SIGTERM, as in a rolling upgrade.
func (s *siege) roll(t *testing.T) {
	t.Helper()
	r := s.victim(func(r *replica) bool { return r.alive() && r.frozen.IsZero() })
	if r == nil {
		return
	}
	r.signal(syscall.SIGTERM)
	s.bury(t, r, false)
}

// nap freezes a replica for a while.
func (s *siege) nap(*testing.T) { s.sleep(500*time.Millisecond + upTo(s.rng, 2*time.Second)) }

// hibernate freezes a replica for longer than the others take it for alive.
func (s *siege) hibernate(*testing.T) { s.sleep(s.lease() + upTo(s.rng, 3*time.Second)) }

func (s *siege) sleep(length time.Duration) {
	r := s.victim(func(r *replica) bool { return r.alive() && r.frozen.IsZero() })
	if r == nil {
		return
	}
	s.naps++
	if length >= s.lease() {
		s.hibernations++
	}
	r.freeze()
	r.thaw = time.Now().Add(length)
}

// cut ends all connections to PostgreSQL.
func (s *siege) cut(t *testing.T) {
	t.Helper()
	from := time.Now()
	if _, err := s.pg.CutConnections(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.outage(span{from: from, to: time.Now(), database: true})
	s.cuts++
}

// restartPG stops PostgreSQL or lets it crash, and starts it again at once or
// after a while.
func (s *siege) restartPG(t *testing.T) {
	t.Helper()
	mode := pick(s.rng, []testpg.Mode{testpg.Fast, testpg.Immediate})
	from := time.Now()
	if err := s.pg.Stop(s.ctx, mode); err != nil {
		t.Fatal(err)
	}
	if s.rng.IntN(3) == 0 {
		pause(s.ctx, upTo(s.rng, 3*time.Second))
	}
	if err := s.pg.Start(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.outage(span{from: from, to: time.Now(), database: true})
	s.pgRestarts++
}

// victim picks one of the replicas that will do; nil if none does.
func (s *siege) victim(will func(*replica) bool) *replica {
	for _, i := range s.rng.Perm(len(s.replicas)) {
		if will(s.replicas[i]) {
			return s.replicas[i]
		}
	}
	return nil
}

// found buries a replica that has ended although nobody told it to.
func (s *siege) found(t *testing.T, r *replica) {
	t.Helper()
	s.bury(t, r, false)
	if !r.killed() {
		t.Fatalf("round %d: a replica ended by itself\n%s", s.rounds, r.tail())
	}
}

// bury waits for the end of a replica, counts what it died of, and says when it
// shall be started again; shot says that it was sent a SIGKILL.
func (s *siege) bury(t *testing.T, r *replica, shot bool) {
	t.Helper()
	if err := s.end(r.process, stopTime); err != nil {
		t.Fatalf("round %d: %v\n%s", s.rounds, err, r.tail())
	}
	switch {
	case !r.killed() && !shot:
		s.terms++
	case shot:
		s.kills++
	case r.cursed:
		s.atPoints++
	default:
		t.Fatalf("round %d: something else killed it\n%s", s.rounds, r.tail())
	}
	if !r.frozen.IsZero() {
		s.outage(span{from: r.frozen, to: time.Now()})
	}
	r.frozen, r.restart, r.buried = time.Time{}, time.Now().Add(upTo(s.rng, 2*time.Second)), true
}

// revive starts a dead replica again, at times to die at some crash point.
func (s *siege) revive(t *testing.T, r *replica, curse bool) {
	t.Helper()
	var env []string
	r.cursed, r.buried = curse, false
	if curse {
		env = append(env, fmt.Sprintf("EXTENDBOT_CRASH=%s:%d", pick(s.rng, s.points), 1+s.rng.IntN(6)))
	}
	r.process = s.start(t, env...)
}
