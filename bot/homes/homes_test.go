package homes

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"extendbot/bot/workqueue"
	"extendbot/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a Slack with Home tabs, each of which should show one text to everybody.
type world struct {
	homes *Homes[string]

	mu       sync.Mutex
	content  string
	fail     error         // of Publish
	takes    time.Duration // by Publish
	shown    map[string]string
	calls    []call
	failures int
}

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }

// call is one call of Publish.
type call struct {
	user, text string
	at         time.Time
}

// inWorld runs a test in a bubble, in which orders concern everybody but those whose user id
// begins with an X.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		running := workqueue.NewInflight()
		defer running.End()
		w := &world{content: "first", shown: map[string]string{}}
		w.homes = New(Config[string]{
			Render: func(context.Context, string) (string, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				return w.content, nil
			},
			Publish: w.publish, Same: func(a, b string) bool { return a == b },
			Failed:   func(string, error) { w.failures++ },
			Concerns: func(user string, _ order.Order) bool { return user[0] != 'X' },
			Queue:    workqueue.New(workqueue.Config{Now: time.Now, Jitter: func() float64 { return 0 }}, running, 8), Now: time.Now,
		})
		test(w)
	})
}

func (w *world) publish(_ context.Context, user, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call{user: user, text: text, at: time.Now()})
	if w.takes > 0 {
		w.mu.Unlock()
		pass(w.takes)
		w.mu.Lock()
	}
	if w.fail == nil {
		w.shown[user] = text
	}
	return w.fail
}

// change changes what the tabs should show.
func (w *world) change(text string) {
	w.mu.Lock()
	w.content = text
	w.mu.Unlock()
	w.homes.Changed(order.Order{})
}

// of returns the calls for a person so far.
func (w *world) of(user string) (calls []call) {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.user == user {
			calls = append(calls, c)
		}
	}
	return calls
}

// wantCalls fails the test unless a person's tab was published this often, and shows a text.
func (w *world) wantCalls(t *testing.T, user string, n int, text string) {
	t.Helper()
	calls := w.of(user)
	if len(calls) != n || w.shown[user] != text {
		t.Errorf("%d calls for %s, want %d; it shows %q, want %q: %v", len(calls), user, n, w.shown[user], text, calls)
	}
	for i := 1; i < len(calls); i++ {
		if pause := calls[i].at.Sub(calls[i-1].at); pause < interval {
			t.Errorf("a pause of %s", pause)
		}
	}
}

// A tab is published when it is opened, and when something changed that concerns its viewer,
// but not more often than once in two seconds. What it shows in the end is the newest.
func TestHomes_OnceInTwoSeconds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.homes.Opened("U1")
		w.homes.Opened("X2")
		w.wantCalls(t, "U1", 1, "first")
		for i := range 50 {
			pass(100 * time.Millisecond)
			w.change(fmt.Sprint(i))
		}
		pass(interval)
		w.wantCalls(t, "U1", 4, "49") // at 0, 2, 4, and 6 seconds
		w.wantCalls(t, "X2", 1, "first")
		for range 5 { // opening it publishes it, but not more often
			w.homes.Opened("U1")
		}
		pass(interval)
		w.wantCalls(t, "U1", 5, "49")
	})
}

// A change while the tab is being published is not lost.
func TestHomes_ChangeMeanwhile(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.takes = 5 * time.Second
		w.homes.Opened("U1")
		pass(time.Second)
		w.change("second")
		pass(4*time.Second + w.takes + time.Second)
		w.wantCalls(t, "U1", 2, "second")
	})
}

// What nobody reports appears within half a minute. What did not change is not published.
func TestHomes_LooksAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.homes.Opened("U1")
		pass(10 * time.Minute)
		w.wantCalls(t, "U1", 1, "first")
		w.mu.Lock()
		w.content = "second"
		w.mu.Unlock()
		pass(lookAgain)
		w.wantCalls(t, "U1", 2, "second")
	})
}

// An hour after it was opened last, a tab is published no more.
func TestHomes_AnHour(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.homes.Opened("U1")
		pass(viewing - time.Minute)
		w.homes.Opened("U1")
		pass(viewing - time.Minute - time.Second) // not in the moment when it is looked at
		w.change("second")
		w.wantCalls(t, "U1", 3, "second")
		pass(2 * time.Minute)
		w.change("third")
		pass(viewing)
		w.wantCalls(t, "U1", 3, "second")
		if n := w.homes.cfg.Queue.Size(); n != 0 {
			t.Errorf("%d tabs are still looked at", n)
		}
	})
}

// However many people look, at most 80 tabs are published in a minute. All of them are in
// the end.
func TestHomes_EightyAMinute(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const viewers = 200
		for i := range viewers {
			w.homes.Opened(fmt.Sprint("U", i))
		}
		pass(30 * time.Second)
		w.change("second")
		pass(5 * time.Minute)
		for i := range viewers {
			if got := w.shown[fmt.Sprint("U", i)]; got != "second" {
				t.Errorf("%d shows %q", i, got)
			}
		}
		for i := perMinute; i < len(w.calls); i++ {
			if took := w.calls[i].at.Sub(w.calls[i-perMinute].at); took < time.Minute {
				t.Fatalf("%d calls within %s", perMinute+1, took)
			}
		}
	})
}

// What fails is tried again with pauses that grow, and then shows what is true by then. Who
// opens the tab meanwhile does not wait for such a pause.
func TestHomes_Failures(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fail = errors.New("no")
		w.homes.Opened("U1")
		pass(10*time.Minute + 10*time.Second) // the next try is due in most of a minute
		calls := w.of("U1")
		if n := len(calls); n < 8 || n > 16 {
			t.Errorf("it was tried %d times in 10 minutes", n)
		}
		for i := 2; i < len(calls); i++ {
			if calls[i].at.Sub(calls[i-1].at) < calls[i-1].at.Sub(calls[i-2].at) {
				t.Errorf("the pause before try %d is shorter than the one before", i+1)
			}
		}
		if w.failures != 1 {
			t.Errorf("%d failures were reported", w.failures)
		}
		w.mu.Lock()
		w.fail, w.content = nil, "second"
		w.mu.Unlock()
		w.homes.Opened("U1")
		pass(interval)
		w.wantCalls(t, "U1", len(calls)+1, "second")
	})
}

// A limited number of viewers is remembered: who opened their tab the longest ago is
// forgotten.
func TestHomes_ManyViewers(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		for i := range maxViewers + 1 {
			w.homes.Opened(fmt.Sprint("U", i))
			pass(time.Millisecond)
		}
		viewers := w.homes.current()
		_, first := viewers["U0"]
		_, last := viewers[fmt.Sprint("U", maxViewers)]
		if len(viewers) != maxViewers || first || !last {
			t.Errorf("%d viewers; the first is one: %v, the last is one: %v", len(viewers), first, last)
		}
	})
}
