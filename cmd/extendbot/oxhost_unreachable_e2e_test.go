package main

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
)

// closedPort gives an address of this machine at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return addr
}

func TestWhileNoConnectionCanBeHadNothingIsSentAndThenItIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api func(t *testing.T) string
		why string
	}{
		"connection refused": {
			func(t *testing.T) string { t.Helper(); return "http://" + closedPort(t) + "/API/" },
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
			p := newPlay(t, func(s *Settings) { s.OxhostAPIURL, s.OxhostTimeout = baseURL(api), 5*time.Second })
			card := p.card(stageAlice, "web-1 24")
			// Each wait counts for more than the two minutes that there are.
			p.meddle("CREATE TRIGGER long_ago AFTER UPDATE ON orders WHEN NEW.state = 'approved' AND NEW.first_try > 0" +
				" BEGIN UPDATE orders SET first_try = 1 WHERE id = NEW.id; END")
			p.click(stageAlice, card, "order_confirm")
			p.saying(card, "Nothing was sent to 0xhost yet")
			p.word(card, "nothing was sent")
			p.word(card, c.why)
			p.saying(card, "did not go through")
			p.wantCharges(0, 0)
		})
	}
}

func TestAHostThatComesBackGetsTheOrderOnce(t *testing.T) {
	t.Parallel()
	addr := closedPort(t)
	p := newPlay(t, func(s *Settings) {
		s.OxhostAPIURL = baseURL((&url.URL{Scheme: "http", Host: addr, Path: "/API/"}).String())
	})
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "Nothing was sent to 0xhost yet")
	back, err := oxhostsim.Start(oxhostsim.Config{Addr: addr, APIKey: p.oxhost.APIKey()})
	if err != nil {
		t.Fatal(err)
	}
	back.AddAccount(oxhostsim.Account{ID: stageAliceAccount, Balance: decimal.NewFromInt(100), Active: true})
	back.AddServer(oxhostsim.RentedServer{ID: stageWeb, OwnerID: stageAliceAccount, PlanPrice: decimal.NewFromInt(12)})
	p.word(card, "Receipt")
	if len(back.Charges()) != 1 || len(back.Arrivals()) != 1 {
		t.Errorf("%d charges of %d requests", len(back.Charges()), len(back.Arrivals()))
	}
	p.end()
	if err := back.Close(); err != nil {
		t.Error(err)
	}
}
