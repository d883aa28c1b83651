package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/order"
)

// shortRounds is how many rounds there are if nobody asks for more.
const shortRounds = 4

// plan is what the environment asks for.
type plan struct {
	rounds int
	time   time.Duration
	siege  time.Duration
	seed   uint64
}

// long says that this is the long form.
func (p plan) long() bool { return p.time > 0 || p.siege > 0 }

func readPlan(t *testing.T) plan {
	t.Helper()
	p := plan{rounds: shortRounds, seed: uint64(time.Now().UnixNano())}
	var err error
	if v := os.Getenv("CHAOS_ROUNDS"); v != "" {
		if p.rounds, err = strconv.Atoi(v); err != nil {
			t.Fatalf("CHAOS_ROUNDS: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_TIME"); v != "" {
		if p.time, err = time.ParseDuration(v); err != nil {
			t.Fatalf("CHAOS_TIME: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_REPLICAS"); v != "" {
		if p.siege, err = time.ParseDuration(v); err != nil {
			t.Fatalf("CHAOS_REPLICAS: %v", err)
		}
	}
	if v := os.Getenv("CHAOS_SEED"); v != "" {
		if p.seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("CHAOS_SEED: %v", err)
		}
	}
	return p
}

// roundTime bounds what a round takes, settling included.
const roundTime = 4 * time.Minute

func TestNothingIsLostOrDoneTwiceAtRandomTimes(t *testing.T) {
	t.Parallel()
	if _, err := mortal(); err != nil {
		t.Fatal(err)
	}
	p := readPlan(t)
	t.Logf("CHAOS_SEED=%d", p.seed)
	c := worldConfig{confirmTTL: 3 * time.Second, oxhostTimeout: time.Second, connections: 2}
	if p.long() {
		c.patience = 12 * time.Second
	}
	r := &run{
		world:  newWorld(t, c),
		rng:    rand.New(rand.NewPCG(p.seed, 0)),
		points: expandedPoints(t),
		seen:   map[order.ID]bool{},
	}
	began := time.Now()
	r.p = r.start(t)
	for !t.Failed() && (r.rounds < p.rounds || time.Since(began) < p.time) {
		r.round(t)
	}
	r.calm(t, began)
	r.stop(t)
	lives, wrong := r.inspect(t, began, 1)
	for _, what := range wrong {
		t.Errorf("at the end: %s", what)
	}
	if n := r.known(t, lives); n != r.orders {
		t.Errorf("%d orders of the rounds at the end, %d in all rounds", n, r.orders)
	}
	t.Logf("%s in %s, CHAOS_SEED=%d", &r.tally, time.Since(began).Round(time.Second), p.seed)
}

// run is a row of rounds on one database.
type run struct {
	*world
	tally

	rng    *rand.Rand
	points []string
	p      *process
	cursed bool              // p was started with a crash point
	seen   map[order.ID]bool // the orders of all rounds
}

func (y *tally) String() string {
	return fmt.Sprintf("%d rounds (%d empty), %d kills, %d deaths at crash points, %d terms; %d orders, %d approvals, %d charges; "+
		"%d unknown, settled %d by look-up and %d by a person; %d duplicate words, %d duplicate cards",
		y.rounds, y.empty, y.kills, y.atPoints, y.terms, y.orders, y.approvals, y.charges,
		y.unknowns, y.byLookUp, y.byPerson, y.duplicateWords, y.duplicateCards)
}

// expandedPoints lists the crash points by their full names.
func expandedPoints(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(expected(t), func(name string) bool { return strings.Contains(name, anything) })
}

// round is some traffic that ends with the program's death, its next start,
// and a look at what it left when all is settled.
func (r *run) round(t *testing.T) {
	t.Helper()
	r.rounds++
	began, from := time.Now(), 0
	r.note(func() { from = r.hours + 1 })
	r.arm(r.rng, troubles())
	ctx, stop := context.WithCancel(r.ctx)
	gone := make(chan struct{})
	seed := r.rng.Uint64()
	r.owned.Go(func() {
		defer close(gone)
		r.traffic(ctx, seed)
	})
	r.strike(t)
	r.restart(t)
	if r.rng.IntN(3) == 0 { // people go on meanwhile
		pause(ctx, upTo(r.rng, 600*time.Millisecond))
	}
	stop()
	<-gone
	r.mend()
	r.calm(t, began)
	lives, wrong := r.inspect(t, began, from)
	for slices.ContainsFunc(lives, late) {
		r.calm(t, began)
		lives, wrong = r.inspect(t, began, from)
	}
	for _, what := range wrong {
		t.Errorf("round %d: %s", r.rounds, what)
	}
	r.count(lives)
	for _, l := range lives {
		r.seen[l.ID] = true
	}
	if t.Failed() {
		t.Logf("round %d, the last log:\n%s", r.rounds, r.p.tail())
	}
}

// late says of an order that was on its way when all others were settled: Slack's
// side of its request had given up, and the program had not.
func late(l life) bool { return !settled(l.Order) }

// known counts the orders that some round saw. What was recorded after the last
// look of its round belongs to none, and Slack got no ack of it.
func (r *run) known(t *testing.T, lives []life) (n int) {
	t.Helper()
	for _, l := range lives {
		switch {
		case r.seen[l.ID]:
			n++
		case l.request != nil && l.request.accepted:
			t.Errorf("order %s of %d hours was taken, and its round did not see it", l.ID, l.Hours)
		}
	}
	return n
}

// strike ends the program: by SIGKILL, by SIGTERM, or by SIGTERM for which it
// is not left the time; at a crash point, if it gets there first.
func (r *run) strike(t *testing.T) {
	t.Helper()
	select {
	case <-r.p.ended:
		r.bury(t, false)
		return
	case <-time.After(upTo(r.rng, 1200*time.Millisecond)):
	}
	term := r.rng.IntN(100)
	if term < 30 {
		r.p.signal(syscall.SIGTERM)
	}
	if term < 10 {
		select {
		case <-r.p.ended:
		case <-time.After(upTo(r.rng, 300*time.Millisecond)):
		}
	}
	shoot := term < 10 || term >= 30
	if shoot {
		r.p.signal(syscall.SIGKILL)
	}
	r.bury(t, shoot)
}

// bury waits for the end of the program and counts what it died of; shot says
// that it was sent a SIGKILL.
func (r *run) bury(t *testing.T, shot bool) {
	t.Helper()
	if err := r.end(r.p, stopTime); err != nil {
		t.Fatalf("round %d: %v\n%s", r.rounds, err, r.p.tail())
	}
	switch {
	case !r.p.killed():
		r.terms++
	case shot:
		r.kills++
	case r.cursed:
		r.atPoints++
	default:
		t.Fatalf("round %d: something else killed it\n%s", r.rounds, r.p.tail())
	}
	r.refusals = append(r.refusals, refusalsIn(r.p.log)...)
	_ = os.Remove(r.p.log) // it did well
}

// restart starts the program again; at times it dies while it starts, or is to
// die at some crash point.
func (r *run) restart(t *testing.T) {
	t.Helper()
	for r.rng.IntN(8) == 0 {
		r.p, r.cursed = r.start(t), false
		pause(r.ctx, upTo(r.rng, 200*time.Millisecond))
		r.p.signal(syscall.SIGKILL)
		r.bury(t, true)
	}
	r.cursed = r.rng.IntN(3) == 0
	if !r.cursed {
		r.p = r.start(t)
		return
	}
	r.p = r.start(t, fmt.Sprintf("EXTENDBOT_CRASH=%s:%d", pick(r.rng, r.points), 1+r.rng.IntN(6)))
}

// calm waits until all orders of the round are settled.
func (r *run) calm(t *testing.T, since time.Time) {
	t.Helper()
	const look = 3 * time.Second
	for until := time.Now().Add(roundTime); ; {
		rest := r.settle(t, r.p.died, since, look)
		switch {
		case r.p.died():
			r.bury(t, false)
			r.p, r.cursed = r.start(t), false
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("round %d is not settled after %s:\n%s%s", r.rounds, roundTime, describe(rest), r.p.tail())
		case !slices.ContainsFunc(rest, func(o order.Order) bool { return o.State != order.Approved }):
			// They wait, for up to a minute, for an outcome that is known by now.
			r.stop(t)
			r.p, r.cursed = r.start(t), false
		}
	}
}

// stop ends the program in good order.
func (r *run) stop(t *testing.T) {
	t.Helper()
	r.p.signal(syscall.SIGTERM)
	r.bury(t, false)
}
