package slacksim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Break is a way in which a call goes without its answer.
type Break string

// The breaks. For [Fault.Before] they happen instead of the call, for
// [Fault.After] when it is done.
const (
	None   Break = ""
	Reset  Break = "reset"  // TCP reset
	EOF    Break = "eof"    // the connection is closed
	Hang   Break = "hang"   // nothing comes until the app gives up or the server closes
	Half   Break = "half"   // headers and half of the body, then the end
	Answer Break = "answer" // After only: done, but answered with the rest of the Fault
)

// Fault is what goes wrong with a call. The zero value does nothing. Without
// Before and After, a Status, Body or Error is the answer instead of the call.
//
// Besides the names of methods these can fail: "response_url"; "ws", the WebSocket
// handshake (Delay, Before, Status, Body); "hello" (Delay, Before: [Hang] is a link
// that never says hello, anything else one that breaks).
type Fault struct {
	Channel string        // only calls with this channel argument; "" for all
	Delay   time.Duration // before anything else; a client that leaves meanwhile changes nothing
	Before  Break         // nothing is done
	After   Break         // done, then the answer is lost

	Status       int           // HTTP status; default 200, or 429 with RetryAfter or NoRetryAfter
	Body         string        // sent as text/html; "" sends JSON with Error
	Error        string        // "not_in_channel", …; default by status
	RetryAfter   time.Duration // rounded up to seconds; default 1s for a 429
	NoRetryAfter bool          // a 429 without the header
}

type faultRule struct {
	Fault

	left int // <0: until cleared
}

type faults struct {
	n     atomic.Int32 // rules there are, so that a call without faults takes no lock
	mu    sync.Mutex
	rules map[string][]*faultRule
}

func (f *faults) init() { f.rules = make(map[string][]*faultRule) }

// Fail makes the next calls of a method go wrong, times times, or until
// [Server.Clear] if times is negative. Several faults of one method are used up in
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

// Clear ends all faults of a method; "" ends all there are.
func (s *Server) Clear(method string) {
	f := &s.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	if method == "" {
		clear(f.rules)
		f.n.Store(0)
		return
	}
	f.n.Add(-int32(len(f.rules[method]))) //nolint:gosec // a handful
	delete(f.rules, method)
}

// take uses up one fault of the method that applies to the channel.
func (f *faults) take(method, channel string) (Fault, bool) {
	if f.n.Load() == 0 {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rules := f.rules[method]
	for i, r := range rules {
		if r.Channel != "" && r.Channel != channel {
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

// instead reports whether the call is not made.
func (f Fault) instead() bool {
	return f.Before != None || f.After == None &&
		(f.Status != 0 || f.Body != "" || f.Error != "" || f.RetryAfter != 0 || f.NoRetryAfter)
}

func (f Fault) broken() Break {
	if f.Before != None {
		return f.Before
	}
	if f.After == Answer {
		return None
	}
	return f.After
}

func (f Fault) reply() reply {
	status := f.Status
	if status == 0 && (f.RetryAfter != 0 || f.NoRetryAfter) {
		status = http.StatusTooManyRequests
	}
	a := reply{status: cmp.Or(status, http.StatusOK), raw: f.Body}
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
