package slackconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// peer is a WebSocket server with one client.
type peer struct {
	conn    *websocket.Conn // the client's
	probed  *Conn           // below conn
	pings   atomic.Int32    // received by the server
	silent  atomic.Bool     // whether the server ignores pings
	arrived chan string     // messages received by the server
	read    chan error      // why the client stopped reading
}

// dialPeer connects over TLS, or without it.
func dialPeer(t *testing.T, secure bool, adjust ...func(*dialer)) *peer {
	t.Helper()
	p := &peer{arrived: make(chan string, 10), read: make(chan error, 1)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	d := &dialer{dial: new(net.Dialer).DialContext, opened: func(l *Conn) { p.probed = l }, heard: func() {}}
	if secure {
		server.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	} else {
		server.Start()
	}
	for _, change := range adjust {
		change(d)
	}
	ws := &websocket.Dialer{NetDialContext: d.plain, NetDialTLSContext: d.secure}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, res, err := ws.DialContext(ctx, "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	p.conn = conn
	go func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				p.read <- err
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		if err := <-p.read; err == nil {
			t.Error("the client stopped reading without an error")
		}
		server.CloseClientConnections()
		server.Close()
		for range p.arrived { // until the server stops reading
		}
	})
	return p
}

func (p *peer) serve(w http.ResponseWriter, r *http.Request) {
	defer close(p.arrived)
	conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	answer := conn.PingHandler()
	conn.SetPingHandler(func(body string) error {
		p.pings.Add(1)
		if p.silent.Load() {
			return nil
		}
		return answer(body)
	})
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if string(message) == sayGoodbye {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"disconnect","reason":"link_disabled"}`))
			continue
		}
		p.arrived <- string(message)
	}
}

// sayGoodbye makes the server of a peer send a disconnect.
const sayGoodbye = "say goodbye"

// until waits for a condition.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !is() {
		if pause(ctx) != nil {
			t.Fatal("not " + what)
		}
	}
}

// pause waits for a moment, or until ctx ends.
func pause(ctx context.Context) error {
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
	return ctx.Err()
}

// A connection whose probes are answered stays open, and probes do not disturb other
// frames.
func TestConn_StaysWhenProbesAreAnswered(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := dialPeer(t, secure)
			for n := range int32(3 * MaxUnanswered) {
				if !p.probed.Probe() {
					t.Fatal("the connection was closed")
				}
				until(t, "answered", func() bool { return p.pings.Load() == n+1 && p.probed.unanswered.Load() == 0 })
				// A probe is one whole frame: other frames written at the same time still
				// arrive.
				if err := p.conn.WriteMessage(websocket.TextMessage, []byte("an ack")); err != nil {
					t.Fatal(err)
				}
				if got := <-p.arrived; got != "an ack" {
					t.Fatalf("%q arrived", got)
				}
			}
		})
	}
}

// A connection whose probes are not answered is closed.
func TestConn_ClosedWithoutAnswers(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := dialPeer(t, secure)
			p.silent.Store(true)
			for range MaxUnanswered {
				if !p.probed.Probe() {
					t.Fatal("the connection was closed too early")
				}
			}
			if p.probed.Probe() {
				t.Fatal("the connection was not closed")
			}
			select {
			case err := <-p.read:
				p.read <- err
			case <-time.After(20 * time.Second):
				t.Fatal("its reader is still waiting")
			}
		})
	}
}

// No probe is sent before the handshake has ended.
func TestConn_NoProbeDuringHandshake(t *testing.T) {
	t.Parallel()
	l := &Conn{}
	for range 2 * MaxUnanswered {
		if !l.Probe() { // writing would panic: there is no connection
			t.Error("the connection was closed during the handshake")
		}
	}
}

// A probe does not wait for a write that hangs.
func TestConn_ProbeDoesNotWaitForWrites(t *testing.T) {
	t.Parallel()
	p := dialPeer(t, false)
	p.silent.Store(true)
	p.probed.writing.Lock()
	for range MaxUnanswered {
		p.probed.Probe()
	}
	if p.probed.Probe() {
		t.Error("the connection was not closed")
	}
	p.probed.writing.Unlock()
}

// A connection through a proxy is not probed: it is below TLS, where a frame would be
// garbage.
func TestConn_NoProbeThroughProxy(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	d := &dialer{dial: new(net.Dialer).DialContext, opened: func(*Conn) { t.Error("it is probed") }, heard: func() {}}
	conn, err := d.unprobed(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}
