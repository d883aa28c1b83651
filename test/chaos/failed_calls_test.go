//go:build chaos

package chaos

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"net/http"
	"regexp"
	"sync"
	"time"

	"extendbot/internal/slacksim"
)

// failedCalls are the times of the calls that failed, by what they should have
// shown.
type failedCalls struct {
	mu   sync.Mutex
	byID map[shownThing][]time.Time
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

// orderIn finds the id of an order in the blocks of a message.
var orderIn = regexp.MustCompile(`[0-9a-z]{8}-[0-9a-z]{8}\b`)

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
			what.id = orderIn.FindString(c.Args["blocks"])
		}
	}
	if what.id == "" {
		return // an answer to a command or a click
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byID == nil {
		f.byID = map[shownThing][]time.Time{}
	}
	f.byID[what] = append(f.byID[what], c.At)
}

// thingsPerThread is how many things an order can owe its thread: the outcome, the
// question, and that it waits. Every other message is about one thing.
const thingsPerThread = 3

// checkFailedCalls requires that the pauses grow between calls that fail: the
// first five are 1, 2, 4, 8 and 16 seconds. Only a process that has just taken an
// order over begins again.
func (w *world) checkFailedCalls(f *findings, since time.Time) {
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	for what, at := range w.calls.byID {
		first, last := at[0], at[len(at)-1]
		if last.Before(since) {
			continue
		}
		most := (1 + bits.Len(uint(last.Sub(first)/time.Second))) * w.livesBetween(first, last)
		if what.inThread {
			most *= thingsPerThread
		}
		if len(at) > most {
			f.list = append(f.list, fmt.Sprintf("%d calls of %s for %s in %s failed within %s, want at most %d: %v",
				len(at), what.method, what.id, what.channel, last.Sub(first), most, offsets(at)))
		}
	}
}

func offsets(at []time.Time) (list []time.Duration) {
	for _, t := range at {
		list = append(list, t.Sub(at[0]).Round(time.Millisecond))
	}
	return list
}

// livesBetween returns how many processes at most worked on an order between two
// times: after each death or start, and after each outage, it may have been
// another one.
func (w *world) livesBetween(from, to time.Time) int {
	deaths, starts, outages := 0, 0, 0
	for _, at := range w.deathTimes {
		if at.After(from) && at.Before(to) {
			deaths++
		}
	}
	for _, at := range w.startTimes {
		if at.After(from) && at.Before(to) {
			starts++
		}
	}
	for _, s := range w.outages {
		if s.within(from, to) > 0 {
			outages++
		}
	}
	return 1 + max(deaths, starts) + outages
}
