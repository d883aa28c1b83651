// Package slackconn opens the byte streams below WebSocket connections to Slack:
// directly or through an HTTP proxy, so that they can be probed, and so that the
// reason is known when Slack ends one. slack-go does neither.
//
// It knows nothing of what the messages say, apart from Slack's "disconnect".
package slackconn

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"extendbot/internal/netcause"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 15 * time.Second
	// writeBuffer is larger than the largest ack, so that none is split into
	// fragments, which Slack does not reassemble.
	writeBuffer = 32 << 10
	// MaxUnanswered is how many probes in a row may stay unanswered. Probes are
	// counted instead of timed, so that a program that was paused itself does not
	// close its connections.
	MaxUnanswered = 3
	// probeTimeout limits the write of a probe. A connection that cannot take six bytes
	// in that time has been blocked for a while.
	probeTimeout = 5 * time.Second
)

// keepAlive detects a peer that vanished (a lost route, a NAT that dropped the
// connection) after 14 seconds of silence. It is the only check behind a SOCKS
// proxy, where a connection cannot be probed.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 3 * time.Second, Count: 3}

// slackSocket is the host for which the proxy settings are looked up. Slack
// returns the real host name for each connection.
var slackSocket = &url.URL{Scheme: "https", Host: "wss-primary.slack.com"}

// dialer opens the connections of one socket.
type dialer struct {
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	proxy  func(*http.Request) (*url.URL, error) // nil for none
	tls    *tls.Config
	opened func(*Conn) // called with each connection
	heard  func()      // called when bytes arrive
	// disconnected is called with the reason when Slack says that it ends a
	// connection.
	disconnected func(reason string)
}

// NewDialer returns the dialer of one socket. dial may be nil. It does TLS itself,
// because a connection can be probed, and its frames read, only above TLS. Through
// a SOCKS proxy, which gorilla/websocket supports, it only reports when bytes
// arrive.
func NewDialer(
	dial func(ctx context.Context, network, addr string) (net.Conn, error),
	opened func(*Conn), heard func(), disconnected func(reason string),
) *websocket.Dialer {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive}).DialContext
	}
	d := &dialer{
		dial: dial, proxy: netcause.ProxyFromEnvironment(), tls: &tls.Config{MinVersion: tls.VersionTLS12},
		opened: opened, heard: heard, disconnected: disconnected,
	}
	ws := &websocket.Dialer{HandshakeTimeout: handshakeTimeout, WriteBufferSize: writeBuffer}
	if proxy, err := d.proxy(&http.Request{URL: slackSocket}); err == nil && proxy != nil && isSOCKS(proxy) {
		ws.Proxy, ws.NetDialContext = d.proxy, d.unprobed
		return ws
	}
	ws.NetDialContext, ws.NetDialTLSContext = d.plain, d.secure
	return ws
}

// unprobed opens a TCP connection that a SOCKS proxy will use.
func (d *dialer) unprobed(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return &Conn{Conn: conn, heard: d.heard}, nil
}

// plain opens a connection without TLS, for a simulated Slack on this machine.
func (d *dialer) plain(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return d.open(conn, conn), nil
}

// secure opens a connection with TLS.
func (d *dialer) secure(ctx context.Context, _, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	tcp, err := d.connect(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	config := d.tls.Clone()
	config.ServerName = host
	conn := tls.Client(tcp, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = tcp.Close()
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return d.open(conn, tcp), nil
}

// open returns a Conn for conn, whose bytes go over tcp.
func (d *dialer) open(conn, tcp net.Conn) *Conn {
	p := &Conn{Conn: conn, tcp: tcp, heard: d.heard, frames: &frameScanner{disconnected: d.disconnected}}
	d.opened(p)
	return p
}

// Conn is the byte stream below one WebSocket connection. It reports when bytes
// arrive, because slack-go does not report pings, and can be probed.
type Conn struct {
	net.Conn

	tcp   net.Conn // closed when the connection is dead; nil if it cannot be probed
	heard func()   // called when bytes arrive
	// frames sees all bytes that arrive; nil if they are encrypted.
	frames *frameScanner

	writing    sync.Mutex   // frames are written whole
	opened     atomic.Bool  // whether bytes ever arrived
	unanswered atomic.Int32 // probes since the last bytes arrived
}

// Read reads and reports that bytes arrived.
func (p *Conn) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 {
		p.unanswered.Store(0)
		p.opened.Store(true)
		p.heard()
		if p.frames != nil {
			p.frames.scan(b[:n])
		}
	}
	return n, err
}

// Write writes one frame, or a part of the handshake.
func (p *Conn) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	return p.Conn.Write(b)
}

// Probe sends a WebSocket ping, which every server has to answer. If too many
// probes are unanswered, it closes the connection instead and returns false. Without
// probes, a dead connection would show only by missing pings from Slack, after half a
// minute.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2
func (p *Conn) Probe() bool {
	if !p.opened.Load() {
		// The handshake has its own time limit, and nothing else may be written during
		// it.
		return true
	}
	if p.unanswered.Load() >= MaxUnanswered {
		// Not through TLS, which would first send its close message.
		_ = p.tcp.Close()
		return false
	}
	p.unanswered.Add(1)
	if !p.writing.TryLock() { // a frame that cannot be written counts as unanswered
		return true
	}
	defer p.writing.Unlock()
	_ = p.SetWriteDeadline(time.Now().Add(probeTimeout))
	_, _ = p.Conn.Write(pingFrame()) // the reader notices a broken connection
	return true
}

// pingFrame returns an empty ping: a final frame, masked like everything that a
// client sends.
func pingFrame() []byte {
	const final, masked = 0x80, 0x80
	frame := []byte{final | websocket.PingMessage, masked, 0, 0, 0, 0}
	_, _ = rand.Read(frame[2:]) // never fails
	return frame
}
