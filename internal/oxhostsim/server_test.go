package oxhostsim_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
)

// The certificate has the configured flaw, and a client with CertPool notices
// it.
func TestTLS_CertificateFlaws(t *testing.T) {
	for name, test := range map[string]struct {
		flaw oxhostsim.CertificateFlaw
		ok   func(error) bool
	}{
		"good":       {oxhostsim.CertificateGood, func(err error) bool { return err == nil }},
		"expired":    {oxhostsim.CertificateExpired, is[x509.CertificateInvalidError]},
		"untrusted":  {oxhostsim.CertificateUntrusted, is[x509.UnknownAuthorityError]},
		"wrong host": {oxhostsim.CertificateWrongHost, is[x509.HostnameError]},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, oxhostsim.Config{TLS: true, Certificate: test.flaw})
			s.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}
			_, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour)
			if !test.ok(err) {
				t.Errorf("%T %v", err, err)
			}
			if want := name == "good"; (len(s.Charges()) == 1) != want || !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
				t.Errorf("%d charges at %s", len(s.Charges()), s.URL())
			}
		})
	}
}

// A reset reaches a client that uses TLS.
func TestTLS_Reset(t *testing.T) {
	s := start(t, oxhostsim.Config{TLS: true})
	s.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}
	s.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge}, 1)
	_, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	s.wantCharged(1, 1, "99.98")
}

// A closed server refuses connections and keeps its charges, and another one can
// start at its address.
func TestClose_KeepsCharges(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.order(extendOneHour)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.client.CloseIdleConnections()
	if _, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	s.wantCharged(1, 1, "99.98")

	addr := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/API/")
	again := start(t, oxhostsim.Config{Addr: addr})
	if again.URL() != s.URL() {
		t.Errorf("restarted at %s, want %s", again.URL(), s.URL())
	}
}

// Starting at an address that is in use fails.
func TestStart_AddressInUse(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	addr := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/API/")
	if _, err := oxhostsim.Start(oxhostsim.Config{Addr: addr}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Error(err)
	}
}

// Concurrent orders leave the right balance.
func TestCreateOrder_Concurrent(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	var orders sync.WaitGroup
	for range 50 {
		orders.Go(func() {
			if _, _, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour); err != nil {
				t.Error(err)
			}
		})
	}
	orders.Wait()
	s.wantCharged(50, 50, "99.00")
	spent := decimal.Zero
	for _, charge := range s.Charges() {
		spent = spent.Add(charge.Amount)
		if want := charge.BalanceBefore.Sub(charge.Amount); !want.Equal(charge.BalanceAfter) {
			t.Errorf("%+v", charge)
		}
	}
	if !spent.Equal(money("1")) {
		t.Errorf("spent %s", spent)
	}
}

// A wait ends with its context and returns the cause.
func TestWaitArrival_EndsWithContext(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	if err := s.WaitArrival(ctx, 1); !errors.Is(err, enough) {
		t.Error(err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
