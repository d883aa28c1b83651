//go:build chaos

package chaos

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/testpg"
)

// replicaFault is something that happens to a replica or to PostgreSQL.
type replicaFault func(s *replicaRun, t *testing.T)

// replicaFaults lists the faults. The short form has each of them once.
func replicaFaults() []replicaFault {
	return []replicaFault{(*replicaRun).kill, (*replicaRun).cutConnections, (*replicaRun).restartPostgres, (*replicaRun).freezeBriefly, (*replicaRun).terminate}
}

// kill ends a replica, which may be frozen, with SIGKILL.
func (s *replicaRun) kill(t *testing.T) {
	t.Helper()
	r := s.pickReplica(func(r *replica) bool { return r.alive() })
	if r == nil {
		return
	}
	r.signal(syscall.SIGKILL)
	s.recordEnd(t, r, true)
}

// terminate ends a replica with SIGTERM, as in a rolling upgrade.
func (s *replicaRun) terminate(t *testing.T) {
	t.Helper()
	r := s.pickReplica(func(r *replica) bool { return r.alive() && r.frozenSince.IsZero() })
	if r == nil {
		return
	}
	r.signal(syscall.SIGTERM)
	s.recordEnd(t, r, false)
}

// freezeBriefly freezes a replica for less than its lease.
func (s *replicaRun) freezeBriefly(*testing.T) {
	s.freezeFor(500*time.Millisecond + upTo(s.rng, 2*time.Second))
}

// freezeBeyondLease freezes a replica for so long that the others take over its
// orders.
func (s *replicaRun) freezeBeyondLease(*testing.T) {
	s.freezeFor(s.lease() + upTo(s.rng, 3*time.Second))
}

func (s *replicaRun) freezeFor(length time.Duration) {
	r := s.pickReplica(func(r *replica) bool { return r.alive() && r.frozenSince.IsZero() })
	if r == nil {
		return
	}
	s.freezes++
	if length >= s.lease() {
		s.longFreezes++
	}
	r.freeze()
	r.wakeAt = time.Now().Add(length)
}

// cutConnections ends all connections to PostgreSQL.
func (s *replicaRun) cutConnections(t *testing.T) {
	t.Helper()
	from := time.Now()
	if _, err := s.pg.CutConnections(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.outage(span{from: from, to: time.Now(), database: true})
	s.cuts++
}

// restartPostgres stops PostgreSQL or makes it crash, and starts it again at
// once or up to three seconds later.
func (s *replicaRun) restartPostgres(t *testing.T) {
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

// pickReplica picks one of the suitable replicas, or returns nil.
func (s *replicaRun) pickReplica(suitable func(*replica) bool) *replica {
	for _, i := range s.rng.Perm(len(s.all)) {
		if suitable(s.all[i]) {
			return s.all[i]
		}
	}
	return nil
}

// recordUnexpectedEnd records the end of a replica that the test did not stop.
// Only a crash point may cause that.
func (s *replicaRun) recordUnexpectedEnd(t *testing.T, r *replica) {
	t.Helper()
	s.recordEnd(t, r, false)
	if !r.killed() {
		t.Fatalf("round %d: a replica ended by itself\n%s", s.rounds, r.tail())
	}
}

// recordEnd waits for the end of a replica, counts its cause, and sets the time
// of its next start. shot means that it was sent a SIGKILL.
func (s *replicaRun) recordEnd(t *testing.T, r *replica, shot bool) {
	t.Helper()
	if err := s.end(r.process, stopTime); err != nil {
		t.Fatalf("round %d: %v\n%s", s.rounds, err, r.tail())
	}
	switch {
	case !r.killed() && !shot:
		s.terms++
	case shot:
		s.kills++
	case r.mayCrash:
		s.atPoints++
	default:
		t.Fatalf("round %d: something else killed the replica\n%s", s.rounds, r.tail())
	}
	if !r.frozenSince.IsZero() {
		s.outage(span{from: r.frozenSince, to: time.Now()})
	}
	r.frozenSince, r.startAt, r.recorded = time.Time{}, time.Now().Add(upTo(s.rng, 2*time.Second)), true
}

// startAgain starts a dead replica. With mayCrash it may die at a crash point.
func (s *replicaRun) startAgain(t *testing.T, r *replica, mayCrash bool) {
	t.Helper()
	var env []string
	r.mayCrash, r.recorded = mayCrash, false
	if mayCrash {
		env = append(env, fmt.Sprintf("EXTENDBOT_CRASH=%s:%d", pick(s.rng, s.points), 1+s.rng.IntN(6)))
	}
	r.process = s.start(t, env...)
}
