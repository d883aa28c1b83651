package ordertest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/order"
)

var storing = []testCase{
	{"Order_AsItWasStored", on(testOrderAsStored)},
	{"Order_ExtremeReceipt", on(testExtremeReceipt)},
	{"Order_NotFound", on(testOrderNotFound)},
	{"Create_SameRequestTwice", on(testSameRequestTwice)},
	{"Create_ManyAtOnce", on(testManyCreatedAtOnce)},
	{"Recent_NewestOfThePerson", on(testRecent)},
	{"PendingOf_NewestOfThePerson", on(testPendingOf)},
	{"Pending_OldestOfTheWorkspace", on(testPending)},
	{"OfServer_NewestByIDOrName", on(testOfServer)},
	{"ServerActivity_OpenAndRecent", on(testServerActivity)},
	{"LastReceipt_NewestExpiry", on(testLastReceipt)},
}

func want(t *testing.T, l order.Ledger, o order.Order) {
	t.Helper()
	got, err := l.Order(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o, got); diff != "" {
		t.Fatal(diff)
	}
}

func testOrderAsStored(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	want(t, l, o)
	o.Approvals = []order.Approval{{User: "U0CARO", At: Start.Add(time.Second)}}
	o = Step(t, l, o, order.Pending)
	want(t, l, o)
	o.Approvals = append(o.Approvals, order.Approval{User: "U0DAVE", At: Start.Add(time.Minute + time.Microsecond)})
	o = Through(t, l, o, order.Approved, order.Placing)
	o.Receipt = &order.Receipt{
		OrderID: "h-1", Type: order.RenewServer, Currency: "EUR", Hours: 72, Took: 1500 * time.Millisecond,
		Amount:        decimal.NewNullDecimal(decimal.RequireFromString("1.30")),
		BalanceBefore: decimal.NewNullDecimal(decimal.RequireFromString("3328.78")),
		ExpiresAt:     Start.AddDate(0, 1, 0),
	}
	o.Reason, o.DecidedBy, o.DecidedAt, o.Attempts = "why", "U0ALICE", Start, 1
	want(t, l, Step(t, l, o, order.Placed))
}

// testExtremeReceipt stores the longest and strangest values that a receipt of
// the host can have.
func testExtremeReceipt(t *testing.T, l Implementation) {
	o := Through(t, l, Create(t, l, Sample("a")), order.Approved, order.Placing)
	longest := decimal.NewNullDecimal(decimal.RequireFromString("-999999999999999.999999999999999999999999"))
	text := strings.Repeat("𝛀", 64)
	o.Receipt = &order.Receipt{
		OrderID: strings.Repeat("a", 64), Type: text, Amount: longest, BalanceBefore: longest, Currency: `"\\u0000<>&`,
		Hours: 1_000_000, ServerID: strings.Repeat("b", 64), ServerName: "\u2028 \ufffd", ServerStatus: text, Address: text, Location: text,
		PlanID: text, PlanPrice: decimal.NewNullDecimal(decimal.New(1, 15)), ExpiresAt: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		OwnerID: strings.Repeat("c", 64), AutoRenew: true, Took: time.Hour, Invalid: []string{"order_id", "owner_id"},
	}
	want(t, l, Step(t, l, o, order.Placed))
}

func testOrderNotFound(t *testing.T, l Implementation) {
	_, err := l.Order(t.Context(), "nobody")
	WantCode(t, err, order.CodeNotFound)
}

func testSameRequestTwice(t *testing.T, l Implementation) {
	first, again := Create(t, l, Sample("a")), Sample("b")
	again.RequestKey = first.RequestKey
	got, err := l.Create(t.Context(), again, created(again))
	WantCode(t, err, order.CodeDuplicate)
	if got.ID != "a" {
		t.Fatalf("got order %q with the error, want the first one", got.ID)
	}
	if got, err = l.Requested(t.Context(), first.RequestKey); err != nil || got.ID != "a" {
		t.Errorf("the order of the request is %q, error %v", got.ID, err)
	}
	_, err = l.Requested(t.Context(), "no such key")
	WantCode(t, err, order.CodeNotFound)
	_, err = l.Order(t.Context(), "b")
	WantCode(t, err, order.CodeNotFound)
}

func testManyCreatedAtOnce(t *testing.T, l Implementation) {
	var wg sync.WaitGroup
	const n = 200
	for i := range n {
		wg.Go(func() {
			o := Sample(order.ID(fmt.Sprintf("o-%03d", i)))
			o.Server.ID = string(o.ID)
			if i%10 == 9 {
				o.RequestKey = "key-o-000" // used by another order: only this one must fail
			}
			_, err := l.Create(t.Context(), o, created(o))
			if code := order.CodeOf(err); code != "" && code != order.CodeDuplicate {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := l.Recent(t.Context(), Sample("").Person, n)
	if err != nil {
		t.Fatal(err)
	}
	// Of the orders with the shared key, one was created: o-000 or one of the 20.
	if want := n - n/10; len(list) != want {
		t.Fatalf("%d orders, want %d", len(list), want)
	}
}

func testRecent(t *testing.T, l Implementation) {
	for i, p := range []order.Person{{Team: "T1", User: "U1"}, {Team: "T1", User: "U1"}, {Team: "T1", User: "U2"}, {Team: "T2", User: "U1"}, {Team: "T1", User: "U1"}} {
		o := Sample(order.ID(fmt.Sprint(i)))
		o.Person, o.CreatedAt = p, Start.Add(time.Duration(i)*time.Minute)
		Create(t, l, o)
	}
	got, err := l.Recent(t.Context(), order.Person{Team: "T1", User: "U1"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "4" || got[1].ID != "1" {
		t.Errorf("got %v", got)
	}
}

func testPendingOf(t *testing.T, l Implementation) {
	who := order.Person{Team: "T1", User: "U1"}
	for i := range 23 {
		o := Sample(order.ID(fmt.Sprintf("%02d", i)))
		o.Person, o.Server.ID, o.CreatedAt = who, "srv-"+string(o.ID), Start.Add(time.Duration(i)*time.Minute)
		Create(t, l, o)
		o.ID, o.RequestKey, o.Person.Team = "other-"+o.ID, "other-"+o.RequestKey, "T2"
		Create(t, l, o)
	}
	for _, decided := range []order.ID{"21", "03"} {
		o, err := l.Order(t.Context(), decided)
		if err != nil {
			t.Fatal(err)
		}
		Step(t, l, o, order.Cancelled)
	}
	got, err := l.PendingOf(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 20 || got[0].ID != "22" || got[1].ID != "20" || got[19].ID != "01" {
		t.Errorf("%d orders, the newest %s, %s, the last %s", len(got), got[0].ID, got[1].ID, got[len(got)-1].ID)
	}
	if got, err := l.PendingOf(t.Context(), order.Person{Team: "T1", User: "U2"}); err != nil || len(got) != 0 {
		t.Errorf("a person without orders has %v, %v", got, err)
	}
}

func testPending(t *testing.T, l Implementation) {
	for i, team := range []string{"T1", "T2", "T1", "T1", "T1"} {
		o := Sample(order.ID(fmt.Sprint(i)))
		o.Person.Team, o.Server.ID, o.CreatedAt = team, "srv-"+string(o.ID), Start.Add(time.Duration(10-i)*time.Minute)
		Create(t, l, o)
	}
	o, err := l.Order(t.Context(), "3")
	if err != nil {
		t.Fatal(err)
	}
	Step(t, l, o, order.Cancelled)
	got, err := l.Pending(t.Context(), "T1", 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "4" || got[1].ID != "2" {
		t.Errorf("%d orders: %v", len(got), got)
	}
}

func testOfServer(t *testing.T, l Implementation) {
	for i, server := range []order.Server{{Name: "web", ID: "h-1"}, {ID: "h-2"}, {Name: "web", ID: "h-1"}, {Name: "h-1", ID: "h-3"}, {Name: "web", ID: "h-1"}} {
		o := Sample(order.ID(fmt.Sprint(i)))
		o.Server, o.CreatedAt, o.Hours = server, Start.Add(time.Duration(i)*time.Minute), order.Hours(1+i)
		Create(t, l, o)
	}
	for server, want := range map[string]string{"h-1": "4 2", "web": "4 2", "h-2": "1", "h-3": "3", "": "", "nothing": ""} {
		list, err := l.OfServer(t.Context(), server, 2)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range list {
			got = append(got, string(o.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", server, got, want)
		}
	}
}

func testServerActivity(t *testing.T, l Implementation) {
	placed := Through(t, l, Create(t, l, Sample("placed")), order.Approved, order.Placing)
	placed.Receipt = &order.Receipt{OrderID: "h-1", PlanPrice: decimal.NewNullDecimal(decimal.New(1299, -2))}
	placed = Step(t, l, placed, order.Placed)
	Step(t, l, Create(t, l, Sample("cancelled")), order.Cancelled)
	o := Create(t, l, Sample("now"))

	got, err := l.ServerActivity(t.Context(), o, placed.ChangedAt)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Others) != 1 || got.Others[0].ID != "placed" {
		t.Fatalf("got %+v", got)
	}
	got, err = l.ServerActivity(t.Context(), o, placed.ChangedAt.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Others) != 0 {
		t.Fatalf("an order placed long ago is still among %+v", got)
	}
}

// The expiry comes from the newest receipt, because each order moves it. The
// price of the plan may come from an older receipt, and with it the time of the price.
func testLastReceipt(t *testing.T, l Implementation) {
	last := func() *order.Receipt {
		t.Helper()
		got, err := l.LastReceipt(t.Context(), Sample("now").Server.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if last() != nil {
		t.Error("a receipt for a server that has none")
	}
	price := decimal.NewNullDecimal(decimal.New(1299, -2))
	var placed [2]order.Order
	for i, r := range []order.Receipt{{OrderID: "h-0", ExpiresAt: Start, PlanPrice: price}, {OrderID: "h-1"}} {
		s := Sample(order.ID(r.OrderID))
		s.CreatedAt = Start.Add(time.Duration(i) * time.Hour)
		s.ChangedAt = s.CreatedAt
		if i > 0 {
			s.ToldExtendedBy = "h-0"
		}
		s = Through(t, l, Create(t, l, s), order.Approved, order.Placing)
		s.Receipt = &r
		placed[i] = Step(t, l, s, order.Placed)
	}
	got := last()
	if got == nil || got.OrderID != "h-1" || !got.ExpiresAt.IsZero() || !got.PlanPrice.Decimal.Equal(price.Decimal) || !got.PricedAt.Equal(placed[0].ChangedAt) {
		t.Errorf("got %+v", got)
	}
}
