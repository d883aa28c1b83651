package order_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// An amount keeps the decimals that it came with and has at least two. One whose
// digits would fill the memory is not written.
func TestFormatAmount_AtLeastTwoDecimals(t *testing.T) {
	for in, want := range map[string]string{
		"0.02": "0.02", "3.5": "3.50", "1.30": "1.30", "5": "5.00", "0": "0.00", "3328.780": "3328.780", "0.0185": "0.0185",
		"-3": "-3.00", "1e3": "1000.00", "99999999999.99": "99999999999.99", "1e9000": "", "1e-9000": "",
	} {
		amount := decimal.NewNullDecimal(decimal.RequireFromString(in))
		if got := order.FormatAmount(amount); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	huge := decimal.NewNullDecimal(decimal.New(1, 1<<30))
	if got := order.FormatAmount(huge) + order.FormatAmount(decimal.NullDecimal{}); got != "" {
		t.Errorf("huge or null: %q", got)
	}
}
