// Package pipenet is a network in memory, for tests in a bubble of
// testing/synctest: there, time does not pass while a goroutine reads from a real
// socket.
//
// Its connections hold any number of bytes: a write never waits. They cannot be
// reset, only closed.
package pipenet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
)

// Network is a network with any number of listeners. The zero value is ready for
// use, and it is safe for concurrent use.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	refused   map[string]bool
}

// Listen returns a listener for an address, "host:port". Dial connects to it
// until it is closed.
func (n *Network) Listen(address string) net.Listener {
	l := &listener{network: n, address: addr(address), incoming: make(chan net.Conn), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = map[string]*listener{}
	}
	n.listeners[address] = l
	return l
}

// Dial connects to a listener. If there is none for that address, the connection
// is refused.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	if n.refused[address] {
		l = nil
	}
	n.mu.Unlock()
	if l == nil {
		return nil, refused(network, address)
	}
	client, server := connect(addr(address))
	select {
	case l.incoming <- server:
		return client, nil
	case <-l.closed:
		return nil, refused(network, address)
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: context.Cause(ctx)}
	}
}

// Refuse makes the network refuse new connections to an address, or accept them
// again.
func (n *Network) Refuse(address string, refuse bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refused == nil {
		n.refused = map[string]bool{}
	}
	n.refused[address] = refuse
}

func refused(network, address string) error {
	return &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: syscall.ECONNREFUSED}
}

type listener struct {
	network  *Network
	address  addr
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.incoming:
		return conn, nil
	case <-l.closed:
		return nil, fmt.Errorf("accept: %w", net.ErrClosed)
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		if l.network.listeners[string(l.address)] == l {
			delete(l.network.listeners, string(l.address))
		}
	})
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.address }

type addr string

// Network implements net.Addr.
func (addr) Network() string { return "tcp" }

// String implements net.Addr.
func (a addr) String() string { return string(a) }
