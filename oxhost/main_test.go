package oxhost_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/order"
	"extendbot/oxhost"
)

const (
	alice = "user-alice"
	web1  = "server-web-1"
)

// shortTimeout ends calls that would otherwise never end.
const shortTimeout = 150 * time.Millisecond

var (
	noon = time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	// day extends web-1 by a day; alice pays 0.43 of her 100.00.
	day = order.Extension{Account: alice, ServerID: web1, Hours: 24}
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startSim starts a 0xhost where alice has 100.00 and rents web-1.
func startSim(t *testing.T, cfg oxhostsim.Config) *oxhostsim.Server {
	t.Helper()
	cfg.Now = func() time.Time { return noon }
	sim, err := oxhostsim.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	sim.AddAccount(oxhostsim.Account{ID: alice, Username: "alice", Balance: decimal.NewFromInt(100), Active: true})
	sim.AddServer(oxhostsim.RentedServer{ID: web1, Name: "web-1", OwnerID: alice, ExpireDate: noon.Add(24 * time.Hour)})
	return sim
}

// newClient returns a client that uses no proxy, whatever the environment says.
func newClient(t *testing.T, baseURL string, key secret.Value, options ...oxhost.Option) *oxhost.Client {
	t.Helper()
	direct := oxhost.WithProxy(func(*http.Request) (*url.URL, error) { return nil, nil })
	client, err := oxhost.New(baseURL, key, append([]oxhost.Option{direct}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func simClient(t *testing.T, sim *oxhostsim.Server, options ...oxhost.Option) *oxhost.Client {
	t.Helper()
	options = append([]oxhost.Option{oxhost.WithRootCAs(sim.CertPool()), oxhost.WithLocation(time.UTC)}, options...)
	return newClient(t, sim.URL(), secret.New(sim.APIKey()), options...)
}

// wantNoSecrets fails the test if one of the values, however it is printed,
// contains a secret of the simulator.
func wantNoSecrets(t *testing.T, sim *oxhostsim.Server, shown ...any) {
	t.Helper()
	for _, value := range shown {
		text := fmt.Sprintf("%v %+v %#v", value, value, value)
		for _, secret := range sim.Secrets() {
			if strings.Contains(text, secret) {
				t.Errorf("a secret shows in %T: %s", value, text)
			}
		}
		if strings.Contains(text, "user_id=") {
			t.Errorf("a query shows in %T: %s", value, text)
		}
	}
}

func money(text string) decimal.NullDecimal {
	return decimal.NewNullDecimal(decimal.RequireFromString(text))
}
