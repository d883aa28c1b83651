package bot

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
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
)

// keepAlive finds a peer that is gone without a word (a lost route, a NAT that
// forgot) after 14 seconds of silence. It is what there is behind a proxy,
// where a link cannot be probed.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 3 * time.Second, Count: 3}

// slackSocket stands for the hosts that connections go to when the question is
// whether there is a proxy before them. Slack names the real one anew for each
// connection.
var slackSocket = &url.URL{Scheme: "https", Host: "wss-primary.slack.com"}

// dialer opens the links of one socket.
type dialer struct {
	net    net.Dialer
	tls    *tls.Config
	opened func(*link) // told of each link
	heard  func()      // told when bytes come in
}

// newDialer makes the dialer of one socket. Without a proxy it does TLS itself,
// because a link can be probed only from above it; through a proxy, which
// gorilla/websocket knows how to talk to, it only notes when bytes come in.
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

// unprobed opens a TCP connection on which a proxy or TLS will be spoken.
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
	wire, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	config := d.tls.Clone()
	config.ServerName = host
	conn := tls.Client(wire, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = wire.Close()
		return nil, fmt.Errorf("connect to slack: %w", err)
	}
	return d.open(conn, wire), nil
}

// open makes a link of conn, whose bytes go over wire.
func (d *dialer) open(conn, wire net.Conn) *link {
	l := &link{Conn: conn, wire: wire, heard: d.heard}
	d.opened(l)
	return l
}
