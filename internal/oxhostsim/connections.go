package oxhostsim

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
)

// requestCountKey is the context key for the number of requests on a connection.
type requestCountKey struct{}

func withRequestCount(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, requestCountKey{}, new(atomic.Int64))
}

// countRequest counts one more request on r's connection and reports whether
// there was one before.
func countRequest(r *http.Request) (reused bool) {
	count, ok := r.Context().Value(requestCountKey{}).(*atomic.Int64)
	return ok && count.Add(1) > 1
}

// trackConnState keeps the list of idle connections.
func (s *Server) trackConnState(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateIdle {
		s.idle[conn] = struct{}{}
	} else {
		delete(s.idle, conn)
	}
}

// CloseIdle closes the connections that clients keep open for their next request, as
// a server does after its keep-alive time. It returns how many there were.
func (s *Server) CloseIdle() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.idle {
		_ = conn.Close() // it may be closed already
	}
	return len(s.idle)
}

// reset ends the request's connection with a TCP RST.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if secure, ok := conn.(*tls.Conn); ok {
		raw = secure.NetConn() // closing conn itself would send close_notify first
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // if that fails, there is a plain close
	}
	_ = raw.Close()
}
