//go:build chaos

package chaos

import (
	"context"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/order"
)

const (
	replicaCount = 3 // with three connections each; Slack allows ten
	// shortRound and longRound are how long a round injects faults.
	shortRound = 7 * time.Second
	longRound  = 30 * time.Second
	// minOrders is the minimum number of orders in the long form.
	minOrders = 300
	// settleTimeout is the longest that the orders of a round may take to be
	// settled.
	settleTimeout = 4 * time.Minute
)

// Nothing is lost or done twice by three replicas on one PostgreSQL that are
// killed, stopped, frozen and restarted, while the database restarts, crashes
// and loses its connections.
func TestReplicas_KilledFrozenAndCutOff(t *testing.T) {
	t.Parallel()
	if _, err := crashBinary(); err != nil {
		t.Fatal(err)
	}
	p := readPlan(t)
	t.Logf("CHAOS_SEED=%d", p.seed)
	c := worldConfig{
		confirmTTL: 3 * time.Second, oxhostTimeout: time.Second, connections: 3, postgres: true, settlesInSlack: true,
	}
	if p.long() {
		c.patience = 12 * time.Second
	}
	s := &replicaRun{
		replicas: replicas{world: newWorld(t, c)}, long: p.long(),
		rng: rand.New(rand.NewPCG(p.seed, 0)), points: expandedPoints(t),
	}
	began := time.Now()
	for range replicaCount {
		s.all = append(s.all, &replica{process: s.start(t)})
	}
	s.waitUntilConnected(t)
	for !t.Failed() && s.hasNextRound(p, began) {
		s.round(t)
	}
	s.waitUntilSettled(t, began)
	s.stopAll(t)
	orders := s.checkPromises(t, began)
	s.addOrders(orders)
	if p.long() && s.orders < minOrders {
		t.Errorf("%d orders, want at least %d", s.orders, minOrders)
	}
	if t.Failed() {
		t.Log(s.logs())
	}
	t.Logf("%s; %s; %d cuts, %d restarts of PostgreSQL, %d freezes (%d longer than a lease) in %s, CHAOS_SEED=%d",
		&s.counts, s.describeLimits(t, s.estimates), s.cuts, s.pgRestarts, s.freezes, s.longFreezes, time.Since(began).Round(time.Second), p.seed)
}

// replicaRun is a series of rounds of traffic, with faults of three replicas and
// of their PostgreSQL.
type replicaRun struct {
	replicas
	counts

	rng    *rand.Rand
	points []string
	long   bool

	cuts, pgRestarts, freezes, longFreezes int
}

// hasNextRound reports whether there is another round: the long form continues
// until both its time and its number of orders are reached.
func (s *replicaRun) hasNextRound(p plan, began time.Time) bool {
	if !p.long() {
		return s.rounds == 0
	}
	return time.Since(began) < p.replicas || s.acceptedCount() < minOrders
}

// lease is how long the owner of an order keeps it without a sign of life.
func (s *replicaRun) lease() time.Duration { return s.oxhostTimeout + order.OwnerGrace }

// round is traffic with faults, and a check of all orders after everything is
// running again and they are settled.
func (s *replicaRun) round(t *testing.T) {
	t.Helper()
	s.rounds++
	s.armFaults(s.rng, harmlessSlackFaults())
	s.failBaselines()
	s.trafficRound(t, s.rounds, s.rng.Uint64(), s.waitUntilSettled, func(ctx context.Context) {
		began := time.Now()
		pause(ctx, upTo(s.rng, time.Second)) // the first cards are posted
		trouble := s.beginTrouble(s.rng, s.troubleLength())
		t.Logf("round %d: %s of %v", s.rounds, trouble.length, trouble.kinds)
		s.injectFaults(t, began, trouble)
		s.recoverAll(t)
		s.hold(ctx, trouble, func() { s.startDead(t) })
		pause(ctx, settleTime) // by now, everything that a frozen replica had received is handled
	})
}

// troubleLength returns for how long calls fail in this round. In the long form, it
// is sometimes so long after the last fault of a replica that people have to be
// told the outcome in private.
func (s *replicaRun) troubleLength() time.Duration {
	switch {
	case !s.long:
		return 2*time.Second + upTo(s.rng, 3*time.Second)
	case s.rounds%3 == 1:
		return longRound + settleTime + takenOverWithin + learnedWithin
	default:
		return 5*time.Second + upTo(s.rng, longRound)
	}
}

// startDead starts the replicas again that died at a crash point.
func (s *replicaRun) startDead(t *testing.T) {
	t.Helper()
	for _, r := range s.all {
		s.startIfDead(t, r)
	}
}

// failBaselines makes some baselines fail. Without a baseline, nothing can be
// looked up and people are asked at once.
func (s *replicaRun) failBaselines() {
	if s.long {
		s.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusBadGateway}, s.rng.IntN(40))
	}
}

// injectFaults injects faults during a round.
func (s *replicaRun) injectFaults(t *testing.T, began time.Time, trouble *trouble) {
	t.Helper()
	list, long := replicaFaults(), shortRound
	if s.long {
		long = longRound
	}
	s.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	gap := long / time.Duration(len(list)+1)
	if s.long {
		gap = 2 * time.Second
		s.freezeBeyondLease(t)
	}
	next := time.Now().Add(upTo(s.rng, gap))
	for i := 0; time.Since(began) < long || !s.long && i < len(list); {
		pause(s.ctx, pollInterval)
		s.reviveReplicas(t)
		s.progress(trouble)
		if time.Now().Before(next) {
			continue
		}
		fault := list[i%len(list)]
		if i++; s.long {
			fault = pick(s.rng, list)
		}
		fault(s, t)
		if s.long && s.rng.IntN(3) == 0 {
			s.armFaults(s.rng, harmlessSlackFaults())
		}
		next = time.Now().Add(gap/2 + upTo(s.rng, gap))
	}
}

// reviveReplicas wakes frozen replicas when their time is over, restarts dead
// ones, and records those that died at a crash point.
func (s *replicaRun) reviveReplicas(t *testing.T) {
	t.Helper()
	now := time.Now()
	for _, r := range s.all {
		switch {
		case r.died() && !r.recorded:
			s.recordUnexpectedEnd(t, r)
		case r.died() && now.After(r.startAt):
			s.startAgain(t, r, s.rng.IntN(4) == 0)
		case r.alive() && !r.frozenSince.IsZero() && now.After(r.wakeAt):
			s.wake(r)
		}
	}
}

// recoverAll wakes and starts all replicas.
func (s *replicaRun) recoverAll(t *testing.T) {
	t.Helper()
	for _, r := range s.all {
		if r.alive() && !r.frozenSince.IsZero() {
			s.wake(r)
		}
		s.startIfDead(t, r)
	}
	s.waitUntilConnected(t)
}

// startIfDead starts a replica again if it is dead.
func (s *replicaRun) startIfDead(t *testing.T, r *replica) {
	t.Helper()
	if r.alive() {
		return
	}
	if !r.recorded {
		s.recordUnexpectedEnd(t, r)
	}
	s.startAgain(t, r, false)
}

// waitUntilSettled waits until all orders of the round are settled. It restarts
// a replica that dies at a crash point meanwhile.
func (s *replicaRun) waitUntilSettled(t *testing.T, since time.Time) {
	t.Helper()
	dead := func() bool {
		for _, r := range s.all {
			if r.died() {
				return true
			}
		}
		return false
	}
	for until := time.Now().Add(settleTimeout); ; {
		rest := s.settle(t, dead, since, time.Until(until))
		s.startDead(t)
		switch {
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("round %d is not settled after %s:\n%s%s", s.rounds, settleTimeout, describe(rest), s.logs())
		}
	}
}
