//go:build chaos

package chaos

import (
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

const (
	burstCommands = 300
	// burstInFlight is how many commands wait for their acks at once. Below 200 nobody
	// is told that the bot is busy.
	burstInFlight = 150
	// postingTime is how long all cards of the burst may take, on a slow machine, in
	// addition to the time until a dead process is replaced.
	postingTime = 10 * time.Second
)

// burst is some hundred commands at once, with a process that is killed in the
// middle.
type burst struct {
	name     string
	config   worldConfig
	replicas int  // how many processes are running
	restart  bool // the killed one is started again
	noCards  bool // Slack accepts no cards until all requests have expired
}

func bursts() []burst {
	long := worldConfig{confirmTTL: 30 * time.Second, oxhostTimeout: 5 * time.Second, connections: 2}
	short := worldConfig{confirmTTL: 15 * time.Second, oxhostTimeout: 5 * time.Second, connections: 2}
	postgres := long
	postgres.postgres = true
	return []burst{
		{"restarted", long, 1, true, false},
		{"replicas", postgres, 3, false, false},
		{"no cards", short, 1, true, true},
	}
}

// If a process dies in the middle of a burst of commands, every request that was
// accepted gets its card in time after the death; or, if Slack does not accept the
// card before the request expires, its requester is told.
func TestBurst_KilledInTheMiddle(t *testing.T) {
	t.Parallel()
	if _, err := crashBinary(); err != nil {
		t.Fatal(err)
	}
	for _, b := range bursts() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.run(t)
		})
	}
}

func (b burst) run(t *testing.T) {
	t.Helper()
	f := &replicas{world: newWorld(t, b.config)}
	began := time.Now()
	for range b.replicas {
		f.add(t)
	}
	if b.noCards {
		f.fail(b.config.confirmTTL, map[string]failure{posts: {slacksim.Fault{Error: "internal_error"}, -1}})
	}
	ended := make(chan struct{})
	f.goroutines.Go(func() {
		defer close(ended)
		f.burst()
	})
	half := func() bool {
		return b.noCards && f.acceptedCount() > burstCommands/2 || f.shown.countCards() > burstCommands/2
	}
	if !waitUntil(f.ctx, patience, half) {
		t.Fatalf("%d cards after %s%s", f.shown.countCards(), patience, f.logs())
	}
	f.all[0].signal(syscall.SIGKILL)
	died := f.waitForDeath(t, f.all[0])
	if b.restart {
		f.add(t)
	}
	<-ended
	by := died.Add(takenOverWithin + postingTime)
	if !b.noCards && !waitUntil(f.ctx, time.Until(by), func() bool { return len(f.withoutCard()) == 0 }) {
		t.Errorf("%s after the death, %d of %d accepted requests have no card: %v", time.Since(died), len(f.withoutCard()), f.acceptedCount(), f.withoutCard())
	}
	t.Logf("%s after the death, %d of %d requests were accepted, and %d had no card",
		time.Since(died).Round(time.Millisecond), f.acceptedCount(), burstCommands, len(f.withoutCard()))
	if b.noCards {
		pause(f.ctx, time.Until(began.Add(b.config.confirmTTL+settleTime)))
		f.endTrouble()
	}
	if rest := f.settle(t, never, began, patience); len(rest) > 0 {
		t.Fatalf("not settled after %s:\n%s%s", patience, describe(rest), f.logs())
	}
	f.stopAll(t)
	var y counts
	y.addOrders(f.checkPromises(t, began))
	t.Logf("%s", &y)
	if t.Failed() {
		t.Log(f.logs())
	}
}

// burst types all commands. Some people confirm their cards at once.
func (f *replicas) burst() {
	var group sync.WaitGroup
	work := make(chan int)
	for range burstInFlight {
		group.Go(func() {
			for n := range work {
				server := servers[n%len(servers)]
				hours, accepted, _ := f.request(f.ctx, owner(server), server, channel)
				if !accepted || n%25 != 0 {
					continue
				}
				if card, ok := f.waitForCard(f.ctx, hours, cardPatience); ok {
					_, _ = f.press(f.ctx, owner(server), card, true) // the process may be dying
				}
			}
		})
	}
	for n := range burstCommands {
		work <- n
	}
	close(work)
	group.Wait()
}

func (w *world) acceptedCount() (n int) {
	w.locked(func() {
		for _, r := range w.requests {
			if r.accepted {
				n++
			}
		}
	})
	return n
}

// withoutCard returns the hours of the accepted requests that have no card.
func (w *world) withoutCard() (list []int) {
	w.locked(func() {
		for hours, r := range w.requests {
			if _, ok := w.shown.card(hours); r.accepted && !ok {
				list = append(list, hours)
			}
		}
	})
	slices.Sort(list)
	return list
}
