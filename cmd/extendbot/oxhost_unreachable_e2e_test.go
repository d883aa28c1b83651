package main

import (
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
)

// closedPort gives an address of this machine at which nobody listens. It is the
// near end of a connection, so that nobody else gets it before it is let go.
func closedPort(t *testing.T) (addr string, letGo func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	near := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := near.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	letGo = func() {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, after which the port is free at once
		}
		_ = conn.Close()
	}
	t.Cleanup(letGo)
	return conn.LocalAddr().String(), letGo
}

func TestWhileNoConnectionCanBeHadNothingIsSentAndThenItIsRefused(t *testing.T) {
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
			"no connection could be made",
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
						t.Errorf("%d requests went to somebody who cannot prove to be 0xhost", n)
					}
					if err := expired.Close(); err != nil {
						t.Error(err)
					}
				})
				return expired.URL()
			},
			"its certificate is not valid",
		},
		// Whether a resolver says no or nothing depends on the machine, so the
		// reason is not looked at.
		"DNS failure": {func(*testing.T) string { return "https://extendbot-nowhere.invalid/API/" }, "0xhost could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := c.api(t)
			p := newPlay(t, func(s *settings.Settings) { s.OxhostAPIURL, s.OxhostTimeout = api, 5*time.Second })
			card := p.card(stageAlice, "web-1 24")
			p.click(stageAlice, card, "order_confirm")
			p.saying(card, "Nothing was sent to 0xhost yet")
			// From here on each wait counts for more than the two minutes that there are.
			p.tamper("CREATE TRIGGER long_ago AFTER UPDATE ON orders WHEN NEW.state = 'approved' AND NEW.first_try > 0" +
				" BEGIN UPDATE orders SET first_try = 1 WHERE id = NEW.id; END")
			p.word(card, "nothing was sent")
			p.word(card, c.why)
			p.saying(card, "did not go through")
			p.wantCharges(0, 0)
		})
	}
}

func TestAHostThatComesBackGetsTheOrderOnce(t *testing.T) {
	t.Parallel()
	addr, letGo := closedPort(t)
	p := newPlay(t, func(s *settings.Settings) {
		s.OxhostAPIURL = (&url.URL{Scheme: "http", Host: addr, Path: "/API/"}).String()
	})
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "Nothing was sent to 0xhost yet")
	letGo()
	p.open(addr)
	p.word(card, "Receipt")
	p.end()
	p.wantCharges(1, 1)
}

// open lets the stage's 0xhost, with all its accounts, be reached at an address.
func (p *play) open(addr string) {
	p.t.Helper()
	there, err := url.Parse(p.oxhost.URL())
	if err != nil {
		p.t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(p.ctx, "tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	door := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = there.Scheme, there.Host },
	})
	_ = door.Listener.Close()
	door.Listener = l
	door.Start()
	p.t.Cleanup(door.Close)
}
