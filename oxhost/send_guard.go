package oxhost

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"extendbot/internal/crash"
)

// errPausedTooLong means that the deadline of a request passed before it was
// written. That happens only if the program was paused.
var errPausedTooLong = errors.New("the program was paused until it was too late to send the order")

// sendGuard controls what is written to the connection of one request. It knows
// whether a byte of the request may have been written, and blocks all writes
// after a deadline and after it was closed.
//
// An operating system can pause a process at any instruction for any time, for
// example in a debugger, for a snapshot of the machine, or for lack of memory.
// Other processes then consider it dead and continue with its orders. So the
// clock must be read directly before the system call that sends, not where the
// call was decided.
type sendGuard struct {
	deadline time.Time // the zero time means none
	now      func() time.Time

	mu        sync.Mutex
	inRequest bool // the TLS handshake is done; what is written now is the request
	started   bool // a part of the request may have been written
	closed    bool // nothing may be written
	blocked   bool // a write was blocked after the deadline
}

type sendGuardKey struct{}

// withSendGuard makes [Client.dialGuarded] use the guard. The guard may be nil.
func withSendGuard(ctx context.Context, g *sendGuard) context.Context {
	if g == nil {
		return ctx
	}
	return context.WithValue(ctx, sendGuardKey{}, g)
}

// dialGuarded opens a connection that the context's guard controls.
func (c *Client) dialGuarded(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if g, ok := ctx.Value(sendGuardKey{}).(*sendGuard); ok {
		return &guardedConn{Conn: conn, guard: g}, nil
	}
	return conn, nil
}

// connected records that the connection is ready and that the request is written
// next. On a reused connection the guard does not see the writes, so the request
// counts as started. A nil guard does nothing.
func (g *sendGuard) connected(reused bool) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inRequest, g.started = true, reused
}

// allowWrite reports whether something may be written now.
func (g *sendGuard) allowWrite() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	// Round strips the monotonic reading, which stops while a machine sleeps.
	if !g.deadline.IsZero() && g.now().Round(0).After(g.deadline) {
		g.closed, g.blocked = true, true
	}
	if g.closed {
		return false
	}
	g.started = g.started || g.inRequest
	return true
}

// requestStarted reports whether a part of the request may have been written.
func (g *sendGuard) requestStarted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.started
}

// close blocks all further writes. It reports whether a part of the request may
// have been written, and whether a write was blocked after the deadline. For a
// nil guard, the request counts as started.
func (g *sendGuard) close() (started, blocked bool) {
	if g == nil {
		return true, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return g.started, g.blocked
}

// guardedConn is a connection whose writes are controlled by a guard.
type guardedConn struct {
	net.Conn
	guard *sendGuard
}

// Write implements [net.Conn].
func (c *guardedConn) Write(b []byte) (int, error) {
	if !c.guard.allowWrite() {
		return 0, errPausedTooLong
	}
	n, err := c.Conn.Write(b)
	if c.guard.requestStarted() {
		crash.Point("oxhost", "POST", "sent")
	}
	return n, err
}
