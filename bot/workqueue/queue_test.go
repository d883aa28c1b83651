package workqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"extendbot/order"
)

// testQueue is a Queue in a bubble of fake time, and a record of what ran.
type testQueue struct {
	*Queue

	mu    sync.Mutex
	began []string
	ended map[string]chan error // what a key's next try returns; without one, nil at once
}

func newTestQueue(slots int, turn time.Duration) *testQueue {
	c := Config{Now: time.Now, Jitter: func() float64 { return 0 }, Panicked: func(string, any) {}}
	q := &testQueue{Queue: New(c, NewInflight(), slots), ended: map[string]chan error{}}
	q.Turn = turn
	return q
}

// hold makes the tries of a key wait; the returned function ends one of them.
func (q *testQueue) hold(key string) func(error) {
	c := make(chan error)
	q.ended[key] = c
	return func(err error) {
		c <- err
		synctest.Wait()
	}
}

// put adds work whose age follows from its key: a2 is younger than a1.
func (q *testQueue) put(channel, key string, at time.Time) <-chan struct{} {
	since := time.Unix(int64(key[len(key)-1]), 0)
	return q.Add(Work{Key: key, Channel: channel, Since: since}, at, func(context.Context, *Job) error {
		q.mu.Lock()
		q.began = append(q.began, key)
		c := q.ended[key]
		q.mu.Unlock()
		if c != nil {
			return <-c
		}
		return nil
	})
}

// tries returns how many tries have begun.
func (q *testQueue) tries() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.began)
}

func (q *testQueue) want(t *testing.T, keys ...string) {
	t.Helper()
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !slices.Equal(q.began, keys) {
		t.Fatalf("began %q, want %q", q.began, keys)
	}
}

// letPass lets time pass in a bubble, until everything waits again.
func letPass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// What finds no slot waits and runs when a slot is free. Channels take turns, and
// within a channel the smaller key is first.
func TestQueue_ChannelsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		end := q.hold("a0")
		now := time.Now()
		q.put("A", "a0", now)
		q.want(t, "a0")
		for _, key := range []string{"a3", "a1", "a2"} {
			q.put("A", key, now)
		}
		q.put("B", "b1", now)
		q.put("C", "c1", now)
		end(nil)
		q.want(t, "a0", "a1", "b1", "c1", "a2", "a3")
		if n := q.Size(); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// With turns, the work of a channel begins one after the other: when the one
// before ends its turn, or takes too long. Other channels do not wait.
func TestQueue_OneTurnAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(10, 2*time.Second)
		first, second := q.hold("a1"), q.hold("a2")
		now := time.Now()
		for _, key := range []string{"a1", "a2", "a3"} {
			q.put("A", key, now)
		}
		q.want(t, "a1")
		q.put("B", "b1", now)
		q.want(t, "a1", "b1")
		letPass(2 * time.Second)
		q.want(t, "a1", "b1", "a2")
		second(nil)
		q.want(t, "a1", "b1", "a2", "a3")
		first(nil)
	})
}

// Work does not begin while older work of its channel is expected.
func TestQueue_WaitsForExpectedWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(10, time.Second)
		first := q.Expect("A", time.Unix('1', 0))
		third := q.Expect("A", time.Unix('3', 0))
		q.put("A", "a2", time.Now())
		q.put("B", "b2", time.Now())
		q.want(t, "b2")
		q.put("A", "a1", time.Now())
		first()
		q.want(t, "b2", "a1", "a2")
		third()
		if n := len(q.lanes); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

// Work that fails is tried again with pauses that grow up to a minute. Adding it
// meanwhile does not shorten them.
func TestQueue_PausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		end := q.hold("a")
		q.put("A", "a", time.Now())
		q.want(t, "a")
		for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
			pause := time.Duration(seconds) * time.Second
			end(errors.New("no"))
			q.put("A", "a", time.Now())
			n := q.tries()
			letPass(pause - time.Millisecond)
			if q.tries() != n {
				t.Fatalf("tried again before %s", pause)
			}
			letPass(time.Millisecond)
			if q.tries() != n+1 {
				t.Fatalf("not tried after %s", pause)
			}
		}
		end(&order.Later{At: time.Now().Add(time.Hour)})
		if at, ok := q.Next("a"); !ok || time.Until(at) != time.Hour {
			t.Errorf("the next try is at %s", at)
		}
		q.Cancel("a")
		if n := q.Size(); n != 0 {
			t.Errorf("%d are left after a cancel", n)
		}
	})
}

// Work never runs twice at once. What is added while it runs makes it run once
// more; what is added while it waits for its time brings it forward.
func TestQueue_NeverTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(10, 0)
		end := q.hold("a")
		q.put("A", "a", time.Now().Add(time.Hour))
		q.want(t)
		tried := q.put("A", "a", time.Now())
		q.want(t, "a")
		q.put("A", "a", time.Now())
		q.put("A", "a", time.Now())
		q.want(t, "a")
		end(nil)
		<-tried
		q.want(t, "a", "a")
		end(nil)
		q.want(t, "a", "a")
		if n := q.Size(); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// A panic costs one try.
func TestQueue_PanicCostsOneTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		tries := 0
		tried := q.Add(Work{Key: "a", Channel: "A"}, time.Now(), func(context.Context, *Job) error {
			if tries++; tries == 1 {
				panic("once")
			}
			return nil
		})
		<-tried
		letPass(time.Second)
		if tries != 2 || q.Size() != 0 {
			t.Errorf("%d tries, %d are left", tries, q.Size())
		}
	})
}

// The queue is bounded, and it accepts nothing after the bot has stopped. What
// waits for a slot when the bot stops is still done.
func TestQueue_BoundedAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		later := time.Now().Add(time.Hour)
		for i := range maxQueued {
			q.put("A", fmt.Sprintf("later%05d", i), later)
		}
		if q.put("A", "one more", later) != nil {
			t.Error("more than maxQueued were accepted")
		}
		q.Cancel("later00000")
		q.Cancel("later00001")
		end := q.hold("first")
		q.put("A", "first", time.Now())
		q.put("A", "second", time.Now())
		q.want(t, "first")
		q.inflight.Close()
		end(nil)
		q.want(t, "first", "second")
		if left := q.inflight.wait(time.Second); left != 0 {
			t.Errorf("%d still run", left)
		}
		if q.put("A", "too late", time.Now()) != nil {
			t.Error("work was accepted after the stop")
		}
	})
}

// A newer version does not wait for the pause after an older one failed, not even
// if it is added while the older one is tried. It waits for its own pauses.
func TestQueue_NewerVersionAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		end := q.hold("a")
		add := func(version int) {
			q.Add(Work{Key: "a", Channel: "A", Version: version}, time.Now(), nil)
		}
		q.put("A", "a", time.Now())
		q.want(t, "a")
		end(&order.Later{At: time.Now().Add(time.Hour)})
		add(0)
		q.want(t, "a")
		add(1)
		q.want(t, "a", "a")
		add(2)
		end(errors.New("no"))
		q.want(t, "a", "a", "a")
		add(2)
		end(errors.New("no"))
		q.want(t, "a", "a", "a")
		letPass(time.Second)
		q.want(t, "a", "a", "a", "a")
		end(nil)
	})
}

// Work that is added while it runs runs again at the time that was asked for.
func TestQueue_AgainAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTestQueue(1, 0)
		end := q.hold("a")
		q.put("A", "a", time.Now())
		q.want(t, "a")
		q.put("A", "a", time.Now().Add(time.Hour))
		q.put("A", "a", time.Now().Add(time.Minute))
		end(nil)
		letPass(time.Minute - time.Millisecond)
		q.want(t, "a")
		letPass(time.Millisecond)
		q.want(t, "a", "a")
		end(nil)
	})
}
