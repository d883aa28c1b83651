package oxhost

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"extendbot/internal/crash"
)

// errHeldUp says that a request came too late to its connection.
var errHeldUp = errors.New("the program was held up before it could send the order")

// gate stands between one request and its connection. It knows whether a byte of
// the request went out, and lets none out after a time, or once it is shut.
//
// A process can be stopped at any instruction for any time, by a debugger, a
// snapshot of its machine or a full memory, and others then take it for dead and
// go on with its orders. So the last look at the clock has to be here, directly
// before the system call that sends, and not where the call was decided.
type sendGuard struct {
	by  time.Time // zero: any time
	now func() time.Time

	mu        sync.Mutex
	connected bool // what is written now is the request, not a handshake
	passed    bool // some of the request may have gone out
	shut      bool
	late      bool // something was kept back because it came too late
}

type gateKey struct{}

func withGate(ctx context.Context, g *sendGuard) context.Context {
	if g == nil {
		return ctx
	}
	return context.WithValue(ctx, gateKey{}, g)
}

// dial gives connections that lead through the gate of the context.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if g, ok := ctx.Value(gateKey{}).(*sendGuard); ok {
		return &gatedConn{Conn: conn, gate: g}, nil
	}
	return conn, nil
}

// connect notes that the request comes next. What goes into a connection that
// was used before does not come by here.
func (g *sendGuard) connect(reused bool) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.connected, g.passed = true, reused
}

// pass says whether something may be written now.
func (g *sendGuard) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	// Without the monotonic reading: that stands still while a machine sleeps.
	if !g.by.IsZero() && g.now().Round(0).After(g.by) {
		g.shut, g.late = true, true
	}
	if g.shut {
		return false
	}
	g.passed = g.passed || g.connected
	return true
}

// began says whether some of the request may have gone out.
func (g *sendGuard) began() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passed
}

// close shuts the gate for good. It says whether some of the request may have
// gone out, and if not, whether it was kept back for being late.
func (g *sendGuard) close() (passed, late bool) {
	if g == nil {
		return true, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return g.passed, g.late
}

// gatedConn is a connection behind a gate.
type gatedConn struct {
	net.Conn
	gate *sendGuard
}

// Write implements net.Conn.
func (c *gatedConn) Write(b []byte) (int, error) {
	if !c.gate.pass() {
		return 0, errHeldUp
	}
	n, err := c.Conn.Write(b)
	if c.gate.began() { // and it was no handshake
		crash.Point("oxhost", "POST", "sent")
	}
	return n, err
}
