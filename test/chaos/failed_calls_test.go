//go:build chaos

package chaos

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// failedCalls are the times of the calls that failed, by what they should have
// shown.
type failedCalls struct {
	mu     sync.Mutex
	byID   map[shownThing][]time.Time
	orders map[shownThing]string // the ids of the orders, as far as the messages name them
}

// shownThing is one message: one to be updated, the replies to one, or the card or
// direct message of an order.
type shownThing struct {
	method  string
	channel string
	id      string // the timestamp of a message, or the id of an order
	// inThread is true for replies to the message with the timestamp.
	inThread bool
}

// orderIn returns the id of the order that a message is about: that of its buttons,
// or else the first one in its blocks. The block of a card's buttons can name another
// order, which extended the server meanwhile.
func orderIn(blocks string) string {
	if button := buttonOrder.FindStringSubmatch(blocks); button != nil {
		return button[1]
	}
	return anyOrder.FindString(blocks)
}

var (
	buttonOrder = regexp.MustCompile(`"value":\s*"([0-9a-z]{8}-[0-9a-z]{8})"`)
	anyOrder    = regexp.MustCompile(`[0-9a-z]{8}-[0-9a-z]{8}\b`)
)

// record records a call that failed. 429 answers do not count, because they say
// when to call again.
func (f *failedCalls) record(c slacksim.Call) {
	var answer struct{ OK bool }
	if c.Status == http.StatusTooManyRequests || c.Status == http.StatusOK && json.Unmarshal(c.Answer, &answer) == nil && answer.OK {
		return
	}
	what := shownThing{method: c.Method, channel: c.Channel()}
	switch c.Method {
	case "chat.update":
		what.id = c.Args["ts"]
	case "chat.postMessage":
		what.id = c.Args["thread_ts"]
		if what.inThread = what.id != ""; !what.inThread {
			what.id = orderIn(c.Args["blocks"])
		}
	}
	if what.id == "" || subjectOf(c.Args["text"]) == repeated {
		return // an answer to a command or a click
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byID == nil {
		f.byID, f.orders = map[shownThing][]time.Time{}, map[shownThing]string{}
	}
	if id := orderIn(c.Args["blocks"]); id != "" {
		f.orders[what] = id
	}
	f.byID[what] = append(f.byID[what], c.At)
}

// thingsPerThread is how many things an order can owe its thread: the outcome, the
// question, and that it waits; and also the reminder of its approvers, and why it was
// declined. Every other message is about one thing.
const (
	thingsPerThread = 3
	moreOfApprovals = 2
)

// checkFailedCalls requires that the pauses grow between calls that fail: the
// first five are 1, 2, 4, 8 and 16 seconds. They begin again only for a process
// that has just taken an order over, and for a new state of the order.
func (w *world) checkFailedCalls(f *findings, orders []observedOrder, since time.Time) {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	for what, at := range w.calls.byID {
		if at[len(at)-1].Before(since) {
			continue
		}
		slices.SortFunc(at, time.Time.Compare)
		begins, things := w.lives(), thingsPerThread
		for _, l := range orders {
			if string(l.ID) == w.calls.orders[what] || slices.ContainsFunc(l.cards, func(m slacksim.Message) bool { return m.TS == what.id }) {
				begins = append(begins, l.newStates()...)
				if len(w.policy.since(time.Now()).rulesFor(l.Order)) > 0 {
					things += moreOfApprovals
				}
			}
		}
		for _, calls := range split(at, begins) {
			// A call may arrive late, so a second is added.
			most := 1 + bits.Len(uint((calls[len(calls)-1].Sub(calls[0])+time.Second)/time.Second))
			if what.inThread {
				most *= things
			}
			if len(calls) > most {
				f.list = append(f.list, fmt.Sprintf("%d calls of %s for %s in %s failed from %s on, want at most %d: %v",
					len(calls), what.method, what.id, what.channel, clock(calls[0]), most, offsets(calls)))
				f.orders = append(f.orders, order.ID(w.calls.orders[what]))
			}
		}
	}
}

// newStates returns when the order got a state that is shown at once although an
// earlier one could not be shown: each but those of its repeated attempts.
func (l observedOrder) newStates() (at []time.Time) {
	tried := false
	for _, e := range l.history {
		again := e.To == order.Approved || e.To == order.Placing
		if !again || !tried {
			at = append(at, e.At)
		}
		tried = tried || e.To == order.Placing
	}
	return at
}

// lives returns when another process may have begun to work on an order: after
// each death, each start and each outage.
func (w *world) lives() []time.Time {
	list := slices.Concat(w.deathTimes, w.startTimes)
	for _, s := range w.outages {
		list = append(list, s.from, s.to)
	}
	return list
}

// split splits sorted times at others.
func split(times, at []time.Time) (parts [][]time.Time) {
	slices.SortFunc(at, time.Time.Compare)
	for _, t := range at {
		if i := slices.IndexFunc(times, t.Before); i > 0 {
			parts, times = append(parts, times[:i]), times[i:]
		}
	}
	if len(times) > 0 {
		parts = append(parts, times)
	}
	return parts
}

func offsets(at []time.Time) (list []time.Duration) {
	for _, t := range at {
		list = append(list, t.Sub(at[0]).Round(time.Millisecond))
	}
	return list
}
