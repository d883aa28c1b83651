package slackconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"extendbot/internal/netcause"
)

// startProxy starts an HTTP proxy that wants a password, and returns its URL.
func startProxy(t *testing.T, start func(*httptest.Server)) (*url.URL, *httptest.Server) {
	t.Helper()
	var tunnels sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnels.Add(1) // the server does not wait for a connection that was taken over
		defer tunnels.Done()
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != "Basic b3BzOmh1bnRlcjI=" {
			http.Error(w, "hunter2", http.StatusProxyAuthRequired)
			return
		}
		target, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Host)
		if err != nil {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		tunnels.Go(func() { _, _ = io.Copy(target, conn); _ = target.Close() })
		tunnels.Go(func() { _, _ = io.Copy(conn, target); _ = conn.Close() })
	}))
	start(server)
	t.Cleanup(func() {
		server.Close()
		tunnels.Wait()
	})
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("ops", "hunter2")
	return u, server
}

// A connection through an HTTP proxy is probed like any other, and Slack's frames
// are seen. The proxy may speak TLS itself.
func TestTunnel_ProbedThroughProxy(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*httptest.Server){"http": (*httptest.Server).Start, "https": (*httptest.Server).StartTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, server := startProxy(t, start)
			seen := make(chan string, 1)
			p := dialPeer(t, true, func(d *dialer) {
				d.proxy = http.ProxyURL(proxy)
				if server.Certificate() != nil {
					d.tls.RootCAs.AddCert(server.Certificate())
				}
				d.disconnected = func(reason string) { seen <- reason }
			})
			for n := range int32(2) {
				p.probed.Probe()
				until(t, "probed", func() bool { return p.pings.Load() == n+1 })
			}
			if err := p.conn.WriteMessage(websocket.TextMessage, []byte(sayGoodbye)); err != nil {
				t.Fatal(err)
			}
			if reason := <-seen; reason != "link_disabled" {
				t.Errorf("the reason is %s", reason)
			}
		})
	}
}

// What goes wrong with a proxy has its code, and no error has the password.
func TestTunnel_NamesTheCause(t *testing.T) {
	t.Parallel()
	proxy, _ := startProxy(t, (*httptest.Server).Start)
	wrong := *proxy
	wrong.User = url.UserPassword("ops", "wrong-hunter2")
	secure, _ := startProxy(t, (*httptest.Server).StartTLS)
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	user := proxy.User
	for name, test := range map[string]struct {
		proxy func(*http.Request) (*url.URL, error)
		code  string
	}{
		"407":     {http.ProxyURL(&wrong), netcause.ProxyAuth},
		"502":     {http.ProxyURL(proxy), netcause.ProxyRefused},
		"refused": {http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1", User: user}), netcause.ProxyUnreachable},
		"no TLS":  {http.ProxyURL(&url.URL{Scheme: "https", Host: proxy.Host, User: user}), netcause.ProxyUnreachable},
		"unknown": {http.ProxyURL(&url.URL{Scheme: "https", Host: secure.Host, User: user}), netcause.ProxyUnreachable},
		"silent":  {http.ProxyURL(&url.URL{Scheme: "http", Host: silent.Addr().String(), User: user}), netcause.Timeout},
		"no URL": {func(*http.Request) (*url.URL, error) {
			return nil, &netcause.ProxySettingError{Name: "HTTPS_PROXY"}
		}, netcause.ProxySetting},
	} {
		t.Run(name, func(t *testing.T) {
			d := &dialer{dial: new(net.Dialer).DialContext, proxy: test.proxy, tls: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}
			patience := 10 * time.Second
			if test.code == netcause.Timeout {
				patience = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			conn, err := d.secure(ctx, "tcp", "127.0.0.1:1")
			if err == nil {
				_ = conn.Close()
			}
			if got := netcause.Of(err); got.Code != test.code || strings.Contains(got.String(), "hunter2") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v is %+v, want %s", err, got, test.code)
			}
		})
	}
}
