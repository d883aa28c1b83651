package socket

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"
)

var (
	// ErrOperationTimeout is Slack's operation_timeout: there was no ack in time.
	ErrOperationTimeout = errors.New("operation_timeout")
	// ErrDispatchFailed is Slack's dispatch_failed: no connection could deliver the
	// envelope.
	ErrDispatchFailed = errors.New("dispatch_failed")
	// ErrClosed means that the simulator was closed.
	ErrClosed = errors.New("slacksim: server closed")
)

// Config describes the app and how Slack treats its connections. All durations and
// MaxConnections must be positive.
type Config struct {
	AppID string
	Host  string // the host name in disconnect frames

	AckTimeout     time.Duration // how long an envelope may wait for its ack
	PingInterval   time.Duration // between WebSocket pings
	WarningGrace   time.Duration // from a "warning" to the close of the connection
	RefreshGrace   time.Duration // from a "refresh_requested" to the close
	MaxConnections int           // of the app

	EventRetries []time.Duration // the pauses before an event without an ack is delivered again
	ResendLost   bool            // deliver a slash command again if its connection broke before the ack
	StrictAcks   bool            // accept an ack only on the connection that carried the envelope

	// OnFrame is called for each text frame of the app; nil for none.
	OnFrame func(frame []byte)
	// HelloFault is called before each hello and returns what happens to it; nil
	// means no faults. It may block for a while.
	HelloFault func() HelloFault
}

// HelloFault says what goes wrong with the hello of a connection.
type HelloFault int

// The faults of a hello.
const (
	HelloSent    HelloFault = iota // nothing goes wrong
	HelloMissing                   // the connection stays open without a hello, and gets no envelopes
	HelloBroken                    // the connection is reset
)

// Hub has all Socket Mode connections of the app, the tickets for new ones, and
// the envelopes that wait for their acks. It is safe for concurrent use. It has
// about 25 methods because connections, tickets and envelopes share one lock.
type Hub struct {
	cfg  Config
	acks acks

	done    chan struct{} // closed by Close
	wg      sync.WaitGroup
	mu      sync.Mutex
	closed  bool
	tickets map[string]struct{}
	conns   []*Conn // registered, in the order in which they opened
	lastID  int
	turn    int           // rotates over the connections that can take an envelope
	offset  int           // is added to num_connections
	goodbye string        // the reason for which each connection ends after its hello; "" for none
	changed chan struct{} // closed and replaced when conns or their readiness change
}

// NewHub returns a hub without connections. The caller must Close it.
func NewHub(cfg Config) *Hub {
	return &Hub{
		cfg:     cfg,
		acks:    acks{waiting: make(map[string][]*pending)},
		done:    make(chan struct{}),
		tickets: make(map[string]struct{}),
		changed: make(chan struct{}),
	}
}

// Close ends all connections and deliveries, and returns when the goroutines of
// the hub have ended. It may be called twice.
func (h *Hub) Close() {
	h.mu.Lock()
	first := !h.closed
	h.closed = true
	conns := slices.Clone(h.conns)
	h.mu.Unlock()
	if first {
		close(h.done)
	}
	for _, c := range conns {
		c.end()
	}
	h.wg.Wait()
}

// spawn runs f in a goroutine that Close waits for. After Close it does nothing.
func (h *Hub) spawn(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.wg.Go(f)
	}
}

// Pause waits for d. It returns false if the hub is closed first.
func (h *Hub) Pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-h.done:
		return false
	}
}

// WaitFor waits until a channel is closed; nil counts as closed. It returns false if
// the hub is closed first.
func (h *Hub) WaitFor(c <-chan struct{}) bool {
	if c == nil {
		return true
	}
	select {
	case <-c:
		return true
	case <-h.done:
		return false
	}
}

// signal wakes everyone who waits for a change of the connections. The caller
// holds mu.
func (h *Hub) signal() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// NewTicket returns a ticket for one connection.
func (h *Hub) NewTicket() string {
	t := rand.Text()
	h.mu.Lock()
	h.tickets[t] = struct{}{}
	h.mu.Unlock()
	return t
}

// redeem reports whether the ticket is valid, and invalidates it.
func (h *Hub) redeem(ticket string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.tickets[ticket]
	delete(h.tickets, ticket)
	return ok
}

// register adds a connection unless the app already has the maximum. It returns
// the number for num_connections.
func (h *Hub) register(c *Conn) (number int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.conns) >= h.cfg.MaxConnections {
		return len(h.conns) + h.offset, false
	}
	h.lastID++
	c.ID = h.lastID
	h.conns = append(h.conns, c)
	h.signal()
	return len(h.conns) + h.offset, true
}

func (h *Hub) unregister(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.conns, c); i >= 0 {
		h.conns = slices.Delete(h.conns, i, i+1)
		h.signal()
	}
}

// setReady makes c one of the connections that get envelopes.
func (h *Hub) setReady(c *Conn) {
	h.mu.Lock()
	c.ready = true
	h.signal()
	h.mu.Unlock()
}

// setLeaving makes c get envelopes only if no other connection can take them.
func (h *Hub) setLeaving(c *Conn) {
	h.mu.Lock()
	c.leaving = true
	h.mu.Unlock()
}

// next returns the connection for the next envelope, in turn among those that
// have had their hello, or nil if there is none. lastResort is true if that
// connection was told to disconnect and there is no other.
func (h *Hub) next() (conn *Conn, lastResort bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, leaving := range []bool{false, true} {
		var able []*Conn
		for _, c := range h.conns {
			if c.ready && c.leaving == leaving {
				able = append(able, c)
			}
		}
		if len(able) > 0 {
			h.turn++
			return able[(h.turn-1)%len(able)], leaving
		}
	}
	return nil, false
}

// readyConns returns the connections that have had their hello, and a channel
// that is closed when that changes.
func (h *Hub) readyConns() ([]*Conn, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ready := make([]*Conn, 0, len(h.conns))
	for _, c := range h.conns {
		if c.ready {
			ready = append(ready, c)
		}
	}
	return ready, h.changed
}

// Connections returns the connections that have had their hello, oldest first.
// That includes frozen ones, because Slack does not know that they are dead.
func (h *Hub) Connections() []*Conn {
	conns, _ := h.readyConns()
	return conns
}

// WaitConnections waits until exactly n connections have had their hello.
func (h *Hub) WaitConnections(ctx context.Context, n int) error {
	for {
		conns, changed := h.readyConns()
		if len(conns) == n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-h.done:
			return ErrClosed
		}
	}
}

// SetNumConnectionsOffset adds n to the num_connections of every later hello, as
// if other processes had that many connections. They do not count toward the
// maximum.
func (h *Hub) SetNumConnectionsOffset(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offset = n
}

// DisconnectAll ends all connections, and each later one right after its hello,
// with a disconnect frame that has this reason, until it is called with "".
func (h *Hub) DisconnectAll(reason string) {
	h.mu.Lock()
	h.goodbye = reason
	h.mu.Unlock()
	if reason == "" {
		return
	}
	for _, c := range h.Connections() {
		c.Disconnect(reason)
	}
}

func (h *Hub) goodbyeReason() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.goodbye
}
