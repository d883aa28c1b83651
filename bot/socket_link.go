package bot

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
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 15 * time.Second
	// writeBuffer holds the largest ack, so that none is cut into fragments,
	// which Slack does not put together.
	writeBuffer = 32 << 10
	// readLimit is far above the largest payload, a view of 250 kB.
	readLimit = 4 << 20
	// maxUnanswered is how many probes in a row may stay without an answer. They
	// are counted, not timed, so that a program that was held up itself does not
	// take its links for dead.
	maxUnanswered = 3
	// probeTimeout bounds the write of a probe: a link that does not take six
	// bytes in that time has been blocked for long.
	probeTimeout = 5 * time.Second
)

// keepAlive finds a peer that vanished (a lost route, a NAT that forgot the
// connection) after 14 seconds of silence. It is all there is behind a proxy,
// where a link cannot be probed.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 3 * time.Second, Count: 3}

// slackSocket is the host for which the proxy settings are looked up. Slack names
// the real one anew for each connection.
var slackSocket = &url.URL{Scheme: "https", Host: "wss-primary.slack.com"}

// dialer opens the links of one socket.
type dialer struct {
	net    net.Dialer
	tls    *tls.Config
	opened func(*link) // gets each link
	heard  func()      // is called when bytes come in
}

// newDialer makes the dialer of one socket. Without a proxy it does TLS itself,
// because a link can be probed only above TLS. Through a proxy, which
// gorilla/websocket knows how to use, it only reports when bytes come in.
func newDialer(opened func(*link), heard func()) *websocket.Dialer {
	d := &dialer{
		net:    net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive},
		tls:    &tls.Config{MinVersion: tls.VersionTLS12},
		opened: opened, heard: heard,
	}
	ws := &websocket.Dialer{HandshakeTimeout: handshakeTimeout, WriteBufferSize: writeBuffer}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: slackSocket}); proxy != nil || err != nil {
		ws.Proxy, ws.NetDialContext = http.ProxyFromEnvironment, d.unprobed
		return ws
	}
	ws.NetDialContext, ws.NetDialTLSContext = d.plain, d.secure
	return ws
}

// unprobed opens a TCP connection that a proxy or TLS will use.
func (d *dialer) unprobed(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return &link{Conn: conn, heard: d.heard}, nil
}

// plain opens a link without TLS, for a Slack on this machine.
func (d *dialer) plain(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return d.open(conn, conn), nil
}

// secure opens a link with TLS.
func (d *dialer) secure(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	tcp, err := d.net.DialContext(ctx, network, addr)
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

// open makes a link of conn, whose bytes go over tcp.
func (d *dialer) open(conn, tcp net.Conn) *link {
	l := &link{Conn: conn, tcp: tcp, heard: d.heard}
	d.opened(l)
	return l
}

// link is the byte stream below one WebSocket connection. It reports when bytes
// come in, because slack-go does not report pings, and can be probed.
type link struct {
	net.Conn

	tcp   net.Conn // is closed when the link is dead; nil if it cannot be probed
	heard func()   // is called when bytes come in

	writing    sync.Mutex   // frames are written whole
	opened     atomic.Bool  // whether bytes ever came in
	unanswered atomic.Int32 // probes since the last bytes came in
}

// Read reports that bytes came in.
func (l *link) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.unanswered.Store(0)
		l.opened.Store(true)
		l.heard()
	}
	return n, err
}

// Write writes one frame, or a part of the handshake.
func (l *link) Write(b []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.Conn.Write(b)
}

// probe sends a WebSocket ping, which every server has to answer. If too many
// were left without an answer, it closes the link and returns false instead. That
// Slack's own pings stay away is certain only after half a minute.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2
func (l *link) probe() bool {
	if !l.opened.Load() {
		// The handshake has its own limit, and nothing may be written during it.
		return true
	}
	if l.unanswered.Load() >= maxUnanswered {
		// Not through TLS, which would first send its closing message.
		_ = l.tcp.Close()
		return false
	}
	l.unanswered.Add(1)
	if !l.writing.TryLock() { // a frame that cannot be written counts as unanswered
		return true
	}
	defer l.writing.Unlock()
	_ = l.SetWriteDeadline(time.Now().Add(probeTimeout))
	_, _ = l.Conn.Write(pingFrame()) // the reader notices a broken link
	return true
}

// pingFrame is an empty ping: last frame of its message, masked as all that a
// client sends.
func pingFrame() []byte {
	const final, masked = 0x80, 0x80
	frame := []byte{final | websocket.PingMessage, masked, 0, 0, 0, 0}
	_, _ = rand.Read(frame[2:]) // never fails
	return frame
}

// probeLinks probes the link of the socket until ctx ends. What Slack sends over a
// half-dead link (the peer vanished behind a NAT, or hangs) is lost until the bot
// notices.
func (s *socket) probeLinks(ctx context.Context) {
	tick := time.NewTicker(s.all.cfg.ProbeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if l := s.link.Load(); l != nil && !l.probe() {
			s.link.CompareAndSwap(l, nil)
			s.log().Warn("a connection to slack does not answer, opening another one")
		}
	}
}
