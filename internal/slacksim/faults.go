package slacksim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Break is a way in which the answer of a call is lost.
type Break string

// The breaks. With [Fault.Before] they happen instead of the call, with
// [Fault.After] after it.
const (
	None   Break = ""
	Reset  Break = "reset"  // TCP reset
	EOF    Break = "eof"    // the connection is closed
	Hang   Break = "hang"   // no answer until the app gives up or the server is closed
	Half   Break = "half"   // the connection is closed after half of the body
	Answer Break = "answer" // only with After: the call is done, but the answer is that of the Fault
)

// Fault says what goes wrong with a call. The zero value does nothing. Without
// Before and After, the call is not done, and the answer is made from Status,
// Body or Error.
//
// Besides the methods of the Web API, these can fail: "response_url"; "ws", the
// WebSocket handshake (Delay, Until, Before, Status, Body); and "hello" (Delay, Until, Before;
// with [Hang] the connection never gets a hello, with another break it is
// reset).
type Fault struct {
	Channel  string        // only calls with this channel argument; "" for all
	InThread bool          // only calls with a thread_ts argument
	Delay    time.Duration // before anything else, even if the client disconnects meanwhile
	Until    chan struct{} // after Delay, the call waits until this is closed; nil for not
	Before   Break         // nothing is done
	After    Break         // the call is done, then the answer is lost

	Status       int           // HTTP status; default 200, or 429 with RetryAfter or NoRetryAfter
	Body         string        // sent as text/html; "" sends JSON with Error
	Location     string        // the header of a redirect
	Error        string        // "not_in_channel", …; the default depends on Status
	RetryAfter   time.Duration // rounded up to seconds; default 1s for a 429
	NoRetryAfter bool          // a 429 without the header
}

type faultRule struct {
	Fault

	left int // for how many more calls; negative: all, until Clear
}

type faults struct {
	n     atomic.Int32 // the number of rules, so that calls without faults need no lock
	mu    sync.Mutex
	rules map[string][]*faultRule
}

func (f *faults) init() { f.rules = make(map[string][]*faultRule) }

// Fail makes the next calls of a method fail: this many, or all until
// [Server.Clear] if times is negative. Several faults of one method happen in
// the order in which they were set.
func (s *Server) Fail(method string, f Fault, times int) {
	if times == 0 {
		return
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules[method] = append(s.faults.rules[method], &faultRule{Fault: f, left: times})
	s.faults.n.Add(1)
}

// Clear removes all faults of a method; "" removes all faults.
func (s *Server) Clear(method string) {
	f := &s.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	if method == "" {
		clear(f.rules)
		f.n.Store(0)
		return
	}
	f.n.Add(-int32(len(f.rules[method]))) //nolint:gosec // there are only a few
	delete(f.rules, method)
}

// take returns the first fault of a method that applies to a call with these
// arguments, and counts it as used by one call. It reports whether there is one.
func (f *faults) take(method, channel, threadTS string) (Fault, bool) {
	if f.n.Load() == 0 {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rules := f.rules[method]
	for i, r := range rules {
		if r.Channel != "" && r.Channel != channel || r.InThread && threadTS == "" {
			continue
		}
		if r.left > 0 {
			if r.left--; r.left == 0 {
				f.rules[method] = append(rules[:i:i], rules[i+1:]...)
				f.n.Add(-1)
			}
		}
		return r.Fault, true
	}
	return Fault{}, false
}

// wait waits as long as a fault delays a call. It returns false if the server is
// closed first.
func (s *Server) wait(f Fault) bool { return s.hub.Pause(f.Delay) && s.hub.WaitFor(f.Until) }

// replacesCall reports whether the fault happens instead of the call.
func (f Fault) replacesCall() bool {
	return f.Before != None || f.After == None &&
		(f.Status != 0 || f.Body != "" || f.Error != "" || f.RetryAfter != 0 || f.NoRetryAfter)
}

// connectionBreak returns how the answer is lost, or None.
func (f Fault) connectionBreak() Break {
	if f.Before != None {
		return f.Before
	}
	if f.After == Answer {
		return None
	}
	return f.After
}

// reply returns the answer of the fault.
func (f Fault) reply() reply {
	status := f.Status
	if status == 0 && (f.RetryAfter != 0 || f.NoRetryAfter) {
		status = http.StatusTooManyRequests
	}
	a := reply{status: cmp.Or(status, http.StatusOK), raw: f.Body, location: f.Location}
	if a.status == http.StatusTooManyRequests {
		a = rateLimited(cmp.Or(f.RetryAfter, time.Second))
		if f.NoRetryAfter {
			a.retryAfter = ""
		}
		if f.Body != "" {
			a.body, a.raw = nil, f.Body
		}
	}
	if f.Body != "" {
		if json.Valid([]byte(f.Body)) {
			a.body, a.raw = json.RawMessage(f.Body), ""
		}
		return a
	}
	if f.Error != "" || a.body == nil {
		code := cmp.Or(f.Error, "internal_error")
		a.body = map[string]any{"ok": false, "error": code}
	}
	return a
}

// SetClockOffset shifts the Date header of all later answers, as if the clock of
// this machine were off by -d.
func (s *Server) SetClockOffset(d time.Duration) { s.clockOffset.Store(int64(d)) }

// NotSwitchedOn returns the fault of apps.connections.open while Socket Mode is
// switched off for the app: ok, and no URL.
func NotSwitchedOn() Fault {
	return Fault{
		Status: http.StatusOK,
		Body:   `{"ok":true,"response_metadata":{"messages":["[WARN] Socket Mode is not turned on."]}}`,
	}
}
