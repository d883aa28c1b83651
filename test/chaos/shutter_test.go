//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// shutter is a listener that can refuse all connections for a while, as a host
// that is down. Meanwhile, a socket that is bound but does not listen keeps the
// port.
type shutter struct {
	addr   *net.TCPAddr
	holder int // the socket that keeps the port

	mu       sync.Mutex
	listener net.Listener  // nil while it is down
	changed  chan struct{} // closed and replaced when it goes up or is closed
	closed   bool
}

func newShutter(ctx context.Context) (*shutter, error) {
	holder, port, err := holdPort()
	if err != nil {
		return nil, fmt.Errorf("hold a port: %w", err)
	}
	s := &shutter{addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, holder: holder, changed: make(chan struct{})}
	err = s.up(ctx)
	return s, err
}

// holdPort returns a socket that is bound to a free port of this machine.
func holdPort() (socket, port int, err error) {
	socket, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	syscall.CloseOnExec(socket)
	// So that a listener may bind the same port.
	err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var name syscall.Sockaddr
	if err == nil {
		name, err = syscall.Getsockname(socket)
	}
	if err != nil {
		_ = syscall.Close(socket)
		return 0, 0, err
	}
	bound, _ := name.(*syscall.SockaddrInet4)
	return socket, bound.Port, nil
}

// up accepts connections again.
func (s *shutter) up(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil || s.closed {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr.String())
	if err != nil {
		return err
	}
	s.listener = l
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// down refuses connections from now on.
func (s *shutter) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close() // it ends Accept
		s.listener = nil
	}
}

// Accept implements net.Listener.
func (s *shutter) Accept() (net.Conn, error) {
	for {
		s.mu.Lock()
		l, changed, closed := s.listener, s.changed, s.closed
		s.mu.Unlock()
		switch {
		case closed:
			return nil, net.ErrClosed
		case l == nil:
			<-changed
			continue
		}
		conn, err := l.Accept()
		if err == nil {
			return conn, nil
		}
		s.mu.Lock()
		current := s.listener == l
		s.mu.Unlock()
		if current {
			return nil, err
		}
	}
}

// Close implements net.Listener.
func (s *shutter) Close() error {
	s.down()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.changed)
		s.changed = make(chan struct{})
		return syscall.Close(s.holder)
	}
	return nil
}

// Addr implements net.Listener.
func (s *shutter) Addr() net.Addr { return s.addr }

// setReachable makes 0xhost reachable, or not.
func (w *world) setReachable(yes bool) {
	if !yes {
		w.shutter.down()
		return
	}
	// The port is held, so this fails only for lack of resources.
	waitUntil(w.ctx, 10*time.Second, func() bool { return w.shutter.up(w.ctx) == nil })
}
