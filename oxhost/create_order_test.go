package oxhost_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/oxhostsim"
	"extendbot/order"
	"extendbot/oxhost"
)

// Every known form of 0xhost's answer becomes the same receipt, without secrets.
func TestExtendServer_Receipt(t *testing.T) {
	want := order.Receipt{
		OrderID: "order-1", Type: order.RenewServer, Amount: money("0.43"), BalanceBefore: money("100"),
		Hours: 24, ServerID: web1, ServerName: "web-1", ServerStatus: "active", Address: "192.168.100.102",
		Location: "Slovenia", PlanID: "5", PlanPrice: money("12.99"), ExpiresAt: noon.Add(48 * time.Hour), OwnerID: alice,
	}
	for name, form := range map[string]oxhostsim.Form{
		"as shown":         {},
		"wrapped":          {Wrapped: true},
		"strings":          {Numbers: oxhostsim.NumbersAsStrings},
		"numbers":          {Numbers: oxhostsim.NumbersBare},
		"wrapped strings":  {Wrapped: true, Numbers: oxhostsim.NumbersAsStrings},
		"with a password":  {Password: true},
		"with more fields": {Set: map[string]any{"more": []int{1}, "server_status.more": map[string]int{"a": 1}, "data": []int{}}},
	} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, oxhostsim.Config{Form: form, NewID: func() string { return "order-1" }})
			receipt, err := simClient(t, sim).ExtendServer(t.Context(), day)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, receipt); diff != "" {
				t.Error(diff)
			}
			wantNoSecrets(t, sim, receipt)
			if text, err := json.Marshal(receipt); err != nil {
				t.Error(err)
			} else {
				wantNoSecrets(t, sim, string(text))
			}
		})
	}
}

// The request has exactly the fields of an extension and the necessary headers.
func TestExtendServer_ExactRequest(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim, oxhost.WithUserAgent("extendbot/1.2"))
	if _, err := client.ExtendServer(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	arrival := sim.Arrivals()[0]
	if got, want := string(arrival.Body), `{"user_id":"user-alice","server_id":"server-web-1","hours":24}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Connection": {"close"}, "Content-Length": {"62"},
		"Content-Type": {"application/json"}, "User-Agent": {"extendbot/1.2"}, "X-Api-Key": {"***"},
	}
	if diff := cmp.Diff(want, arrival.Header); diff != "" {
		t.Error(diff)
	}
	if !arrival.KeyOK {
		t.Error("wrong key")
	}
}

// The times in an answer are read in the configured time zone.
func TestExtendServer_TimeZone(t *testing.T) {
	ljubljana := time.FixedZone("CET", 3600)
	sim := startSim(t, oxhostsim.Config{Location: ljubljana})
	receipt, err := simClient(t, sim, oxhost.WithLocation(ljubljana)).ExtendServer(t.Context(), day)
	if err != nil || !receipt.ExpiresAt.Equal(noon.Add(48*time.Hour)) {
		t.Errorf("%v %v", receipt.ExpiresAt, err)
	}
}

// Each order gets a new connection.
func TestExtendServer_NewConnectionEachTime(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim)
	for range 3 {
		if _, err := client.ExtendServer(t.Context(), day); err != nil {
			t.Fatal(err)
		}
	}
	for i, arrival := range sim.Arrivals() {
		if arrival.Reused {
			t.Errorf("order %d arrived on a used connection", i)
		}
	}
}

// An invalid extension is not sent.
func TestExtendServer_InvalidIsNotSent(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim)
	for name, e := range map[string]order.Extension{
		"no account": {ServerID: web1, Hours: 1},
		"no server":  {Account: alice, Hours: 1},
		"bad server": {Account: alice, ServerID: `x","plan_id":"7`, Hours: 1},
		"no hours":   {Account: alice, ServerID: web1},
		"negative":   {Account: alice, ServerID: web1, Hours: -1},
	} {
		_, err := client.ExtendServer(t.Context(), e)
		if failed, ok := errors.AsType[*order.PlaceError](err); !ok || failed.Verdict != order.NeverSent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(sim.Arrivals()); n != 0 {
		t.Errorf("%d arrivals", n)
	}
}
