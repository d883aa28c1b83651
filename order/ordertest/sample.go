package ordertest

import (
	"context"
	"hash/fnv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// Start is when a [Sample] was requested.
var Start = time.Date(2026, 3, 4, 5, 6, 7, 89000, time.UTC)

// Sample returns a pending order with every field that a pending order has. All
// samples are for the same person and server, but for other hours, because nobody
// may ask for the same twice at once.
func Sample(id order.ID) order.Order {
	hours := fnv.New32a()
	_, _ = hours.Write([]byte(id)) // never fails
	return order.Order{
		ID: id, RequestKey: "key-" + string(id), Version: 1, State: order.Pending,
		Person: order.Person{Team: "T0TEAM", User: "U0ALICE"}, Channel: "C0OPS", Account: "acc-1",
		Server: order.Server{Name: "web-1", ID: "srv-1"}, Hours: 1 + order.Hours(hours.Sum32()%1_000_000), Typed: "3 days", Purpose: "the demo is on Monday",
		Estimate: order.Estimate{Amount: decimal.NewNullDecimal(decimal.New(130, -2)), From: order.PriceFromReceipt}, Currency: "EUR",
		CreatedAt: Start, ChangedAt: Start, Deadline: Start.Add(15 * time.Minute), RemindAt: Start.Add(450 * time.Second),
		CardOwner: "p1", CardOwnerUntil: Start.Add(15 * time.Second),
	}
}

// Create records an order, and ends the test if that fails.
func Create(t testing.TB, l order.Ledger, o order.Order, due ...order.Due) order.Order {
	t.Helper()
	stored, err := l.Create(t.Context(), o, created(o), due...)
	if err != nil {
		t.Fatalf("create %s: %v", o.ID, err)
	}
	return stored
}

// created returns the first row of an order's history.
func created(o order.Order) order.Entry {
	return order.Entry{Version: 1, At: Start, Who: o.Person.User, To: order.Pending}
}

// Try changes the state of an order, one second after its last change.
func Try(ctx context.Context, l order.Ledger, o order.Order, to order.State, due ...order.Due) (order.Order, error) {
	next := o
	next.State, next.ChangedAt = to, o.ChangedAt.Add(time.Second)
	e := order.Entry{Version: o.Version + 1, At: next.ChangedAt, Who: "U0ALICE", From: o.State, To: to, Why: "because"}
	if o.State == order.Pending && to == order.Approved {
		return l.Approve(ctx, next, e, nil, due...)
	}
	return l.Change(ctx, next, e, due...)
}

// Step is [Try], and ends the test if the change is refused.
func Step(t testing.TB, l order.Ledger, o order.Order, to order.State, due ...order.Due) order.Order {
	t.Helper()
	next, err := Try(t.Context(), l, o, to, due...)
	if err != nil {
		t.Fatalf("%s to %s: %v", o.State, to, err)
	}
	return next
}

// Through takes an order through several states.
func Through(t testing.TB, l order.Ledger, o order.Order, states ...order.State) order.Order {
	t.Helper()
	for _, s := range states {
		o = Step(t, l, o, s)
	}
	return o
}

// WantCode ends the test if err does not have this code; "" means no error.
func WantCode(t testing.TB, err error, want order.Code) {
	t.Helper()
	if got := order.CodeOf(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
}
