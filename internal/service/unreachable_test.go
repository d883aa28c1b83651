package service_test

import (
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// closedPort returns an address of this machine on which nothing listens. It is
// the local end of a connection, so that no other process gets the port before
// it is released.
func closedPort(t *testing.T) (addr string, release func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	release = func() {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, after which the port is free at once
		}
		_ = conn.Close()
	}
	t.Cleanup(release)
	return conn.LocalAddr().String(), release
}

// While 0xhost cannot be reached, nothing is sent. After two minutes, the order
// is refused with the reason.
func TestOrder_HostUnreachable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api func(t *testing.T) string
		why string
	}{
		"connection refused": {
			func(t *testing.T) string {
				t.Helper()
				addr, _ := closedPort(t)
				return "http://" + addr + "/API/"
			},
			"it refuses the connection",
		},
		"expired certificate": {
			func(t *testing.T) string {
				t.Helper()
				expired, err := oxhostsim.Start(oxhostsim.Config{TLS: true, Certificate: oxhostsim.CertificateExpired})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if n := len(expired.Arrivals()); n > 0 {
						t.Errorf("%d requests went to a server without a valid certificate", n)
					}
					if err := expired.Close(); err != nil {
						t.Error(err)
					}
				})
				return expired.URL()
			},
			"its certificate has expired or is not valid yet",
		},
		// This machine's resolver may refuse or not answer, so the reason is not
		// checked.
		"DNS failure": {func(*testing.T) string { return "https://extendbot-nowhere.invalid/API/" }, "0xhost could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := c.api(t)
			h := servicetest.New(t, slacksim.Config{})
			h.Settings.OxhostAPIURL, h.Settings.OxhostTimeout = api, 5*time.Second
			var ahead atomic.Int64
			h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
			h.Start()
			card := h.Request(stage.Alice, "web-1 24")
			h.Confirm(card)
			h.WaitCard(card, "could not be sent to 0xhost yet")
			ahead.Store(int64(3 * time.Minute)) // now the first try was more than two minutes ago
			h.WaitReply(card, "Nothing was charged")
			h.WaitReply(card, c.why)
			h.WaitCard(card, "did not go through")
			h.WantCharges(0, 0)
		})
	}
}

// When 0xhost can be reached again, it gets the order once.
func TestOrder_HostComesBack(t *testing.T) {
	t.Parallel()
	addr, release := closedPort(t)
	h := servicetest.Start(t, func(s *settings.Settings) {
		s.OxhostAPIURL = (&url.URL{Scheme: "http", Host: addr, Path: "/API/"}).String()
	})
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitCard(card, "could not be sent to 0xhost yet")
	release()
	forward(h, addr)
	h.WaitReply(card, servicetest.Receipt)
	h.Stop()
	h.WantCharges(1, 1)
}

// forward makes the stage's 0xhost reachable at an address.
func forward(h *servicetest.Harness, addr string) {
	h.T.Helper()
	target, err := url.Parse(h.Oxhost.URL())
	if err != nil {
		h.T.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(h.Ctx, "tcp", addr)
	if err != nil {
		h.T.Fatal(err)
	}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host },
	})
	_ = proxy.Listener.Close()
	proxy.Listener = l
	proxy.Start()
	h.T.Cleanup(proxy.Close)
}
