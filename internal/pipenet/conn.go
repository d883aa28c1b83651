package pipenet

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// stream carries bytes one way. It holds any number of them, so that a write never
// waits: two programs that write at the same time would wait for each other, and in
// a bubble nothing would end that.
type stream struct {
	mu       sync.Mutex
	bytes    []byte
	closed   bool          // nothing is written anymore
	broken   bool          // nothing is read anymore
	deadline time.Time     // for reading
	changed  chan struct{} // closed and replaced with each change
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// change changes the stream and wakes whoever reads from it.
func (s *stream) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) write(b []byte) (n int, err error) {
	s.change(func() {
		if s.closed || s.broken {
			err = io.ErrClosedPipe
			return
		}
		s.bytes = append(s.bytes, b...)
		n = len(b)
	})
	return n, err
}

func (s *stream) read(b []byte) (int, error) {
	for {
		s.mu.Lock()
		changed, deadline := s.changed, s.deadline
		left := time.Until(deadline)
		switch {
		case s.broken:
			s.mu.Unlock()
			return 0, io.ErrClosedPipe
		case !deadline.IsZero() && left <= 0:
			s.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(s.bytes) > 0:
			n := copy(b, s.bytes)
			s.bytes = s.bytes[n:]
			s.mu.Unlock()
			return n, nil
		case s.closed:
			s.mu.Unlock()
			return 0, io.EOF
		}
		s.mu.Unlock()
		if deadline.IsZero() {
			<-changed
			continue
		}
		timer := time.NewTimer(left)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// conn is one end of a connection.
type conn struct {
	in, out       *stream
	local, remote addr
}

// connect returns both ends of a connection to an address.
func connect(address addr) (client, server *conn) {
	up, down := newStream(), newStream()
	return &conn{in: down, out: up, local: "client", remote: address}, &conn{in: up, out: down, local: address, remote: "client"}
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) { return c.in.read(b) }

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b) }

// Close implements net.Conn.
func (c *conn) Close() error {
	c.out.change(func() { c.out.closed = true })
	c.in.change(func() { c.in.broken = true })
	return nil
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.deadline = t })
	return nil
}

// SetWriteDeadline implements net.Conn. A write never waits.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
