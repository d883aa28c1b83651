package order

import "github.com/shopspring/decimal"

// FormatAmount writes an amount of money with all decimals that it came with, but
// at least two, and without a currency: "3.50". It returns "" for null, and for
// an amount that is too large or too precise to be real.
func FormatAmount(amount decimal.NullDecimal) string {
	if !calculable(amount) {
		return ""
	}
	return amount.Decimal.StringFixed(max(2, -amount.Decimal.Exponent()))
}

// calculable reports whether an amount can be written and calculated with. An
// exponent may be so large that the digits would fill the memory.
func calculable(amount decimal.NullDecimal) bool {
	const most = 24
	d := amount.Decimal
	return amount.Valid && d.Exponent() <= most && d.Exponent() >= -most && d.NumDigits() <= 2*most
}
