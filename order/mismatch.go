package order

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Mismatch is a difference between a receipt and what was approved, or between a
// receipt and what is plausible. Either way a person has to look at it.
type Mismatch struct {
	// Field is what differs. "hours", "server", "owner" and "type": the host sold
	// something else. "expired", "expiry", "amount", "balance", "estimate" and
	// "status": the host reports something odd. "order_id", "server_id" and
	// "owner_id": the host's value was invalid and is not on the receipt.
	Field string
	Want  string // in plain text
	Got   string
}

// Sold reports whether the host sold something else than what was approved.
func (m Mismatch) Sold() bool {
	return slices.Contains([]string{"hours", "server", "owner", "type"}, m.Field)
}

// activeServer is the host's status of a server that can be used.
const activeServer = "active"

// expiryAllowance is how much the host's expiry may be too early. It covers
// clocks that differ and the hour of a time zone's summer time.
const expiryAllowance = time.Hour

// Mismatches compares the receipt with its order, which is Placed. A field that
// the host left out is not a mismatch.
func (r Receipt) Mismatches(o Order) []Mismatch {
	found := append(r.soldMismatches(o), r.amountMismatches(o)...)
	if m, ok := r.expiryMismatch(o); ok {
		found = append(found, m)
	}
	if r.ServerStatus != "" && !strings.EqualFold(r.ServerStatus, activeServer) {
		found = append(found, Mismatch{"status", activeServer, r.ServerStatus})
	}
	for _, field := range r.Invalid {
		found = append(found, Mismatch{field, "an id", "something else"})
	}
	return found
}

// soldMismatches returns how what was sold differs from what was approved.
func (r Receipt) soldMismatches(o Order) []Mismatch {
	var found []Mismatch
	compare := func(field, want, got string) {
		if got != "" && got != want {
			found = append(found, Mismatch{field, want, got})
		}
	}
	if r.Hours != 0 {
		compare("hours", o.Hours.String(), r.Hours.String())
	}
	compare("server", o.Server.ID, r.ServerID)
	compare("owner", o.Account, r.OwnerID)
	if !r.Listed {
		compare("type", RenewServer, r.Type)
	}
	return found
}

// expiryMismatch compares the new expiry with the time when the order was
// placed: the server runs at least for what was bought.
func (r Receipt) expiryMismatch(o Order) (Mismatch, bool) {
	if r.ExpiresAt.IsZero() || o.ChangedAt.IsZero() {
		return Mismatch{}, false
	}
	const layout = "2006-01-02 15:04 UTC"
	latest := r.ExpiresAt.Add(expiryAllowance)
	bought := o.ChangedAt.Add(time.Duration(o.Hours) * time.Hour)
	got := r.ExpiresAt.UTC().Format(layout)
	switch {
	case latest.Before(o.ChangedAt):
		return Mismatch{"expired", "after " + o.ChangedAt.UTC().Format(layout), got}, true
	case latest.Before(bought):
		return Mismatch{"expiry", "not before " + bought.UTC().Format(layout), got}, true
	default:
		return Mismatch{}, false
	}
}

// amountMismatches compares the amount with zero, with the balance that paid it,
// and with what was expected.
func (r Receipt) amountMismatches(o Order) []Mismatch {
	if !calculable(r.Amount) {
		return nil
	}
	var found []Mismatch
	add := func(field, relation string, want decimal.NullDecimal) {
		found = append(found, Mismatch{field, relation + FormatAmount(want), FormatAmount(r.Amount)})
	}
	amount := r.Amount.Decimal
	if amount.IsNegative() {
		add("amount", "at least ", decimal.NewNullDecimal(decimal.Zero))
	}
	if amount.IsPositive() && calculable(r.BalanceBefore) && amount.GreaterThan(r.BalanceBefore.Decimal) {
		add("balance", "at most ", r.BalanceBefore)
	}
	if expected := r.expected(o); Above(r.Amount, expected) {
		add("estimate", "about ", expected)
	}
	return found
}

// expected returns what was expected to be charged: the estimate under which o was
// approved. Without one, it is what the hours cost at the price of this receipt's plan, or
// null if that is not known either.
func (r Receipt) expected(o Order) decimal.NullDecimal {
	switch {
	case o.Estimate.Known():
		return o.Estimate.Amount
	case r.PlanPrice.Decimal.IsPositive():
		return r.Estimate(o.Hours)
	default:
		return decimal.NullDecimal{}
	}
}
