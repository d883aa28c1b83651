package oxhostsim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"extendbot/internal/oxhostsim"
)

const (
	alice = "user-alice"
	bob   = "user-bob"
	web1  = "server-web-1"
)

// noon is the time in every test.
var noon = time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testHost is a simulated 0xhost and a client. It has alice, who has 100.00 and
// rents web-1 at 12.99 per month, and bob, who has nothing.
type testHost struct {
	*oxhostsim.Server
	t      *testing.T
	client *http.Client
}

func start(t *testing.T, cfg oxhostsim.Config) *testHost {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return noon }
	}
	server, err := oxhostsim.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	server.AddAccount(oxhostsim.Account{ID: alice, Username: "alice", Balance: decimal.NewFromInt(100), Active: true})
	server.AddAccount(oxhostsim.Account{ID: bob, Username: "bob", Active: true})
	server.AddServer(oxhostsim.RentedServer{ID: web1, Name: "web-1", OwnerID: alice})
	return &testHost{server, t, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request with the right key and returns status, header and body. The
// body is what was received, even if err says that it is incomplete.
func (s *testHost) do(ctx context.Context, method, path, body string) (*http.Response, []byte, error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, s.URL()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	request.GetBody = nil
	request.Header.Set("X-Api-Key", s.APIKey())
	response, err := s.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response, answer, err
}

// call is do for a complete answer, which it decodes.
func (s *testHost) call(method, path, body string) (int, map[string]any) {
	s.t.Helper()
	response, raw, err := s.do(s.t.Context(), method, path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		s.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
	}
	return response.StatusCode, decoded
}

func (s *testHost) order(body string) (int, map[string]any) {
	s.t.Helper()
	return s.call(http.MethodPost, "orders/create_order", body)
}

// wantCharged fails the test unless this many requests arrived, this many were
// charged, and alice has this balance.
func (s *testHost) wantCharged(arrivals, charges int, balance string) {
	s.t.Helper()
	if got := len(s.Arrivals()); got != arrivals {
		s.t.Errorf("%d arrivals, want %d", got, arrivals)
	}
	if got := len(s.Charges()); got != charges {
		s.t.Errorf("%d charges, want %d", got, charges)
	}
	if got := s.Balance(alice).StringFixed(2); got != balance {
		s.t.Errorf("balance %s, want %s", got, balance)
	}
}

func money(text string) decimal.Decimal { return decimal.RequireFromString(text) }
