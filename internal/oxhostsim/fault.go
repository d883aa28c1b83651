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
	// Pass lets the true answer through: a fault that only waits, see
	// [Fault.Delay] and [Fault.Until]. The purchase is made.
	Pass Kind = iota
	// Status answers with Code, Header and Body instead. Redirects, 429 with
	// Retry-After, HTML with 200 and an empty 200 are of this kind.
	Status
	// Alter answers with the true answer changed by Set and Drop.
	Alter
	// Hang never answers. It ends when the client gives up or the server closes.
	Hang
	// ResetReading resets the connection (RST) when the header is read and the
	// body is not. [Fault.Server] has no meaning for it, and nothing is charged.
	ResetReading
	// Reset resets the connection (RST) instead of answering.
	Reset
	// Hangup closes the connection in good order (FIN) instead of answering.
	Hangup
	// Half announces the whole answer's length, sends half of it, and hangs up.
	Half
	// HalfChunked sends half of the answer in a chunk and hangs up without the last one.
	HalfChunked
	// Drip sends the answer one byte per Every.
	Drip
	// Flood answers with a success of Size bytes, most of them padding.
	Flood
	// FloodChunked is Flood without a Content-Length.
	FloodChunked
)

// Stage says whether a fault strikes before or after the money moves.
type Stage int

// The two sides of the charge.
const (
	// BeforeCharge means that nothing is charged, whatever the answer says;
	// with Pass, that the charge comes after the wait, even if the client has
	// left by then.
	BeforeCharge Stage = iota
	// AfterCharge means that the purchase is made, and then the fault strikes.
	AfterCharge
)

// Fault is one way to fail. The zero value changes nothing.
type Fault struct {
	Kind  Kind
	Stage Stage // no meaning for calls other than create_order

	// ServerID limits the fault to requests that name this server.
	ServerID string
	// Reused limits the fault to requests on a connection that has carried one
	// before: with Hangup or Reset it is the keep-alive connection that is
	// closed under the request.
	Reused bool

	// Delay holds the request back for this long, at the Stage.
	Delay time.Duration
	// Until holds the request back until it is closed, at the Stage.
	Until <-chan struct{}

	// Code, Header and Body are the answer of Status. Code 0 means 200.
	Code   int
	Header http.Header
	Body   string

	// Set and Drop change, by path, the answer of Alter. They apply to the form
	// that goes out, so a wrapped answer's paths begin with "data.".
	Set  map[string]any
	Drop []string

	// Every is the pause after each byte of Drip. Default 100ms.
	Every time.Duration
	// Size is how many bytes Flood sends. Default 50 MB.
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
	left     int // negative: for ever
}

// Fail arms a fault for the next so many matching requests of an endpoint;
// times < 0 means until Clear. Faults strike in the order in which they were
// armed, one per request.
func (s *Server) Fail(endpoint Endpoint, f Fault, times int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.armed = append(s.faults.armed, &armedFault{Fault: f, endpoint: endpoint, left: times})
}

// Clear disarms the faults of an endpoint. Those that hold a request already
// keep it.
func (s *Server) Clear(endpoint Endpoint) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.armed = slices.DeleteFunc(s.faults.armed, func(a *armedFault) bool { return a.endpoint == endpoint })
}

// Unspent returns how many requests armed faults still wait for, so that a test
// can tell that its fault struck. Faults until Clear do not count.
func (s *Server) Unspent() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	n := 0
	for _, a := range s.faults.armed {
		n += max(a.left, 0)
	}
	return n
}

// take spends and returns the first armed fault that matches, if any.
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

// wait holds a request back as the fault says. It fails only when the server
// closes: what a client started goes on without it.
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
		select {
		case <-f.Until:
		case <-closing:
			return errClosed
		}
	}
	return nil
}
