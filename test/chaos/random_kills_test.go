//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/order"
)

// roundTime is the longest that the orders of a round may take to be settled.
const roundTime = 4 * time.Minute

// Nothing is lost or done twice by a program that is killed at random times
// during mixed traffic.
func TestProgram_KilledAtRandomTimes(t *testing.T) {
	t.Parallel()
	if _, err := crashBinary(); err != nil {
		t.Fatal(err)
	}
	p := readPlan(t)
	t.Logf("CHAOS_SEED=%d", p.seed)
	c := worldConfig{confirmTTL: 3 * time.Second, oxhostTimeout: time.Second, connections: 2}
	if p.long() {
		c.patience = 12 * time.Second
	}
	r := &randomRun{
		world:  newWorld(t, c),
		rng:    rand.New(rand.NewPCG(p.seed, 0)),
		points: expandedPoints(t),
		seen:   map[order.ID]bool{},
		long:   p.long(),
	}
	began := time.Now()
	r.p = r.start(t)
	for !t.Failed() && (r.rounds < p.rounds || time.Since(began) < p.time) {
		r.round(t)
	}
	r.waitUntilSettled(t, began)
	r.stop(t)
	orders, wrong := r.inspect(t, began, 1)
	for _, what := range wrong {
		t.Errorf("at the end: %s", what)
	}
	if n := r.countSeen(t, orders); n != r.orders {
		t.Errorf("%d orders at the end, but %d in all rounds", n, r.orders)
	}
	t.Logf("%s; %s in %s, CHAOS_SEED=%d", &r.counts, r.describeLimits(t, r.estimates), time.Since(began).Round(time.Second), p.seed)
}

// randomRun is a series of rounds on one database.
type randomRun struct {
	*world
	counts

	rng      *rand.Rand
	long     bool
	points   []string
	p        *process
	mayCrash bool              // p was started with a crash point
	ended    []string          // the logs of the processes of this round that have ended
	seen     map[order.ID]bool // the orders of all rounds
}

func (y *counts) String() string {
	return fmt.Sprintf("%d rounds (%d empty), %d kills, %d deaths at crash points, %d terms; %d orders, %d approvals, %d charges; "+
		"%d unknown, settled %d by lookup and %d by a person; %d duplicate messages, %d duplicate cards; "+
		"%d throttled, %d waited, %d outcomes told in private, %d told about a late card; "+
		"%d told that the server was extended meanwhile, %d approved although it was, %d repeated requests, %d asked again; "+
		"%d approved by others, %d declined (%d with a reason), %d refused because of a stricter policy",
		y.rounds, y.empty, y.kills, y.atPoints, y.terms, y.orders, y.approvals, y.charges,
		y.unknowns, y.byLookup, y.byPerson, y.duplicateMessages, y.duplicateCards,
		y.throttled, y.waited, y.told, y.late, y.extended, y.sawExtended, y.repeated, y.again,
		y.together, y.declined, y.explained, y.barred)
}

// expandedPoints returns the full names of the crash points.
func expandedPoints(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(expected(t), func(name string) bool { return strings.Contains(name, wildcard) })
}

// round is traffic until the program dies, its next start, and a check of all
// orders after they are settled.
func (r *randomRun) round(t *testing.T) {
	t.Helper()
	r.rounds++
	r.armFaults(r.rng, slackFaults())
	length := r.troubleLength()
	orders := r.trafficRound(t, r.rounds, r.rng.Uint64(), r.waitUntilSettled, func(ctx context.Context) {
		if length == 0 {
			r.endProgram(t)
			r.restart(t)
			if r.rng.IntN(3) == 0 { // people continue
				pause(ctx, upTo(r.rng, 600*time.Millisecond))
			}
			return
		}
		pause(ctx, upTo(r.rng, time.Second))
		trouble := r.beginTrouble(r.rng, length)
		t.Logf("round %d: %s of %v", r.rounds, length, trouble.kinds)
		r.endProgram(t)
		r.restart(t)
		next := time.Now().Add(upTo(r.rng, killEvery))
		r.hold(ctx, trouble, func() {
			r.startIfDead(t)
			if length < longTrouble && time.Now().After(next) {
				r.endProgram(t)
				r.restart(t)
				next = time.Now().Add(upTo(r.rng, killEvery))
			}
		})
	})
	r.addOrders(orders)
	for _, l := range orders {
		r.seen[l.ID] = true
	}
	if t.Failed() {
		t.Logf("round %d, the last log:\n%s", r.rounds, r.p.tail())
		return
	}
	for _, log := range r.ended { // nothing is wrong with them
		r.refusals = append(r.refusals, refusalsIn(log)...)
		_ = os.Remove(log)
	}
	r.ended = nil
}

// killEvery is the longest pause between two kills while calls fail.
const killEvery = 20 * time.Second

// longTrouble is so long after the restart of the program that people have to be
// told the outcome in private.
const longTrouble = learnedWithin + takenOverWithin

// troubleLength returns for how long calls fail in this round, or 0: the short form
// has two rounds with trouble.
func (r *randomRun) troubleLength() time.Duration {
	switch {
	case !r.long && r.rounds%2 == 0:
		return 4*time.Second + upTo(r.rng, 4*time.Second)
	case r.long && r.rounds%100 == 5:
		return longTrouble
	case r.long && r.rounds%12 == 0:
		return 5*time.Second + upTo(r.rng, 15*time.Second)
	default:
		return 0
	}
}

// startIfDead starts the program again if it died at its crash point.
func (r *randomRun) startIfDead(t *testing.T) {
	t.Helper()
	if r.p.died() {
		r.recordEnd(t, false)
		r.p, r.mayCrash = r.start(t), false
	}
}

// countSeen counts the orders that were checked in some round. An order that was
// recorded after the last check of its round was checked in none, and must not
// have been acked.
func (r *randomRun) countSeen(t *testing.T, orders []observedOrder) (n int) {
	t.Helper()
	for _, l := range orders {
		switch {
		case r.seen[l.ID]:
			n++
		case l.accepted():
			t.Errorf("order %s of %d hours was accepted but not checked in its round", l.ID, l.Hours)
		}
	}
	return n
}

// endProgram ends the program with SIGKILL, with SIGTERM, or with both in short
// succession, unless it dies at its crash point first.
func (r *randomRun) endProgram(t *testing.T) {
	t.Helper()
	select {
	case <-r.p.ended:
		r.recordEnd(t, false)
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
	r.recordEnd(t, shoot)
}

// recordEnd waits for the end of the program and counts its cause. shot means
// that it was sent a SIGKILL.
func (r *randomRun) recordEnd(t *testing.T, shot bool) {
	t.Helper()
	if err := r.end(r.p, stopTime); err != nil {
		t.Fatalf("round %d: %v\n%s", r.rounds, err, r.p.tail())
	}
	switch {
	case !r.p.killed():
		r.terms++
	case shot:
		r.kills++
	case r.mayCrash:
		r.atPoints++
	default:
		t.Fatalf("round %d: something else killed the program\n%s", r.rounds, r.p.tail())
	}
	r.ended = append(r.ended, r.p.log)
}

// restart starts the program again. Sometimes the program is killed during its
// start, or dies at a crash point.
func (r *randomRun) restart(t *testing.T) {
	t.Helper()
	for r.rng.IntN(8) == 0 {
		r.p, r.mayCrash = r.start(t), false
		pause(r.ctx, upTo(r.rng, 200*time.Millisecond))
		r.p.signal(syscall.SIGKILL)
		r.recordEnd(t, true)
	}
	r.mayCrash = r.rng.IntN(3) == 0
	if !r.mayCrash {
		r.p = r.start(t)
		return
	}
	r.p = r.start(t, fmt.Sprintf("EXTENDBOT_CRASH=%s:%d", pick(r.rng, r.points), 1+r.rng.IntN(6)))
}

// waitUntilSettled waits until all orders of the round are settled.
func (r *randomRun) waitUntilSettled(t *testing.T, since time.Time) {
	t.Helper()
	const look = 3 * time.Second
	for until := time.Now().Add(roundTime); ; {
		rest := r.settle(t, r.p.died, since, look)
		switch {
		case r.p.died():
			r.startIfDead(t)
		case len(rest) == 0:
			return
		case time.Now().After(until):
			t.Fatalf("round %d is not settled after %s:\n%s%s", r.rounds, roundTime, describe(rest), r.p.tail())
		}
	}
}

// stop ends the program with SIGTERM.
func (r *randomRun) stop(t *testing.T) {
	t.Helper()
	r.p.signal(syscall.SIGTERM)
	r.recordEnd(t, false)
}
