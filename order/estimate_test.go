package order_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// Amounts differ by more than rounding explains if they are more than a cent and more than
// a tenth apart, in either direction.
func TestDiffers_CentAndTenth(t *testing.T) {
	for _, c := range []struct {
		amount, from   string
		differs, above bool
	}{
		{"1.10", "1.00", false, false},
		{"1.11", "1.00", true, true},
		{"0.90", "1.00", false, false},
		{"0.89", "1.00", true, false},
		{"0.02", "0.01", false, false}, // a cent
		{"0.03", "0.01", true, true},
		{"0.01", "0.02", false, false},
		{"0.00", "0.02", true, false},
		{"0.005", "0", false, false},
		{"0.02", "0", true, true},
		{"110", "100", false, false},
		{"110.01", "100", true, true},
		{"1.00", "", true, false},
		{"", "1.00", true, false},
		{"", "", false, false},
	} {
		amount, from := euros(c.amount), euros(c.from)
		if got := order.Differs(amount, from); got != c.differs {
			t.Errorf("%q differs from %q: %v", c.amount, c.from, got)
		}
		if got := order.Above(amount, from); got != c.above {
			t.Errorf("%q is above %q: %v", c.amount, c.from, got)
		}
	}
	absurd := decimal.NewNullDecimal(decimal.New(1, 1<<30))
	if order.Above(absurd, euros("1")) || order.Above(euros("1"), absurd) || !order.Differs(absurd, euros("1")) {
		t.Error("an absurd amount is compared")
	}
}

// A charge differs from its estimate only if both are known.
func TestOrder_ChargedDifferently(t *testing.T) {
	for _, c := range []struct {
		estimate, charge string
		want             bool
	}{
		{"5", "5.50", false}, {"5", "5.51", true}, {"5", "4.49", true}, {"5", "0", true},
		{"", "5", false}, {"5", "", false}, {"-5", "5", false},
	} {
		o := order.Order{Estimate: order.Estimate{Amount: euros(c.estimate)}, Receipt: &order.Receipt{Amount: euros(c.charge)}}
		if got := o.ChargedDifferently(); got != c.want {
			t.Errorf("%q instead of %q: %v", c.charge, c.estimate, got)
		}
	}
	if (order.Order{Estimate: order.Estimate{Amount: euros("5")}}).ChargedDifferently() {
		t.Error("without a receipt")
	}
}
