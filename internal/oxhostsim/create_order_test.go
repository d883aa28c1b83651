package oxhostsim_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
)

const extendOneHour = `{"user_id":"user-alice","server_id":"server-web-1","hours":1}`

// An extension charges the account and moves the expiry.
func TestCreateOrder_MovesMoneyAndExpiry(t *testing.T) {
	s := start(t, oxhostsim.Config{NewID: func() string { return "order-1" }})
	s.AddServer(oxhostsim.RentedServer{ID: web1, OwnerID: alice, ExpireDate: noon.Add(24 * time.Hour)})

	code, answer := s.order(`{"user_id":"user-alice","server_id":"server-web-1","hours":72}`)

	if code != http.StatusOK || answer["success"] != true {
		t.Fatalf("%d %v", code, answer)
	}
	want := []oxhostsim.Charge{{
		OrderID: "order-1", Type: oxhostsim.TypeRenew, AccountID: alice, ServerID: web1, Hours: 72,
		Amount: money("1.30"), BalanceBefore: money("100"), BalanceAfter: money("98.70"), At: noon,
	}}
	if diff := cmp.Diff(want, s.Charges()); diff != "" {
		t.Error(diff)
	}
	s.wantCharged(1, 1, "98.70")
	rented, _ := s.Rented(web1)
	if want := noon.Add(96 * time.Hour); !rented.ExpireDate.Equal(want) || rented.RentalHours != 72 {
		t.Errorf("expires %v after %d hours, want %v after 72", rented.ExpireDate, rented.RentalHours, want)
	}
}

// A server that has expired is extended from now.
func TestCreateOrder_ExpiredServerFromNow(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.AddServer(oxhostsim.RentedServer{ID: web1, OwnerID: alice, ExpireDate: noon.Add(-24 * time.Hour)})
	s.order(extendOneHour)
	if rented, _ := s.Rented(web1); !rented.ExpireDate.Equal(noon.Add(time.Hour)) {
		t.Errorf("expires %v", rented.ExpireDate)
	}
}

// Hours that are bought elsewhere cost the same, move the expiry, and are in the list, but
// no request arrives. What 0xhost refuses changes nothing.
func TestBuyElsewhere_LikeAnOrder(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.AddServer(oxhostsim.RentedServer{ID: web1, OwnerID: alice, ExpireDate: noon.Add(time.Hour)})
	id, ok := s.BuyElsewhere(web1, 24)
	rented, _ := s.Rented(web1)
	charges := s.Charges()
	if !ok || len(charges) != 1 || charges[0].OrderID != id || charges[0].Amount.String() != "0.43" || s.Balance(alice).String() != "99.57" ||
		!rented.ExpireDate.Equal(noon.Add(25*time.Hour)) || len(s.Arrivals()) != 0 {
		t.Errorf("%v %q: charges %v, balance %s, it expires %v, %d arrivals", ok, id, charges, s.Balance(alice), rented.ExpireDate, len(s.Arrivals()))
	}
	_, answer := s.call(http.MethodGet, "orders/list_order?user_id="+alice, "")
	if lines, _ := answer["data"].([]any); len(lines) != 1 || lines[0].(map[string]any)["id"] != id || lines[0].(map[string]any)["created_at"] != "2026-02-03 12:00:00" {
		t.Errorf("the list is %v", answer)
	}
	for server, hours := range map[string]int{"no-such-server": 1, web1: 0} {
		if _, ok := s.BuyElsewhere(server, hours); ok {
			t.Errorf("it sold %d hours of %s", hours, server)
		}
	}
	s.SetBalance(alice, decimal.Zero)
	if _, ok := s.BuyElsewhere(web1, 24); ok || len(s.Charges()) != 1 {
		t.Error("it sold hours for no money")
	}
}

// The answer has the fields and types of the success example on the API page.
func TestCreateOrder_DocumentedAnswer(t *testing.T) {
	s := start(t, oxhostsim.Config{
		NewID:    func() string { return "13587d01-c8cd-11f0-8cdf-525400792197" },
		Location: time.FixedZone("CET", 3600),
	})
	s.AddServer(oxhostsim.RentedServer{
		ID: web1, Name: "vm-demo-server", OwnerID: alice, AutoRenew: true,
		CreatedAt: noon, ExpireDate: noon.Add(time.Hour),
	})
	_, answer := s.order(extendOneHour)

	status, ok := answer["server_status"].(map[string]any)
	if !ok {
		t.Fatal("no server_status")
	}
	if metadata, _ := status["metadata"].(string); !regexp.MustCompile(`^password=\w{20,}$`).MatchString(metadata) {
		t.Errorf("metadata %q", metadata)
	}
	delete(status, "metadata")
	want := map[string]any{
		"success": true, "amount": 0.02, "balance_before": "100.00", "type": "renew_server",
		"plan_id": 5.0, "password": nil, "hours_purchased": "1", "upgrade_difference": 0.0,
		"order_id": "13587d01-c8cd-11f0-8cdf-525400792197",
		"server_status": map[string]any{
			"id": web1, "id_solusvm": 482.0, "solusvm_uuid": "06955621-8277-4272-95f2-a16001d1e3a2",
			"cpu_cores": 2.0, "ram": 6442450944.0, "disk": 40.0, "disk_type": "ssd",
			"cpu": nil, "ramD": nil, "diskD": nil, "name": "vm-demo-server", "auto_renew": 1.0,
			"primary_ip": "192.168.100.102", "extra_ips": nil, "status": "active",
			"updated_at": "2026-02-03 13:00:00", "plan_id": 5.0, "location": "Slovenia",
			"os_image_id": 2.0, "rental_duration_hours": 1.0, "owner_id": alice,
			"created_at": "2026-02-03 13:00:00", "expire_date": "2026-02-03 15:00:00",
			"user_id": alice, "username": "root", "userIsActive": 1.0, "plan_price": "12.99",
		},
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
}

// The answer has the configured form.
func TestCreateOrder_Form(t *testing.T) {
	for name, test := range map[string]struct {
		form oxhostsim.Form
		want map[string]any // of the purchase; nil for one that must be absent
	}{
		"strings": {oxhostsim.Form{Numbers: oxhostsim.NumbersAsStrings}, map[string]any{"amount": "0.02", "plan_id": "5", "hours_purchased": "1"}},
		"numbers": {oxhostsim.Form{Numbers: oxhostsim.NumbersBare}, map[string]any{"amount": 0.02, "balance_before": 100.0, "hours_purchased": 1.0}},
		"wrapped": {oxhostsim.Form{Wrapped: true}, map[string]any{"amount": 0.02, "type": "renew_server"}},
		"altered": {oxhostsim.Form{Set: map[string]any{"type": "odd"}, Drop: []string{"plan_id"}}, map[string]any{"type": "odd", "plan_id": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, oxhostsim.Config{Form: test.form})
			_, answer := s.order(extendOneHour)
			if answer["success"] != true {
				t.Fatalf("%v", answer)
			}
			if test.form.Wrapped {
				answer, _ = answer["data"].(map[string]any)
			}
			for field, want := range test.want {
				if diff := cmp.Diff(want, answer[field]); diff != "" {
					t.Errorf("%s: %s", field, diff)
				}
			}
		})
	}
}

// Each answer has new passwords, and Secrets returns all of them.
func TestSecrets_NewInEachAnswer(t *testing.T) {
	s := start(t, oxhostsim.Config{APIKey: "the-key", Form: oxhostsim.Form{Password: true}})
	for range 3 {
		_, raw, err := s.do(t.Context(), http.MethodPost, "orders/create_order", extendOneHour)
		if err != nil {
			t.Fatal(err)
		}
		secrets := s.Secrets()
		for _, secret := range secrets[len(secrets)-2:] {
			if !strings.Contains(string(raw), secret) {
				t.Errorf("%s is missing in the answer", secret)
			}
		}
	}
	secrets := s.Secrets()
	slices.Sort(secrets)
	if got := len(slices.Compact(secrets)); got != 7 {
		t.Errorf("%d different secrets, want 7: the key, and two an answer", got)
	}
}

// The hours may be an integer or a string.
func TestCreateOrder_HoursIntegerOrString(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	for _, hours := range []string{`24`, `"24"`} {
		if _, answer := s.order(`{"user_id":"user-alice","server_id":"server-web-1","hours":` + hours + `}`); answer["success"] != true {
			t.Errorf("%s: %v", hours, answer)
		}
	}
	s.wantCharged(2, 2, "99.14")
}

// A refused order charges nothing.
func TestCreateOrder_RefusalChargesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		body    string
		code    int
		message string
	}{
		"unknown user":   {`{"user_id":"nobody","server_id":"server-web-1","hours":1}`, 200, "User not found"},
		"unknown server": {`{"user_id":"user-alice","server_id":"nothing","hours":1}`, 200, "Server not found"},
		"not the owner":  {`{"user_id":"user-bob","server_id":"server-web-1","hours":1}`, 200, "Server does not belong to this user"},
		"no money":       {`{"user_id":"user-alice","server_id":"server-web-1","hours":720000}`, 200, "Insufficient balance"},
		"suspended":      {`{"user_id":"user-carol","server_id":"server-web-1","hours":1}`, 200, "User account is suspended"},
		"no hours":       {`{"user_id":"user-alice","server_id":"server-web-1","hours":0}`, 200, "Invalid number of hours"},
		"half an hour":   {`{"user_id":"user-alice","server_id":"server-web-1","hours":0.5}`, 200, "Invalid number of hours"},
		"words":          {`{"user_id":"user-alice","server_id":"server-web-1","hours":"many"}`, 200, "Invalid number of hours"},
		"missing hours":  {`{"user_id":"user-alice","server_id":"server-web-1"}`, 422, "Missing required fields: server_id, hours"},
		"missing user":   {`{"server_id":"server-web-1","hours":1}`, 422, "Missing required field: user_id"},
		"not JSON":       {`user_id=user-alice`, 400, "Invalid JSON body"},
		"wrong type":     {`{"user_id":7}`, 400, "Invalid JSON body"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, oxhostsim.Config{})
			s.AddAccount(oxhostsim.Account{ID: "user-carol", Balance: money("5")})
			code, answer := s.order(test.body)
			if diff := cmp.Diff(map[string]any{"success": false, "message": test.message}, answer); diff != "" || code != test.code {
				t.Errorf("%d %s", code, diff)
			}
			s.wantCharged(1, 0, "100.00")
		})
	}
}

// A request that is not an extension is another purchase, and is charged.
func TestCreateOrder_OtherPurchases(t *testing.T) {
	for name, test := range map[string]struct{ body, kind, balance string }{
		"new server":       {`{"user_id":"user-alice","plan_id":7,"os_image_id":2,"location":"Slovenia"}`, oxhostsim.TypeNew, "75.00"},
		"extend plus plan": {`{"user_id":"user-alice","server_id":"server-web-1","hours":1,"plan_id":"7"}`, oxhostsim.TypeScale, "75.00"},
		"extend plus spot": {`{"user_id":"user-alice","server_id":"server-web-1","hours":1,"location":"x"}`, oxhostsim.TypeNew, "87.01"},
		"null is absent":   {`{"user_id":"user-alice","server_id":"server-web-1","hours":1,"plan_id":null}`, oxhostsim.TypeRenew, "99.98"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, oxhostsim.Config{})
			s.AddPlan(oxhostsim.Plan{ID: "p", Name: "VPS Titan", ExternalID: 7, Price: money("25")})
			_, answer := s.order(test.body)
			if answer["type"] != test.kind {
				t.Errorf("type %v, want %s", answer["type"], test.kind)
			}
			s.wantCharged(1, 1, test.balance)
		})
	}
}

// An arrival has the received body, and no key.
func TestArrivals_BodyWithoutKey(t *testing.T) {
	s := start(t, oxhostsim.Config{APIKey: "the-key"})
	s.order(extendOneHour)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"orders/create_order", strings.NewReader(extendOneHour))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Api-Key", "another-key")
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("wrong key: %s", response.Status)
	}

	want := []oxhostsim.Arrival{
		{At: noon, Body: []byte(extendOneHour), KeyOK: true},
		{At: noon, Body: []byte(extendOneHour), Reused: true},
	}
	arrivals := s.Arrivals()
	if diff := cmp.Diff(want, arrivals, cmpopts.IgnoreFields(oxhostsim.Arrival{}, "Header")); diff != "" {
		t.Error(diff)
	}
	for _, arrival := range arrivals {
		if got := arrival.Header.Get("X-Api-Key"); got != "***" {
			t.Errorf("key %q", got)
		}
	}
	s.wantCharged(2, 1, "99.98")
}

// A call accepts only its documented HTTP method.
func TestCreateOrder_OnlyPOST(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	if code, _ := s.call(http.MethodGet, "orders/create_order", ""); code != http.StatusMethodNotAllowed {
		t.Error(code)
	}
	s.wantCharged(0, 0, "100.00")
}

// A price is in proportion to the hours, and at least one cent.
func TestPrice_ProportionalAtLeastACent(t *testing.T) {
	for hours, want := range map[int]string{1: "0.02", 720: "12.99", 24: "0.43", 72: "1.30"} {
		if got := oxhostsim.Price(money("12.99"), hours).StringFixed(2); got != want {
			t.Errorf("%d hours: %s, want %s", hours, got, want)
		}
	}
	if got := oxhostsim.Price(money("0.10"), 1).StringFixed(2); got != "0.01" {
		t.Errorf("least: %s", got)
	}
}
