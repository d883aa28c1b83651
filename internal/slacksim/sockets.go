package slacksim

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
)

// sockets are the app's Socket Mode links and the tickets for new ones.
type sockets struct {
	mu      sync.Mutex
	tickets map[string]struct{}
	conns   []*Conn // registered, in the order in which they opened
	lastID  int
	turn    int // rotates over the links that can take an envelope
	opens   int
	offset  int           // added to num_connections
	changed chan struct{} // closed and replaced at each change of conns
}

func (k *sockets) init() {
	k.tickets = make(map[string]struct{})
	k.changed = make(chan struct{})
}

// signal must be called with mu held.
func (k *sockets) signal() {
	close(k.changed)
	k.changed = make(chan struct{})
}

func (k *sockets) newTicket() string {
	t := rand.Text()
	k.mu.Lock()
	k.tickets[t] = struct{}{}
	k.mu.Unlock()
	return t
}

// redeem reports whether the ticket was good; it is good once.
func (k *sockets) redeem(ticket string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.tickets[ticket]
	delete(k.tickets, ticket)
	return ok
}

// register adds c unless the app has limit links already. It returns the number
// for num_connections.
func (k *sockets) register(c *Conn, limit int) (int, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.conns) >= limit {
		return len(k.conns) + k.offset, false
	}
	k.lastID++
	c.ID = k.lastID
	k.conns = append(k.conns, c)
	k.signal()
	return len(k.conns) + k.offset, true
}

func (k *sockets) unregister(c *Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.Index(k.conns, c); i >= 0 {
		k.conns = slices.Delete(k.conns, i, i+1)
		k.signal()
	}
}

// setReady lets c take envelopes.
func (k *sockets) setReady(c *Conn) {
	k.mu.Lock()
	c.ready = true
	k.signal()
	k.mu.Unlock()
}

// setLeaving keeps envelopes off c as long as another link can take them.
func (k *sockets) setLeaving(c *Conn) {
	k.mu.Lock()
	c.leaving = true
	k.mu.Unlock()
}

// next picks the link for an envelope: in turn among those that said hello. One
// that was told to go gets it as a last resort.
func (k *sockets) next() (conn *Conn, lastResort bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, leaving := range []bool{false, true} {
		n := 0
		for _, c := range k.conns {
			if c.ready && c.leaving == leaving {
				n++
			}
		}
		if n == 0 {
			continue
		}
		i := k.turn % n
		k.turn++
		for _, c := range k.conns {
			if c.ready && c.leaving == leaving {
				if i == 0 {
					return c, leaving
				}
				i--
			}
		}
	}
	return nil, false
}

func (k *sockets) readyConns() ([]*Conn, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ready := make([]*Conn, 0, len(k.conns))
	for _, c := range k.conns {
		if c.ready {
			ready = append(ready, c)
		}
	}
	return ready, k.changed
}

func (k *sockets) closeAll() {
	k.mu.Lock()
	conns := slices.Clone(k.conns)
	k.mu.Unlock()
	for _, c := range conns {
		c.end()
	}
}

// Connections returns the links that have had their hello, oldest first, frozen
// ones included: Slack does not know that they are dead.
func (s *Server) Connections() []*Conn {
	conns, _ := s.sockets.readyConns()
	return conns
}

// WaitConnections waits until exactly n links have had their hello.
func (s *Server) WaitConnections(ctx context.Context, n int) error {
	for {
		conns, changed := s.sockets.readyConns()
		if len(conns) == n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.done:
			return ErrClosed
		}
	}
}

// Opens counts the calls of apps.connections.open so far, refused ones too.
func (s *Server) Opens() int {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return s.sockets.opens
}

// SetNumConnectionsOffset adds n to the num_connections of every later hello, as
// if other replicas held that many links. They do not count towards the cap.
func (s *Server) SetNumConnectionsOffset(n int) {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	s.sockets.offset = n
}
