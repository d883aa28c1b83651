package message

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// An amount keeps the decimals that it came with.
func TestMoney_KeepsItsDecimals(t *testing.T) {
	for in, want := range map[string]string{
		"0.02": "0.02 EUR", "1.3": "1.30 EUR", "5": "5.00 EUR", "3328.780": "3328.780 EUR", "0.0185": "0.0185 EUR",
		"-3": "-3.00 EUR", "1e3": "1000.00 EUR", "1e9000": "", "1e-9000": "",
	} {
		if got := money(euros(in), "EUR"); got != want {
			t.Errorf("money(%s) = %q, want %q", in, got, want)
		}
	}
	if got := money(decimal.NullDecimal{}, "EUR"); got != "" {
		t.Errorf("no money is %q", got)
	}
	if got := money(euros("1"), "€"); got != "1.00 €" {
		t.Errorf("money in € is %q", got)
	}
	if got := money(euros("1"), "<!here>"); got != "1.00 `&lt;!here&gt;`" {
		t.Errorf("money in a hostile currency is %q", got)
	}
}

// An amount whose digits would fill the memory is not written.
func TestMoney_HugeIsNotComputed(t *testing.T) {
	o := testOrder(order.Placed)
	huge := decimal.NewNullDecimal(decimal.New(1, 1<<30)) // its digits would take a gigabyte
	tiny := decimal.NewNullDecimal(decimal.New(1, -1<<30))
	o.Receipt.Amount, o.Receipt.BalanceBefore, o.Receipt.PlanPrice = huge, euros("1"), tiny
	v := testView(o)
	m, _ := ThreadMessage(v)
	if err := wellFormed(m); err != nil {
		t.Error(err)
	}
	v.Order = testOrder(order.Pending)
	v.Lease, v.Order.Estimate.Amount, v.Balance.Amount = leaseOf(o.Receipt), huge, tiny
	if err := wellFormed(Card(v)); err != nil {
		t.Error(err)
	}
}

// A time within twelve hours is shown without its date, any other with it.
func TestTimeOrDate_NearbyHasNoDate(t *testing.T) {
	for _, c := range []struct {
		at, now time.Time
		dated   bool
	}{
		{testNow.Add(15 * time.Minute), testNow, false},
		{testNow.Add(-time.Hour), testNow, false},
		{testNow.Add(12*time.Hour - time.Second), testNow, false},
		{testNow.Add(12 * time.Hour), testNow, true},
		{testNow.Add(-12 * time.Hour), testNow, true},
		{testNow, time.Time{}, true},
	} {
		got := timeOrDate(c.at, c.now)
		if strings.Contains(got, "{date") != c.dated || !strings.Contains(got, "{time}|") {
			t.Errorf("%s at %s is %q", c.at, c.now, got)
		}
	}
	if got := timeOrDate(time.Time{}, testNow); got != "an unknown time" {
		t.Errorf("the zero time is %q", got)
	}
}
