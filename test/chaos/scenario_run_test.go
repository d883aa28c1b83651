//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"extendbot/order"
)

// visit is one time that a scenario reaches a crash point.
type visit struct {
	point string
	nth   int // from 1
}

func (v visit) String() string { return fmt.Sprintf("%s:%d", v.point, v.nth) }

// Nothing is lost or done twice by a program that is killed at any crash point.
func TestProgram_KilledAtEachCrashPoint(t *testing.T) {
	t.Parallel()
	if _, err := crashBinary(); err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	routes := make([][]visit, len(scenarios()))
	t.Run("without a crash", func(t *testing.T) {
		for i, s := range scenarios() {
			t.Run(s.name, func(t *testing.T) {
				routes[i] = s.trace(t)
				for _, v := range routes[i] {
					reached[v.point] = true
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	for _, want := range expected(t) {
		if !anyMatches(want, reached) {
			t.Errorf("no scenario reaches the crash point %s", want)
		}
	}
	done := map[string]bool{}
	for i, s := range scenarios() {
		for _, v := range routes[i] {
			// The short form includes all visits of the first scenario, in which an order
			// is placed.
			if done[v.point] && i > 0 && alsoKilledAt[s.name] != v.point && os.Getenv("CHAOS_POINTS") != "all" {
				continue
			}
			first := !done[v.point]
			done[v.point] = true
			t.Run(s.name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				s.dieAt(t, v, first)
			})
		}
	}
}

func anyMatches(pattern string, names map[string]bool) bool {
	for name := range names {
		if matches(pattern, name) {
			return true
		}
	}
	return false
}

// trace plays the scenario to its end, starts the program once more, and returns
// the crash points in the order in which they were reached.
func (s scenario) trace(t *testing.T) []visit {
	t.Helper()
	w := newWorld(t, s.config)
	path := filepath.Join(w.dir, "trace")
	s.run(t, w, "EXTENDBOT_CRASH_TRACE="+path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	var visits []visit
	for name := range strings.Lines(string(text)) {
		name = strings.TrimSpace(name)
		times[name]++
		visits = append(visits, visit{name, times[name]})
	}
	return visits
}

// dieAt plays the scenario with a program that dies at a visit. must means that
// the program has to reach the visit: how often a point is reached may depend on
// the scheduler.
func (s scenario) dieAt(t *testing.T, v visit, must bool) {
	w := newWorld(t, s.config)
	if died := s.run(t, w, "EXTENDBOT_CRASH="+v.String()); !died && must {
		t.Errorf("%s was not reached", v)
	}
}

// run plays the scenario, and restarts the program when it dies. The first start
// has env in its environment. It reports whether the program or a person's
// command died.
func (s scenario) run(t *testing.T, w *world, env string) (died bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, 2*patience)
	defer stop()
	w.crashEnv = env
	r := &scenarioRun{world: w, began: time.Now(), p: w.start(t, env)}
	played := make(chan struct{})
	w.goroutines.Go(func() {
		defer close(played)
		s.play(ctx, w)
	})
	r.keepAliveUntil(t, played)
	for over := false; !over; {
		r.keepAliveUntilSettled(ctx, t)
		r.p.signal(syscall.SIGTERM)
		over = !r.restartIfKilled(t)
	}
	s.judge(t, w, r.began)
	if t.Failed() {
		t.Logf("the last log:\n%s", r.p.tail())
	}
	return r.died+w.crashedCommands > 0
}

// scenarioRun is one run of a scenario.
type scenarioRun struct {
	*world

	began time.Time
	p     *process
	died  int
}

// keepAliveUntil restarts the program when it dies, until people have done their
// part.
func (r *scenarioRun) keepAliveUntil(t *testing.T, played <-chan struct{}) {
	t.Helper()
	for {
		select {
		case <-played:
			return
		case <-r.p.ended:
			r.restartIfKilled(t)
		}
	}
}

// keepAliveUntilSettled restarts the program when it dies, until all orders are
// settled.
func (r *scenarioRun) keepAliveUntilSettled(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		rest := r.settle(t, r.p.died, r.began, time.Second)
		switch {
		case r.p.died():
			r.restartIfKilled(t)
		case len(rest) == 0:
			return
		case ctx.Err() != nil:
			t.Fatalf("not settled:\n%s%s", describe(rest), r.p.tail())
		default:
			cancelPending(ctx, r.world, rest)
		}
	}
}

// restartIfKilled waits for the end of the program. It reports whether the
// program died at its crash point, which happens once. If so, it restarts the
// program.
func (r *scenarioRun) restartIfKilled(t *testing.T) bool {
	t.Helper()
	if err := r.end(r.p, stopTime); err != nil {
		t.Fatalf("%v\n%s", err, r.p.tail())
	}
	if !r.p.killed() {
		return false
	}
	if r.died++; r.died > 1 {
		t.Fatalf("something else killed the program\n%s", r.p.tail())
	}
	r.crashEnv = ""
	r.p = r.start(t)
	return true
}

// judge requires that all promises are kept, and that the last order ended as
// the scenario expects.
func (s scenario) judge(t *testing.T, w *world, began time.Time) {
	t.Helper()
	orders, wrong := w.inspect(t, began, 1)
	for _, what := range wrong {
		t.Error(what)
	}
	for _, l := range orders {
		ends := append([]order.State{order.Cancelled}, s.ends...) // orders of cancelPending
		if int(l.Hours) == w.hours {
			ends = s.ends
		}
		if !slices.Contains(ends, l.State) {
			t.Errorf("order %s of %d hours ended as %s, want one of %v", l.ID, l.Hours, l.State, ends)
		}
	}
	// One more for each death, which may come between the post and its record.
	if n := len(w.reminders()); s.config.reminds && (n < 1 || n > 1+len(w.deathTimes)) {
		t.Errorf("%d reminders after %d deaths", n, len(w.deathTimes))
	}
	if len(orders) == 0 && s.ends != nil {
		t.Error("there is no order")
	}
}
