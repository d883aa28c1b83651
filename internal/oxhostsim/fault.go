package oxhostsim

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Endpoint names one of the calls that 0xhost offers.
type Endpoint string

// The calls, by the last part of their path.
const (
	CreateOrder Endpoint = "create_order"
	ListOrder   Endpoint = "list_order"
	InfoUser    Endpoint = "info_user"
	ListPlan    Endpoint = "list_plan"
)

// Kind says what a [Fault] does to the answer.
type Kind int

// What can go wrong.
const (
	// Pass makes the purchase and answers as usual. Use it for a fault that only
	// waits, see [Fault.Delay] and [Fault.Until].
	Pass Kind = iota
	// Status answers with Code, Header and Body instead. Redirects, 429 with
	// Retry-After, HTML with 200 and an empty 200 are of this kind.
	Status
	// Alter answers as usual, but with the fields changed by Set and Drop.
	Alter
	// Hang never answers. It ends when the client gives up or the server closes.
	Hang
	// ResetReading resets the connection (RST) after reading the header and before
	// reading the body. Nothing is charged. [Fault.ServerID] is ignored.
	ResetReading
	// Reset resets the connection (RST) instead of answering.
	Reset
	// Hangup closes the connection normally (FIN) instead of answering.
	Hangup
	// Half announces the length of the whole answer, sends half of it, and closes the
	// connection.
	Half
	// HalfChunked sends half of the answer in a chunk and closes the connection without
	// the last chunk.
	HalfChunked
	// Drip sends the answer one byte per Every.
	Drip
	// Flood answers with a success of Size bytes, most of them padding.
	Flood
	// FloodChunked is Flood without a Content-Length.
	FloodChunked
)

// Stage says whether a fault happens before or after the charge.
type Stage int

// The two sides of the charge.
const (
	// BeforeCharge means that nothing is charged, whatever the answer is. With
	// Pass, it means that the charge comes after the wait, even if the client has
	// disconnected by then.
	BeforeCharge Stage = iota
	// AfterCharge means that the purchase is made, and then the fault happens.
	AfterCharge
)

// Fault is one way to fail. The zero value changes nothing.
type Fault struct {
	Kind  Kind
	Stage Stage // ignored for calls other than create_order

	// ServerID limits the fault to requests that name this server.
	ServerID string
	// Reused limits the fault to requests on a connection that has already carried
	// one. With Hangup or Reset, an idle connection is closed just when it is used
	// again.
	Reused bool

	// Delay makes the request wait for this long, at the Stage.
	Delay time.Duration
	// Until makes the request wait until the channel is closed, at the Stage.
	Until <-chan struct{}
	// Waiting is called when a request begins to wait for Until. It must not block.
	Waiting func()

	// Code, Header and Body are the answer for Status. Code 0 means 200.
	Code   int
	Header http.Header
	Body   string

	// Set and Drop change the answer for Alter, by path. They apply to the answer
	// as it is sent, so in a wrapped answer the paths begin with "data.".
	Set  map[string]any
	Drop []string

	// Every is the pause after each byte of Drip. Default 100ms.
	Every time.Duration
	// Size is the number of bytes that Flood sends. Default 50 MB.
	Size int
}

// faults is the list of armed faults.
type faults struct {
	mu    sync.Mutex
	armed []*armedFault
}

type armedFault struct {
	Fault
	endpoint Endpoint
	left     int // for how many more requests; negative: all, until Clear
}

// Fail arms a fault for the next matching requests of an endpoint: for this
// many, or for all until Clear if times is negative. Faults happen in the order
// in which they were armed, one per request.
func (s *Server) Fail(endpoint Endpoint, f Fault, times int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.armed = append(s.faults.armed, &armedFault{Fault: f, endpoint: endpoint, left: times})
}

// Clear removes the faults of an endpoint. Requests that are already waiting for
// a fault continue to wait.
func (s *Server) Clear(endpoint Endpoint) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.armed = slices.DeleteFunc(s.faults.armed, func(a *armedFault) bool { return a.endpoint == endpoint })
}

// Unspent returns for how many more requests faults are armed, so that a test
// can check that its fault happened. Faults until Clear do not count.
func (s *Server) Unspent() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	n := 0
	for _, a := range s.faults.armed {
		n += max(a.left, 0)
	}
	return n
}

// take returns the first armed fault that matches, and counts it as used by one
// request. It reports whether there is one.
func (f *faults) take(match func(*armedFault) bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.armed {
		if a.left == 0 || !match(a) {
			continue
		}
		if a.left > 0 {
			a.left--
		}
		return a.Fault, true
	}
	return Fault{}, false
}

// wait waits as long as the fault says. It fails only if the server is closed.
// It does not end with the client, because a real server would not notice that
// either.
func (f Fault) wait(closing <-chan struct{}) error {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-closing:
			return errClosed
		}
	}
	if f.Until != nil {
		if f.Waiting != nil {
			f.Waiting()
		}
		select {
		case <-f.Until:
		case <-closing:
			return errClosed
		}
	}
	return nil
}
