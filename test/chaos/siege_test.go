package chaos

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/order"
)

const (
	besieged = 3 // replicas, with three connections each: Slack allows ten
	// shortSiege and longSiege are how long a round of traffic takes.
	shortSiege = 7 * time.Second
	longSiege  = 30 * time.Second
	// fewestOrders is how many orders a long form has at least.
	fewestOrders = 300
	// aftermath bounds how long all may take to be settled after a round.
	aftermath = 4 * time.Minute
)

func TestNothingIsLostOrDoneTwiceByReplicasInTrouble(t *testing.T) {
	t.Parallel()
	if _, err := mortal(); err != nil {
		t.Fatal(err)
	}
	p := readPlan(t)
	t.Logf("CHAOS_SEED=%d", p.seed)
	c := worldConfig{
		confirmTTL: 3 * time.Second, oxhostTimeout: time.Second, connections: 3, postgres: true, admin: members[0],
	}
	if p.long() {
		c.patience = 12 * time.Second
	}
	s := &siege{
		fleet: fleet{world: newWorld(t, c)}, long: p.long(),
		rng: rand.New(rand.NewPCG(p.seed, 0)), points: expandedPoints(t),
	}
	began := time.Now()
	for range besieged {
		s.replicas = append(s.replicas, &replica{process: s.start(t)})
	}
	s.connected(t)
	for !t.Failed() && s.goesOn(p, began) {
		s.round(t)
	}
	s.calm(t, began)
	s.leave(t)
	lives := s.judge(t, began)
	s.count(lives)
	if p.long() && s.orders < fewestOrders {
		t.Errorf("%d orders, want %d at least", s.orders, fewestOrders)
	}
	if t.Failed() {
		t.Log(s.logs())
	}
	t.Logf("%s; %d cuts, %d restarts of PostgreSQL, %d naps (%d longer than a lease) in %s, CHAOS_SEED=%d",
		&s.tally, s.cuts, s.pgRestarts, s.naps, s.hibernations, time.Since(began).Round(time.Second), p.seed)
}

// siege is a row of rounds of traffic in which everything happens to three
// replicas on one PostgreSQL.
type siege struct {
	fleet
	tally

	rng    *rand.Rand
	points []string
	long   bool

	cuts, pgRestarts, naps, hibernations int
}

// goesOn says whether there is one more round: the long form has as much time
// as the other one, or as many orders as it needs.
func (s *siege) goesOn(p plan, began time.Time) bool {
	if !p.long() {
		return s.rounds == 0
	}
	return time.Since(began) < p.siege || s.hours < fewestOrders
}

// lease is how long the owner of an order is taken for alive.
func (s *siege) lease() time.Duration { return s.oxhostTimeout + order.OwnerGrace }

// round is traffic during which the blows fall, and a look at what it left when
// all is well again.
func (s *siege) round(t *testing.T) {
	t.Helper()
	s.rounds++
	began, from := time.Now(), 0
	s.note(func() { from = s.hours + 1 })
	s.arm(s.rng, passing())
	s.forgetful()
	ctx, stop := context.WithCancel(s.ctx)
	gone := make(chan struct{})
	seed := s.rng.Uint64()
	s.owned.Go(func() {
		defer close(gone)
		s.traffic(ctx, seed)
	})
	s.fall(t, began)
	s.recover(t)
	pause(ctx, settling) // what a frozen one had heard is heard by now
	stop()
	<-gone
	s.mend()
	s.calm(t, began)
	lives, wrong := s.inspect(t, began, from)
	for slices.ContainsFunc(lives, late) {
		s.calm(t, began)
		lives, wrong = s.inspect(t, began, from)
	}
	for _, what := range wrong {
		t.Errorf("round %d: %s", s.rounds, what)
	}
}

// forgetful lets some notes of what 0xhost has listed fail: then nothing can be
// looked up, and people are asked at once.
func (s *siege) forgetful() {
	if s.long {
		s.oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusBadGateway}, s.rng.IntN(40))
	}
}

// fall lets the blows fall for the time of a round.
func (s *siege) fall(t *testing.T, began time.Time) {
	t.Helper()
	list, long := blows(), shortSiege
	if s.long {
		long = longSiege
	}
	s.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	gap := long / time.Duration(len(list)+1)
	if s.long {
		gap = 2 * time.Second
		s.hibernate(t)
	}
	next := time.Now().Add(upTo(s.rng, gap))
	for i := 0; time.Since(began) < long || !s.long && i < len(list); {
		pause(s.ctx, lookEvery)
		s.tend(t)
		if time.Now().Before(next) {
			continue
		}
		strike := list[i%len(list)]
		if i++; s.long {
			strike = pick(s.rng, list)
		}
		strike(s, t)
		if s.long && s.rng.IntN(3) == 0 {
			s.arm(s.rng, passing())
		}
		next = time.Now().Add(gap/2 + upTo(s.rng, gap))
	}
}

// tend wakes who has slept, starts who is dead, and finds who died by itself.
func (s *siege) tend(t *testing.T) {
	t.Helper()
	now := time.Now()
	for _, r := range s.replicas {
		switch {
		case r.died() && !r.buried:
			s.found(t, r)
		case r.died() && now.After(r.restart):
			s.revive(t, r, s.rng.IntN(4) == 0)
		case r.alive() && !r.frozen.IsZero() && now.After(r.thaw):
			s.wake(r)
		}
	}
}

// recover brings everything back.
func (s *siege) recover(t *testing.T) {
	t.Helper()
	for _, r := range s.replicas {
		if r.alive() && !r.frozen.IsZero() {
			s.wake(r)
		}
		s.replace(t, r)
	}
	s.connected(t)
}

// replace starts a replica again if it is dead.
func (s *siege) replace(t *testing.T, r *replica) {
	t.Helper()
	if r.alive() {
		return
	}
	if !r.buried {
		s.found(t, r)
	}
	s.revive(t, r, false)
}

// calm waits until all orders of the round are settled. Who dies meanwhile at a
// crash point is replaced.
func (s *siege) calm(t *testing.T, since time.Time) {
	t.Helper()
	dead := func() bool {
		for _, r := range s.replicas {
			if r.died() {
				return true
			}
		}
		return false
	}
	for until := time.Now().Add(aftermath); ; {
		rest := s.settle(t, dead, since, time.Until(until))
		for _, r := range s.replicas {
			s.replace(t, r)
		}
		switch {
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("round %d is not settled after %s:\n%s%s", s.rounds, aftermath, describe(rest), s.logs())
		}
	}
}
