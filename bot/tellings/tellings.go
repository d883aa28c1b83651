// Package tellings remembers for a short while what people were told about an order,
// so that a click counts only if its person could know what it means.
//
// It is lost with the process. It does not know how people are told, nor what a click
// does.
package tellings

import (
	"context"
	"maps"
	"sync"
	"time"

	"extendbot/order"
)

const (
	// tellingWait is how long a click waits for what its person is being told.
	tellingWait = time.Second
	// tellingLife is how long it is remembered that somebody was told.
	tellingLife = time.Minute
	// pressLife is how long it is remembered which presses were refused.
	pressLife = time.Hour
)

// Tellings remembers what people were told about the extension of a server by
// another order. Their next click on the old card then counts, but only one that
// follows from it: the second half of a double click must not confirm what nobody
// has read.
type Tellings struct {
	now func() time.Time

	mu      sync.Mutex
	by      map[Listener]*telling
	refused map[string]time.Time // when presses were refused, see Refuse
}

// Listener is a person who is told about an order.
type Listener struct {
	Order order.ID
	User  string
}

// telling is one of them.
type telling struct {
	began    time.Time
	extended order.ID      // the other order
	ended    chan struct{} // closed when told is final
	told     time.Time     // zero: it could not be told, or recorded
}

// New returns an empty memory. now is the clock.
func New(now func() time.Time) *Tellings {
	return &Tellings{now: now, by: map[Listener]*telling{}, refused: map[string]time.Time{}}
}

// Refuse remembers a press that was refused because its person did not know of the
// extension, or because of a limit. If it is delivered again after they were told, it is
// still no answer to that.
func (t *Tellings) Refuse(press string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	maps.DeleteFunc(t.refused, func(_ string, at time.Time) bool { return now.Sub(at) > pressLife })
	t.refused[press] = now
}

// RefusedBefore reports whether this very press was refused by this process.
func (t *Tellings) RefusedBefore(press string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.refused[press]
	return ok
}

// Once tells a person who pressed Confirm about another order and records that, unless
// another of their clicks does so, and that succeeds after this click arrived. tell
// and record report whether they succeeded.
func (t *Tellings) Once(ctx context.Context, to Listener, extended order.ID, arrived time.Time, tell, record func() bool) {
	one, mine := t.begin(to, extended, arrived)
	if mine {
		defer close(one.ended)
		if tell() {
			if told := t.now(); record() {
				one.told = told
			}
		}
		return
	}
	select {
	case <-one.ended:
		if one.told.IsZero() {
			t.Once(ctx, to, extended, arrived, tell, record)
		}
	case <-ctx.Done():
	}
}

// begin returns the telling that answers a click, and whether its caller has to do
// it.
func (t *Tellings) begin(to Listener, extended order.ID, arrived time.Time) (one *telling, mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for k, other := range t.by { // few: one for each order and person of the last minute
		if now.Sub(other.began) > tellingLife {
			delete(t.by, k)
		}
	}
	if one = t.by[to]; one != nil && one.extended == extended {
		select {
		case <-one.ended:
			if arrived.Before(one.shown()) {
				return one, false
			}
		default:
			return one, false
		}
	}
	one = &telling{began: now, extended: extended, ended: make(chan struct{})}
	t.by[to] = one
	return one, true
}

// shown returns about when the person could see it: halfway between the call of
// Slack and its answer, which takes as long to arrive as the message to appear. It
// returns the zero time if they could not be told.
func (t *telling) shown() time.Time {
	if t.told.IsZero() {
		return t.told
	}
	return t.began.Add(t.told.Sub(t.began) / 2)
}

// TooEarly reports whether a click that arrived at a time came before its person
// was told of what their card, which showed the extension seen, does not show. It
// waits a little if they are being told.
func (t *Tellings) TooEarly(ctx context.Context, to Listener, seen order.ID, arrived time.Time) bool {
	t.mu.Lock()
	one := t.by[to]
	t.mu.Unlock()
	if one == nil || one.extended == seen {
		return false
	}
	timer := time.NewTimer(tellingWait)
	defer timer.Stop()
	select {
	case <-one.ended:
		return arrived.Before(one.shown())
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
