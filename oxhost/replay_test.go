package oxhost

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/order"
)

// The transport for orders keeps no connection. This tests the second
// protection: even if connections were kept, a request that fails on one would
// not be sent again, because it has no GetBody and no Idempotency-Key.
func TestReplay_NotOnKeptConnections(t *testing.T) {
	for name, kind := range map[string]oxhostsim.Kind{"closed": oxhostsim.Hangup, "reset": oxhostsim.Reset} {
		for stage := range oxhostsim.Stage(2) {
			sim, client := startPair(t)
			client.orders = client.newHTTPClient(keepConnections)
			t.Cleanup(client.Close)
			sim.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: kind, Stage: stage, Reused: true}, 1)

			e := order.Extension{Account: "alice", ServerID: "web-1", Hours: 1}
			// A connection may not be kept if the goroutine that wrote to it is slow, so
			// the fault waits for the first kept one.
			var err error
			calls := 0
			for ; err == nil && calls < 20; calls++ {
				_, err = client.ExtendServer(t.Context(), e)
			}

			if failed, ok := errors.AsType[*order.PlaceError](err); !ok || failed.Verdict != order.UnknownOutcome {
				t.Errorf("%s: %v", name, err)
			}
			if arrivals := sim.Arrivals(); len(arrivals) != calls || calls < 2 || !arrivals[calls-1].Reused {
				t.Errorf("%s: %d arrivals of %d calls", name, len(arrivals), calls)
			}
			if got, want := len(sim.Charges()), calls-1+int(stage); got != want {
				t.Errorf("%s: %d charges, want %d", name, got, want)
			}
		}
	}
}

// If a server closes idle connections while orders arrive, it gets each order at
// most once, and each order that it gets is charged or unknown.
func TestReplay_NotWhenConnectionsClose(t *testing.T) {
	sim, client := startPair(t)
	client.orders = client.newHTTPClient(keepConnections)
	t.Cleanup(client.Close)
	done := 0
	for range 100 {
		if _, err := client.ExtendServer(t.Context(), order.Extension{Account: "alice", ServerID: "web-1", Hours: 1}); err == nil {
			done++
		}
		sim.CloseIdle()
	}
	charges := len(sim.Charges()) // each arrived before it was charged
	arrivals := len(sim.Arrivals())
	if arrivals > 100 || charges > arrivals || done > charges {
		t.Errorf("%d arrivals, %d charges, %d done", arrivals, charges, done)
	}
}

// net/http cannot send the request for an order twice, and follows no redirect.
func TestReplay_RequestCannotBeRewound(t *testing.T) {
	_, client := startPair(t)
	request, err := client.newRequest(t.Context(), http.MethodPost, "orders/create_order", nil, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if request.GetBody != nil || request.Header["Idempotency-Key"] != nil || request.Header["X-Idempotency-Key"] != nil {
		t.Error("net/http may send this request twice")
	}
	if client.orders.CheckRedirect(nil, nil) == nil || client.reads.CheckRedirect(nil, nil) == nil {
		t.Error("redirects are followed")
	}
}

func startPair(t *testing.T) (*oxhostsim.Server, *Client) {
	t.Helper()
	sim, err := oxhostsim.Start(oxhostsim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	sim.AddAccount(oxhostsim.Account{ID: "alice", Balance: decimal.NewFromInt(100), Active: true})
	sim.AddServer(oxhostsim.RentedServer{ID: "web-1", OwnerID: "alice"})
	client, err := New(sim.URL(), secret.New(sim.APIKey()), WithTimeout(time.Minute),
		WithProxy(func(*http.Request) (*url.URL, error) { return nil, nil }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return sim, client
}
