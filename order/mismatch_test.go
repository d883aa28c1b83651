package order_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// A receipt is compared with what was approved, and with what is plausible at the
// time of the order. What the host left out is not compared.
func TestReceipt_MismatchLimits(t *testing.T) {
	placed := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	o := order.Order{Account: "acc", Server: order.Server{ID: "srv"}, Hours: 72, ChangedAt: placed}
	bought := placed.Add(72 * time.Hour)
	type receipt = order.Receipt
	sum := func(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }
	for name, test := range map[string]struct {
		receipt receipt
		want    string
	}{
		"nothing stated":            {receipt{}, ""},
		"runs on time":              {receipt{ExpiresAt: bought}, ""},
		"an hour early":             {receipt{ExpiresAt: bought.Add(-time.Hour)}, ""},
		"more than an hour early":   {receipt{ExpiresAt: bought.Add(-time.Hour - time.Second)}, "expiry"},
		"expired an hour ago":       {receipt{ExpiresAt: placed.Add(-time.Hour)}, "expiry"},
		"expired long ago":          {receipt{ExpiresAt: placed.AddDate(-6, 0, 0)}, "expired"},
		"runs for long":             {receipt{ExpiresAt: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}, ""},
		"free":                      {receipt{Amount: sum("0"), BalanceBefore: sum("-5"), PlanPrice: sum("12.99")}, ""},
		"negative":                  {receipt{Amount: sum("-0.01")}, "amount"},
		"the whole balance":         {receipt{Amount: sum("1.30"), BalanceBefore: sum("1.3")}, ""},
		"more than the balance":     {receipt{Amount: sum("1.30"), BalanceBefore: sum("1.29")}, "balance"},
		"a tenth above":             {receipt{Amount: sum("1.43"), PlanPrice: sum("12.99")}, ""},
		"more than a tenth above":   {receipt{Amount: sum("1.44"), PlanPrice: sum("12.99")}, "estimate"},
		"a cent above":              {receipt{Amount: sum("0.02"), PlanPrice: sum("0.10")}, ""},
		"two cents above":           {receipt{Amount: sum("0.03"), PlanPrice: sum("0.10")}, "estimate"},
		"below":                     {receipt{Amount: sum("0.01"), PlanPrice: sum("12.99")}, ""},
		"no price":                  {receipt{Amount: sum("1.30"), PlanPrice: sum("0")}, ""},
		"absurd":                    {receipt{Amount: sum("99999999999.99"), BalanceBefore: sum("3328.78"), PlanPrice: sum("12.99")}, "balance estimate"},
		"not calculable":            {receipt{Amount: decimal.NewNullDecimal(decimal.New(1, 1<<30)), BalanceBefore: sum("1"), PlanPrice: decimal.NewNullDecimal(decimal.New(1, -1<<30))}, ""},
		"active":                    {receipt{ServerStatus: "Active"}, ""},
		"suspended":                 {receipt{ServerStatus: "suspended"}, "status"},
		"invalid ids":               {receipt{Invalid: []string{"order_id", "owner_id"}}, "order_id owner_id"},
		"other order":               {receipt{Hours: 1, ServerID: "x", OwnerID: "y", Type: "new_server"}, "hours server owner type"},
		"other type in host's list": {receipt{Hours: 72, Type: "extend", Listed: true}, ""},
	} {
		var fields []string
		for _, m := range test.receipt.Mismatches(o) {
			fields = append(fields, m.Field)
			if m.Want == "" || m.Got == "" {
				t.Errorf("%s: %+v", name, m)
			}
			if sold := name == "other order"; m.Sold() != sold {
				t.Errorf("%s: %s, sold %v", name, m.Field, m.Sold())
			}
		}
		if got := strings.Join(fields, " "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A charge is compared with the estimate that was approved: less is pointed out, too, and
// the price on the receipt does not matter. Without an estimate, only more than that price
// is.
func TestReceipt_ComparedWithEstimate(t *testing.T) {
	for _, c := range []struct {
		estimate, amount, planPrice string // the plan price is for 720 hours
		want                        string // "" if it is as expected
	}{
		{"5", "5.50", "", ""},
		{"5", "5.51", "", "about 5.00"},
		{"5", "4.49", "", ""}, // less than expected is no mismatch: see ChargedDifferently
		{"5", "0", "", ""},
		{"5", "", "50", ""},
		{"5", "5.2", "1", ""},
		{"5", "10", "100", "about 5.00"},
		{"", "10", "100", ""},
		{"", "9", "100", ""},
		{"", "11.01", "100", "about 10.00"},
		{"", "11.01", "", ""},
		{"-5", "11.01", "100", "about 10.00"},
	} {
		o := order.Order{Hours: 72, Estimate: order.Estimate{Amount: euros(c.estimate)}}
		var got string
		for _, m := range (order.Receipt{Amount: euros(c.amount), PlanPrice: euros(c.planPrice)}).Mismatches(o) {
			if got += m.Want; m.Field != "estimate" || m.Got != order.FormatAmount(euros(c.amount)) {
				t.Errorf("%+v: %+v", c, m)
			}
		}
		if got != c.want {
			t.Errorf("%+v: want %q", c, got)
		}
	}
}
