package usergroups

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"go.uber.org/goleak"

	"extendbot/bot/slackapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// workspace is a Slack that lists groups, and a policy that names some.
type workspace struct {
	mu     sync.Mutex // between the test, which sets the fields, and the watches
	groups []slackapi.UserGroup
	named  []string
	err    error         // instead of the groups
	takes  time.Duration // how long each call takes
	calls  []time.Time   // when each call began
}

func (w *workspace) list(ctx context.Context) ([]slackapi.UserGroup, error) {
	w.mu.Lock()
	w.calls = append(w.calls, time.Now())
	groups, err, takes := slices.Clone(w.groups), w.err, w.takes
	w.mu.Unlock()
	select {
	case <-time.After(takes):
		return groups, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// set changes the workspace or the policy.
func (w *workspace) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// called returns how often Slack was called.
func (w *workspace) called() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

// call returns when the nth call began, from 0.
func (w *workspace) call(n int) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[n]
}

// watch runs a watch of the workspace until the test ends.
func (w *workspace) watch(t *testing.T) (*Watch, *logtest.Hook) {
	t.Helper()
	log, lines := logtest.NewNullLogger()
	watch := New(Config{List: w.list, Log: log, Now: time.Now, Named: func() []string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return slices.Clone(w.named)
	}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		watch.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	synctest.Wait()
	return watch, lines
}

// leads is a workspace with one group that the policy names.
func leads() *workspace {
	return &workspace{
		named:  []string{"S0LEADS"},
		groups: []slackapi.UserGroup{{ID: "S0LEADS", Members: []string{"U0CARO"}}},
	}
}

// pass lets time pass, and what is then due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// The groups are read at once and then each minute, as long as the policy names any.
func TestWatch_ReadsEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		watch, _ := w.watch(t)
		if members, known := watch.Members("S0LEADS"); !known || !members["U0CARO"] || members["U0BOB"] {
			t.Errorf("got %v, %t", members, known)
		}
		pass(time.Hour)
		if n := w.called(); n != 61 {
			t.Errorf("%d calls in an hour", n)
		}
		w.set(func() { w.named = nil })
		pass(time.Hour)
		if n := w.called(); n != 61 {
			t.Errorf("%d more calls although the policy names no group", n-61)
		}
		if err := watch.Err(); err != nil {
			t.Errorf("without groups: %v", err)
		}
	})
}

// A group that the policy names later, or for the first time, is read as soon as it
// is asked for.
func TestWatch_ReadsANewlyNamedGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &workspace{groups: leads().groups}
		watch, _ := w.watch(t)
		watch.Changed()
		pass(10 * time.Second)
		w.set(func() { w.named = []string{"S0LEADS"} })
		if watch.Err() == nil {
			t.Error("the group is known before it was read")
		}
		synctest.Wait()
		if err := watch.Err(); err != nil || w.called() != 1 {
			t.Errorf("%v after %d calls", err, w.called())
		}
		w.set(func() {
			w.named = []string{"S0OPS"}
			w.groups = append(w.groups, slackapi.UserGroup{ID: "S0OPS", Members: []string{"U0BOB"}})
		})
		if _, known := watch.Members("S0OPS"); known {
			t.Error("a group that was created after the last read is known")
		}
		pass(minPause)
		if members, known := watch.Members("S0OPS"); !known || !members["U0BOB"] || w.called() != 2 {
			t.Errorf("got %v, %t after %d calls", members, known, w.called())
		}
	})
}

// After an event the groups are read sooner, but not within 40 seconds of the last
// read, and however many events come, once. An event during a read leads to another
// one.
func TestWatch_SoonerAfterAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		w.takes = 2 * time.Second
		watch, _ := w.watch(t)
		pass(time.Second) // the first read is under way
		began := time.Now().Add(-time.Second)
		watch.Changed()
		for range 100 {
			watch.Changed()
			pass(100 * time.Millisecond)
		}
		pass(time.Minute)
		if n := w.called(); n != 2 || w.call(1).Sub(began) != minPause {
			t.Fatalf("%d calls, the last after %s", n, w.call(n-1).Sub(began))
		}
		pass(30 * time.Second) // a minute after the second: the third one, without an event
		if n := w.called(); n != 3 || w.call(2).Sub(w.call(1)) != readEvery {
			t.Fatalf("%d calls", n)
		}
		pass(minPause + 5*time.Second)
		watch.Changed()
		synctest.Wait()
		if n := w.called(); n != 4 || time.Since(w.call(3)) != 0 {
			t.Errorf("%d calls: an event after the pause leads to a read at once", n)
		}
	})
}

// Ten processes, the most that Slack connects, make 15 calls a minute at most, and
// never more than the 20 that Slack allows, whatever happens: events, groups that do
// not exist, and failures.
func TestWatch_FifteenCallsAMinute(t *testing.T) {
	const minutes, processes, allowed = 10, 10, 20
	for name, err := range map[string]error{"works": nil, "fails": errors.New("down")} {
		synctest.Test(t, func(t *testing.T) {
			w := leads()
			w.named, w.err = append(w.named, "S0NONE"), err
			var watches []*Watch
			for range processes {
				watch, _ := w.watch(t)
				watches = append(watches, watch)
			}
			for range 60 * minutes {
				for _, watch := range watches {
					watch.Changed()
					_ = watch.Err()
				}
				pass(time.Second)
			}
			n := w.called()
			if n != processes+15*minutes {
				t.Errorf("%s: %d calls in %d minutes", name, n, minutes)
			}
			for i := range n - allowed {
				if in := w.call(i + allowed).Sub(w.call(i)); in < time.Minute {
					t.Fatalf("%s: %d calls within %s", name, allowed+1, in)
				}
			}
		})
	}
}

// After a 429, Slack is not called before its Retry-After has passed.
func TestWatch_HonorsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		w.err = &slackapi.Error{Code: "ratelimited", Class: slackapi.ClassRateLimited, RetryAfter: 100 * time.Second}
		watch, _ := w.watch(t)
		for range 50 {
			watch.Changed()
			pass(2 * time.Second)
		}
		if n := w.called(); n != 2 || w.call(1).Sub(w.call(0)) != 100*time.Second {
			t.Errorf("%d calls", n)
		}
	})
}

// A failure is logged once, and so is its end.
func TestWatch_LogsEachChangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		_, lines := w.watch(t)
		steps := []error{
			&slackapi.Error{Code: "internal_error"}, &slackapi.Error{Code: slackapi.CodeMissingScope}, nil, &slackapi.Error{Code: "internal_error"},
		}
		for i, err := range steps {
			w.set(func() { w.err = err })
			pass(10 * time.Minute)
			if n := len(lines.AllEntries()); n != i+1 {
				t.Fatalf("%d lines after step %d", n, i)
			}
		}
		for i, want := range []logrus.Level{logrus.WarnLevel, logrus.WarnLevel, logrus.InfoLevel, logrus.WarnLevel} {
			if got := lines.AllEntries()[i].Level; got != want {
				t.Errorf("line %d is %s, want %s", i, got, want)
			}
		}
	})
}

// The end of the context ends a read that hangs, and is no failure.
func TestWatch_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		w.takes = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		log, lines := logtest.NewNullLogger()
		watch := New(Config{List: w.list, Log: log, Now: time.Now, Named: func() []string { return w.named }})
		watch.Run(ctx)
		if len(lines.AllEntries()) != 0 {
			t.Errorf("logged %v", lines.LastEntry())
		}
	})
}
