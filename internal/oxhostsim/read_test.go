package oxhostsim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/oxhostsim"
)

func listed(t *testing.T, answer map[string]any) []string {
	t.Helper()
	lines, ok := answer["data"].([]any)
	if !ok {
		t.Fatalf("data is %T in %v", answer["data"], answer)
	}
	ids := []string{}
	for _, line := range lines {
		ids = append(ids, fmt.Sprint(line.(map[string]any)["id"]))
	}
	return ids
}

// list_order shows an order as its documentation does.
func TestListOrder_DocumentedAnswer(t *testing.T) {
	s := start(t, oxhostsim.Config{NewID: func() string { return "order-1" }})
	s.order(extendOneHour)
	_, answer := s.call(http.MethodGet, "orders/list_order?order_id=order-1", "")
	want := map[string]any{"success": true, "data": []any{map[string]any{
		"id": "order-1", "user_id": alice, "server_id": web1, "order_number": "CLOUD_20260203120000_order-",
		"order_type": "renew_server", "status": "completed", "rental_duration_hours": 1.0,
		"amount": "0.02", "currency": "EUR", "description": "renew_server for 1 hours",
		"created_at": "2026-02-03 12:00:00", "updated_at": "2026-02-03 12:00:00", "username": "alice",
	}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
}

// list_order pages, sorts, hides and names orders as configured.
func TestListOrder_Listing(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	for i := range 5 {
		s.AddOrder(oxhostsim.Order{ID: fmt.Sprint("o", i), AccountID: alice, At: noon.Add(time.Duration(i-5) * time.Minute)})
	}
	s.AddOrder(oxhostsim.Order{ID: "other", AccountID: bob})
	for name, test := range map[string]struct {
		listing oxhostsim.Listing
		query   string
		want    []string
	}{
		"newest first":   {oxhostsim.Listing{}, "", []string{"o4", "o3", "o2", "o1", "o0"}},
		"oldest first":   {oxhostsim.Listing{OldestFirst: true, PageSize: 2}, "&page=1", []string{"o0", "o1"}},
		"second page":    {oxhostsim.Listing{PageSize: 2}, "&page=2", []string{"o2", "o1"}},
		"last page":      {oxhostsim.Listing{PageSize: 2}, "&page=3", []string{"o0"}},
		"past the end":   {oxhostsim.Listing{PageSize: 2}, "&page=4", []string{}},
		"page ignored":   {oxhostsim.Listing{PageSize: 2, IgnoresPage: true}, "&page=4", []string{"o4", "o3"}},
		"hidden":         {oxhostsim.Listing{Hidden: true}, "", []string{}},
		"lagging":        {oxhostsim.Listing{Lag: 3 * time.Minute}, "", []string{"o2", "o1", "o0"}},
		"by type":        {oxhostsim.Listing{}, "&type_order=new_server", []string{}},
		"by renamed one": {oxhostsim.Listing{PageSize: 1, TypeNames: map[string]string{"renew_server": "extend"}}, "&type_order=extend", []string{"o4"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.SetListing(test.listing)
			_, answer := s.call(http.MethodGet, "orders/list_order?user_id=user-alice"+test.query, "")
			if diff := cmp.Diff(test.want, listed(t, answer)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A single order can be hidden from list_order and shown again.
func TestListOrder_UnlistedOrder(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	id := s.AddOrder(oxhostsim.Order{AccountID: alice})
	for _, show := range []bool{false, true} {
		s.SetListed(id, show)
		_, answer := s.call(http.MethodGet, "orders/list_order?order_id="+id, "")
		if got := len(listed(t, answer)) == 1; got != show {
			t.Errorf("listed %v, want %v", got, show)
		}
	}
}

// info_user shows the balance and the state of the account.
func TestInfoUser_Balance(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	s.order(extendOneHour)
	s.SetActive(alice, false)
	_, answer := s.call(http.MethodGet, "info_user?user_id=user-alice", "")
	want := map[string]any{"success": true, "user": map[string]any{
		"id": alice, "username": "alice", "email": "user-alice@customer.example",
		"balance": "99.98", "isActive": 0.0, "currency": "EUR",
	}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
	if _, answer := s.call(http.MethodGet, "info_user?user_id=nobody", ""); answer["success"] != false {
		t.Error(answer)
	}
}

// list_plan shows the plans.
func TestListPlan_Plans(t *testing.T) {
	s := start(t, oxhostsim.Config{Currency: "USD"})
	s.AddPlan(oxhostsim.Plan{ID: "p1", Name: "VPS Titan", ExternalID: 11, Price: money("69.99"), Params: `{"vcpu":16}`})
	_, answer := s.call(http.MethodGet, "plans/list_plan", "")
	want := map[string]any{"success": true, "data": []any{map[string]any{
		"id": "p1", "name": "VPS Titan", "params": `{"vcpu":16}`, "external_id": 11.0, "price": 69.99, "currency": "USD",
	}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
}

// A call without its required parameters is refused.
func TestParameters_MissingAreRefused(t *testing.T) {
	s := start(t, oxhostsim.Config{})
	for _, path := range []string{"info_user", "orders/list_order", "orders/list_order?user_id=x&page=0"} {
		if code, _ := s.call(http.MethodGet, path, ""); code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, code)
		}
	}
}
