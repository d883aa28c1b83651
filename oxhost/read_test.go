package oxhost_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/order"
	"extendbot/oxhost"
)

// Account returns the balance, the name, and whether the account is active.
func TestAccount_BalanceNameActive(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	got, err := simClient(t, sim).Account(t.Context(), alice)
	want := oxhost.Account{Username: "alice", Balance: decimal.NewFromInt(100), Active: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	sim.SetActive(alice, false)
	if got, err = simClient(t, sim).Account(t.Context(), alice); err != nil || got.Active {
		t.Error(got, err)
	}
}

// The error of a read call gives the reason, and contains no query and no
// secret.
func TestAccount_ErrorsHaveReasonNoQuery(t *testing.T) {
	status := func(code int, body string) oxhostsim.Fault {
		return oxhostsim.Fault{Kind: oxhostsim.Status, Code: code, Body: body}
	}
	for name, test := range map[string]struct {
		fault oxhostsim.Fault
		want  string
	}{
		"refused":         {status(200, `{"success":false,"message":"User not found"}`), "0xhost: info_user: User not found"},
		"no message":      {status(200, `{"success":false}`), "0xhost: info_user: refused without a reason"},
		"401":             {status(401, `{"success":false,"message":"Invalid API key"}`), "0xhost: info_user: HTTP 401 Unauthorized: Invalid API key"},
		"502":             {status(502, "<html>"), "0xhost: info_user: HTTP 502 Bad Gateway"},
		"redirect":        {oxhostsim.Fault{Kind: oxhostsim.Status, Code: 302, Header: http.Header{"Location": {"/"}}}, "0xhost: info_user: HTTP 302 Found"},
		"HTML":            {status(200, "<html>"), "0xhost: info_user: the answer is not JSON of the expected structure"},
		"empty":           {status(200, ""), "0xhost: info_user: the answer is empty or incomplete"},
		"no user":         {status(200, `{"success":true,"user":null}`), "0xhost: info_user: the answer's balance is missing"},
		"success missing": {status(200, `{}`), "0xhost: info_user: the answer's success is missing or not a boolean"},
		"too large":       {oxhostsim.Fault{Kind: oxhostsim.Flood}, "0xhost: info_user: the answer is larger than 1 MiB"},
		"half":            {oxhostsim.Fault{Kind: oxhostsim.Half}, "0xhost: info_user: unexpected EOF"},
		"hang":            {oxhostsim.Fault{Kind: oxhostsim.Hang}, "0xhost: info_user: 0xhost did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, oxhostsim.Config{})
			sim.Fail(oxhostsim.InfoUser, test.fault, 1)
			timeout := time.Minute
			if test.fault.Kind == oxhostsim.Hang {
				timeout = shortTimeout
			}
			_, err := simClient(t, sim, oxhost.WithTimeout(timeout)).Account(t.Context(), alice)
			if err == nil || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			if _, ok := errors.AsType[*oxhost.ReadError](err); !ok {
				t.Errorf("%T", err)
			}
			wantNoSecrets(t, sim, err)
		})
	}
}

// Each order is listed once, and a list that may be missing orders is not
// complete.
func TestOrders_EveryPageOnce(t *testing.T) {
	for name, test := range map[string]struct {
		listing  oxhostsim.Listing
		ids      []string
		complete bool
	}{
		"one page":       {oxhostsim.Listing{PageSize: 50}, []string{"o4", "o3", "o2", "o1", "o0"}, true},
		"three pages":    {oxhostsim.Listing{PageSize: 2}, []string{"o4", "o3", "o2", "o1", "o0"}, true},
		"oldest first":   {oxhostsim.Listing{PageSize: 2, OldestFirst: true}, []string{"o0", "o1", "o2", "o3", "o4"}, true},
		"pages ignored":  {oxhostsim.Listing{PageSize: 2, IgnoresPage: true}, []string{"o4", "o3"}, false},
		"nothing listed": {oxhostsim.Listing{Hidden: true}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, oxhostsim.Config{Listing: test.listing})
			for i := range 5 {
				sim.AddOrder(oxhostsim.Order{ID: fmt.Sprint("o", i), AccountID: alice, Hours: 1, At: noon.Add(time.Duration(i) * time.Second)})
			}
			list, err := simClient(t, sim).Orders(t.Context(), alice)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, listed := range list.Orders {
				ids = append(ids, listed.ID)
			}
			if diff := cmp.Diff(test.ids, ids); diff != "" || list.Complete != test.complete {
				t.Errorf("complete %v, want %v; %s", list.Complete, test.complete, diff)
			}
		})
	}
}

// The list ends if the server answers every further page with the last page.
func TestOrders_RepeatedPageEndsList(t *testing.T) {
	var pages []string
	for _, id := range []string{"a", "b", "b"} { // the page after the last one repeats it
		pages = append(pages, `{"success":true,"data":[{"id":"`+id+`","user_id":"alice","server_id":"s","rental_duration_hours":1}]}`)
	}
	sim := startSim(t, oxhostsim.Config{})
	for _, page := range pages {
		sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: page}, 1)
	}
	list, err := simClient(t, sim).Orders(t.Context(), alice)
	if err != nil || len(list.Orders) != 2 || !list.Complete {
		t.Errorf("%+v, %v", list, err)
	}
}

// A list ends after 50 pages and then does not count as complete.
func TestOrders_AtMostFiftyPages(t *testing.T) {
	for n, complete := range map[int]bool{49: true, 50: false, 51: false} {
		sim := startSim(t, oxhostsim.Config{Listing: oxhostsim.Listing{PageSize: 1}})
		for i := range n {
			sim.AddOrder(oxhostsim.Order{ID: fmt.Sprint("o", i), AccountID: alice})
		}
		list, err := simClient(t, sim).Orders(t.Context(), alice)
		if err != nil || len(list.Orders) != min(n, 50) || list.Complete != complete {
			t.Errorf("%d of %d orders, complete %v, %v", len(list.Orders), n, list.Complete, err)
		}
	}
}

// An order that was just placed is listed with what it bought.
func TestOrders_ShowsChargedOrder(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{})
	client := simClient(t, sim)
	receipt, err := client.ExtendServer(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.Orders(t.Context(), alice)
	want := []order.HostOrder{{
		ID: receipt.OrderID, AccountID: alice, ServerID: web1, Type: "renew_server", Status: "completed",
		Hours: 24, Amount: money("0.43"), Currency: "EUR", CreatedAt: noon,
	}}
	if diff := cmp.Diff(want, list.Orders); err != nil || diff != "" || !list.Complete {
		t.Error(err, list.Complete, diff)
	}
}

// A list with an order that cannot be identified is not complete.
func TestOrders_InvalidLineNotComplete(t *testing.T) {
	for name, test := range map[string]struct {
		data     string
		complete bool
		want     []order.HostOrder
	}{
		"null list":          {`null`, true, nil},
		"an element of text": {`["x",{"id":"a"}]`, false, []order.HostOrder{{ID: "a"}}},
		"no id":              {`[{"id":null,"server_id":"s"}]`, false, nil},
		"bad id":             {`[{"id":"a b"}]`, false, nil},
		"bad server":         {`[{"id":"a","server_id":"s t"}]`, false, []order.HostOrder{{ID: "a"}}},
		"bad hours":          {`[{"id":"a","rental_duration_hours":"x"}]`, false, []order.HostOrder{{ID: "a"}}},
		"no hours":           {`[{"id":7,"rental_duration_hours":0}]`, true, []order.HostOrder{{ID: "7"}}},
		"strings":            {`[{"id":"a","rental_duration_hours":"24"}]`, true, []order.HostOrder{{ID: "a", Hours: 24}}},
		"invalid details":    {`[{"id":"a","amount":"x","created_at":"x","status":{}}]`, true, []order.HostOrder{{ID: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			sim := startSim(t, oxhostsim.Config{})
			sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: `{"success":true,"data":` + test.data + `}`}, 1)
			sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: `{"success":true,"data":[]}`}, -1)
			list, err := simClient(t, sim).Orders(t.Context(), alice)
			if diff := cmp.Diff(test.want, list.Orders, cmpopts.EquateEmpty()); err != nil || diff != "" || list.Complete != test.complete {
				t.Errorf("%v complete %v %s", err, list.Complete, diff)
			}
		})
	}
}

// An answer without a list is an error, not an empty list.
func TestOrders_AnswerWithoutList(t *testing.T) {
	for _, body := range []string{`{"success":true}`, `{"success":true,"data":{}}`, `{"success":true,"data":"x"}`} {
		sim := startSim(t, oxhostsim.Config{})
		sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: body}, 1)
		_, err := simClient(t, sim).Orders(t.Context(), alice)
		if err == nil || err.Error() != "0xhost: list_order: the answer's data is not a list" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// If one page fails, there is no list.
func TestOrders_LaterPageFails(t *testing.T) {
	sim := startSim(t, oxhostsim.Config{Listing: oxhostsim.Listing{PageSize: 1}})
	for i := range 3 {
		sim.AddOrder(oxhostsim.Order{ID: fmt.Sprint("o", i), AccountID: alice})
	}
	sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{}, 1)
	sim.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 429, Header: http.Header{"Retry-After": {"3"}}}, 1)
	list, err := simClient(t, sim).Orders(t.Context(), alice)
	failed, ok := errors.AsType[*oxhost.ReadError](err)
	if !ok || failed.Status != 429 || failed.RetryAfter != 3*time.Second || len(list.Orders) > 0 {
		t.Errorf("%v %v", list, err)
	}
}
