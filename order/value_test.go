package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/order"
)

// From one day on, hours are also shown in days.
func TestHours_ReadableForm(t *testing.T) {
	for hours, want := range map[order.Hours]string{
		1: "1 hour", 23: "23 hours", 24: "24 hours (1 day)", 36: "36 hours (1 day 12 hours)",
		72: "72 hours (3 days)", 168: "168 hours (7 days)", 193: "193 hours (8 days 1 hour)", 720: "720 hours (30 days)",
	} {
		if got := hours.String(); got != want {
			t.Errorf("%d: %q, want %q", int(hours), got, want)
		}
		if short, _, _ := strings.Cut(want, " ("); hours.Short() != short {
			t.Errorf("%d in short: %q, want %q", int(hours), hours.Short(), short)
		}
	}
}

// A rental time is shown as it was asked for, always with the hours that are
// ordered. A form that nobody can have asked for is not repeated.
func TestOrder_RentalTimeAsAskedFor(t *testing.T) {
	for _, c := range []struct {
		typed       string
		hours       order.Hours
		long, short string
	}{
		{"3 days", 72, "3 days (72 h)", "3 days"},
		{"1 day 12 hours", 36, "1 day 12 hours (36 h)", "1 day 12 hours"},
		{"1 week", 168, "1 week (168 h)", "1 week"},
		{"72 hours", 72, "72 hours (3 days)", "72 hours"},
		{"1 hour", 1, "1 hour", "1 hour"},
		{"until Fri 4 Dec 18:00", 53, "53 h (until Fri 4 Dec 18:00)", "53 hours"},
		{"", 36, "36 hours (1 day 12 hours)", "36 hours"},
		{"*3* <days>", 72, "72 hours (3 days)", "72 hours"},
		{"until evil.example", 72, "72 hours (3 days)", "72 hours"},
		{"3 days\n", 72, "72 hours (3 days)", "72 hours"},
		{strings.Repeat("3 days ", 20), 72, "72 hours (3 days)", "72 hours"},
	} {
		o := order.Order{Typed: c.typed, Hours: c.hours}
		if o.RentalTime() != c.long || o.ShortTime() != c.short {
			t.Errorf("%q, %d: %q and %q, want %q and %q", c.typed, int(c.hours), o.RentalTime(), o.ShortTime(), c.long, c.short)
		}
	}
}

// The legal transitions are those of the design, and no transition leaves a
// final state.
func TestState_TableIsTheDesigns(t *testing.T) {
	want := map[order.State][]order.State{
		order.Pending:  {order.Pending, order.Approved, order.Declined, order.Cancelled, order.Expired},
		order.Approved: {order.Placing, order.Refused},
		order.Placing:  {order.Approved, order.Placed, order.Refused, order.Unknown},
		order.Unknown:  {order.Placed, order.NotPlaced},
	}
	for _, from := range order.States() {
		var got []order.State
		for _, to := range order.States() {
			if from.CanBecome(to) {
				got = append(got, to)
			}
		}
		slices.Sort(got)
		wanted := slices.Sorted(slices.Values(want[from]))
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", from, diff)
		}
		if from.Final() != (len(wanted) == 0) {
			t.Errorf("%s: final is %t", from, from.Final())
		}
	}
}

// Ids sort by age and are short enough to type.
func TestNewID_SortsByAge(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var last order.ID
	for range 100 {
		id := order.NewID(now)
		if id <= last || len(id) != 17 {
			t.Fatalf("%q after %q", id, last)
		}
		last, now = id, now.Add(time.Second)
	}
}

// An estimate uses the plan's price. Without a price there is no estimate.
func TestReceipt_Estimate(t *testing.T) {
	price := order.Receipt{PlanPrice: decimal.NewNullDecimal(decimal.RequireFromString("12.99"))}
	for hours, want := range map[order.Hours]string{1: "0.02", 72: "1.3", 720: "12.99"} {
		if got := price.Estimate(hours); !got.Valid || got.Decimal.String() != want {
			t.Errorf("%d hours: %v, want %s", int(hours), got, want)
		}
	}
	if (order.Receipt{}).Estimate(1).Valid {
		t.Error("there is an estimate without a price")
	}
}

// Mismatches names each difference between a receipt and its order. A missing
// field is not a difference.
func TestReceipt_Mismatches(t *testing.T) {
	o := order.Order{Account: "acc", Server: order.Server{ID: "srv"}, Hours: 72}
	good := order.Receipt{Hours: 72, ServerID: "srv", OwnerID: "acc", Type: order.RenewServer}
	if m := good.Mismatches(o); m != nil {
		t.Fatalf("%v", m)
	}
	if m := (order.Receipt{}).Mismatches(o); m != nil {
		t.Fatalf("a missing field counts as a difference: %v", m)
	}
	bad := order.Receipt{Hours: 1, ServerID: "x", OwnerID: "y", Type: "new_server"}
	var fields []string
	for _, m := range bad.Mismatches(o) {
		fields = append(fields, m.Field)
	}
	if diff := cmp.Diff([]string{"hours", "server", "owner", "type"}, fields); diff != "" {
		t.Fatal(diff)
	}
}

func ExampleHours() {
	fmt.Println(order.Hours(72))
	// Output: 72 hours (3 days)
}
