//go:build chaos

package chaos

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
)

// trouble is a stretch of time in which several kinds of calls fail, each in its
// own way. Then they work again.
type trouble struct {
	kinds    []string
	from, to time.Time // to is zero until it is over
	length   time.Duration
	hostBack bool // orders work again
	// limited is until when the program may have to wait for a method, because a 429
	// answer said so.
	limited map[string]time.Time
}

// The calls of Slack that can fail for a while.
const (
	cardUpdates = "chat.update"
	threads     = "chat.postMessage in threads"
	posts       = "chat.postMessage in the channel"
	directs     = "direct messages"
	responses   = "response_url"
	ephemerals  = "chat.postEphemeral"
)

// The calls of 0xhost that can fail for a while.
const (
	noList      = "list_order"
	lateList    = "list_order lags"
	busyHost    = "create_order is throttled"
	unreachable = "0xhost cannot be reached"
)

// longestLag is the longest that an order is missing in 0xhost's list. Two lists
// that are ten seconds apart then always show an order that was charged before
// the first one.
const longestLag = 8 * time.Second

// failure is one way in which calls of Slack fail.
type failure struct {
	slacksim.Fault

	times int // negative: until the faults are cleared
}

// lastingFailures lists the ways in which calls of Slack fail for a while.
func lastingFailures(length time.Duration) []failure {
	return []failure{
		{slacksim.Fault{Error: "internal_error"}, -1},
		{slacksim.Fault{Status: http.StatusServiceUnavailable, Body: "<html>later</html>"}, -1},
		{slacksim.Fault{Body: "<html>welcome</html>"}, -1},
		{slacksim.Fault{Before: slacksim.Hang}, -1},
		{slacksim.Fault{Before: slacksim.Reset}, -1},
		{slacksim.Fault{RetryAfter: length}, 1},
		{slacksim.Fault{RetryAfter: length}, -1},
	}
}

// failSlack arms a failure of one kind of calls of Slack.
func (w *world) failSlack(kind string, f failure) {
	switch kind {
	case threads:
		f.Channel, f.InThread = channel, true
		w.slack.Fail("chat.postMessage", f.Fault, f.times)
	case posts:
		f.Channel = channel
		w.slack.Fail("chat.postMessage", f.Fault, f.times)
	case directs:
		for _, user := range requesters() {
			f.Channel = user
			w.slack.Fail("chat.postMessage", f.Fault, f.times)
		}
	default:
		w.slack.Fail(kind, f.Fault, f.times)
	}
}

// failHost arms a failure of 0xhost.
func (w *world) failHost(rng *rand.Rand, kind string) {
	switch kind {
	case noList:
		f := pick(rng, []oxhostsim.Fault{{Kind: oxhostsim.Status, Code: http.StatusBadGateway}, {Kind: oxhostsim.Reset}, {Kind: oxhostsim.Hang}})
		w.oxhost.Fail(oxhostsim.ListOrder, f, -1)
	case lateList:
		w.oxhost.SetListing(oxhostsim.Listing{Lag: time.Second + upTo(rng, longestLag-time.Second)})
	case busyHost:
		const most = 1000
		for range most {
			f := oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusTooManyRequests}
			if rng.IntN(3) == 0 {
				f.Stage = oxhostsim.AfterCharge
			}
			if rng.IntN(2) == 0 {
				f.Header = http.Header{"Retry-After": {"2"}}
			}
			w.oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		}
	case unreachable:
		w.setReachable(false)
	}
}

// longestWithoutCards is the longest trouble in which no cards appear: without
// them, nobody approves anything.
const longestWithoutCards = 15 * time.Second

// beginTrouble makes some kinds of calls fail. Cards or threads are among them.
func (w *world) beginTrouble(rng *rand.Rand, length time.Duration) *trouble {
	first := []string{cardUpdates, threads, threads, posts}
	if length > longestWithoutCards {
		first = first[:3]
	}
	kinds := []string{pick(rng, first)}
	more := []string{cardUpdates, threads, directs, responses, ephemerals, noList, lateList, busyHost, unreachable}
	rng.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
	kinds = append(kinds, more[:rng.IntN(5)]...)
	slack := map[string]failure{}
	var host []string
	for _, kind := range kinds {
		switch kind {
		case noList, lateList, busyHost, unreachable:
			host = append(host, kind)
			w.failHost(rng, kind)
		default:
			slack[kind] = pick(rng, lastingFailures(length))
		}
	}
	t := w.fail(length, slack)
	w.locked(func() { t.kinds = append(t.kinds, host...) })
	return t
}

// fail makes kinds of calls of Slack fail.
func (w *world) fail(length time.Duration, failures map[string]failure) *trouble {
	t := &trouble{from: time.Now(), length: length, limited: map[string]time.Time{}}
	for _, kind := range slices.Sorted(maps.Keys(failures)) {
		t.kinds = append(t.kinds, kind)
		t.limited[kind] = t.from.Add(failures[kind].RetryAfter)
		w.failSlack(kind, failures[kind])
	}
	w.locked(func() { w.troubles = append(w.troubles, t) })
	return t
}

// endTrouble lets all calls work again.
func (w *world) endTrouble() {
	w.clearFaults()
	now := time.Now()
	w.locked(func() {
		for _, t := range w.troubles {
			if !t.to.IsZero() {
				continue
			}
			t.to = now
			for kind, until := range t.limited {
				if until.After(t.from) { // the 429 answer may have come at the end
					t.limited[kind] = now.Add(t.length)
				}
			}
		}
	})
}

// failing reports whether a kind of calls failed, or had to wait, at any moment
// between two times.
func (w *world) failing(kind string, from, to time.Time) bool {
	return slices.ContainsFunc(w.troubles, func(t *trouble) bool {
		end := t.to
		if t.limited[kind].After(end) {
			end = t.limited[kind]
		}
		return slices.Contains(t.kinds, kind) && t.from.Before(to) && from.Before(end)
	})
}

// channelLimited reports whether a 429 answer to a message in a thread may have held up
// the cards that were to be posted in that channel between two times: both count for
// the same limit of Slack.
func (w *world) channelLimited(from, to time.Time) bool {
	return slices.ContainsFunc(w.troubles, func(t *trouble) bool {
		until := t.limited[threads]
		return until.After(t.from) && t.from.Before(to) && from.Before(until)
	})
}

// threadsFailing reports whether calls for the thread failed at some moment.
func (w *world) threadsFailing(from, to time.Time) bool {
	return w.failing(threads, from, to) || w.failing(posts, from, to)
}

// privateFailing reports whether one of the last two ways to a person failed at
// some moment.
func (w *world) privateFailing(from, to time.Time) bool {
	return w.failing(directs, from, to) && w.failing(ephemerals, from, to)
}

// busyTime is how long 0xhost at most throttles all orders or cannot be reached.
// Meanwhile each server waits for its order, so nobody else gets an outcome.
const busyTime = 15 * time.Second

// progress ends the trouble, or a part of it, when its time is over.
func (w *world) progress(t *trouble) {
	switch lasts := time.Since(t.from); {
	case !t.to.IsZero():
	case lasts >= t.length:
		w.endTrouble()
	case lasts >= busyTime && !t.hostBack:
		t.hostBack = true
		w.oxhost.Clear(oxhostsim.CreateOrder)
		w.setReachable(true)
	}
}

// hold waits until the trouble is over, and looks after the program meanwhile.
func (w *world) hold(ctx context.Context, t *trouble, lookAfter func()) {
	for t.to.IsZero() && ctx.Err() == nil {
		pause(ctx, pollInterval)
		lookAfter()
		w.progress(t)
	}
}
