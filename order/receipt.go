package order

import (
	"time"

	"github.com/shopspring/decimal"
)

// Extension is what the host is asked for: exactly the three fields that make
// its call an extension and not another purchase.
type Extension struct {
	Account  string
	ServerID string
	Hours    Hours
	// SendBy is not sent to the host. No part of the request may be sent after it,
	// because another process may have taken over the order by then. Zero: no
	// limit.
	SendBy time.Time
}

// Receipt is what the host reports about an order that went through. Amounts are
// decimals. A field that the host left out is its zero value. It has a field for
// each thing that the host tells, and none for a secret.
type Receipt struct {
	OrderID       string              `json:"order_id"`
	Type          string              `json:"type"` // RenewServer after an extension
	Amount        decimal.NullDecimal `json:"amount"`
	BalanceBefore decimal.NullDecimal `json:"balance_before"`
	Currency      string              `json:"currency"` // set by the Desk; the host does not state it
	Hours         Hours               `json:"hours"`    // 0 if the host did not state them
	ServerID      string              `json:"server_id"`
	ServerName    string              `json:"server_name"`
	ServerStatus  string              `json:"server_status"`
	Address       string              `json:"address"`
	Location      string              `json:"location"`
	PlanID        string              `json:"plan_id"`
	PlanPrice     decimal.NullDecimal `json:"plan_price"` // for HoursPerPlanPrice hours
	ExpiresAt     time.Time           `json:"expires_at"` // from 1970 to 9999, because JSON has no other years
	OwnerID       string              `json:"owner_id"`
	// AutoRenew reports that the host said that it renews the server by itself.
	AutoRenew bool          `json:"auto_renew,omitempty"`
	Took      time.Duration `json:"took"` // how long the call took

	// PricedAt is when the host stated PlanPrice. [Ledger.LastReceipt] sets it; it is not
	// stored.
	PricedAt time.Time `json:"-"`

	// Listed reports that the answer was lost and the receipt was made later from
	// the host's list of orders. That list has no balances and other names for the
	// type.
	Listed bool `json:"listed,omitempty"`

	// Invalid are the fields that the host stated, but not as an id: "order_id",
	// "server_id" and "owner_id". They are empty on the receipt.
	Invalid []string `json:"invalid,omitempty"`
}

// RenewServer is the type of a receipt for an extension. Any other type means
// that the host sold something else.
const RenewServer = "renew_server"

// HoursPerPlanPrice is how many hours a plan's price buys.
const HoursPerPlanPrice = 720

// BalanceAfter returns the balance before minus the amount, or null if either is
// null or too large or too precise to be real.
func (r Receipt) BalanceAfter() decimal.NullDecimal {
	return Balance{Amount: r.BalanceBefore}.After(r.Amount)
}

// Estimate returns the probable price of hours at the price of this receipt's
// plan, rounded to cents, or null if the receipt has no price or the price is not
// real.
func (r Receipt) Estimate(hours Hours) decimal.NullDecimal {
	if !calculable(r.PlanPrice) {
		return decimal.NullDecimal{}
	}
	full := r.PlanPrice.Decimal.Mul(decimal.NewFromInt(int64(hours)))
	return decimal.NewNullDecimal(full.DivRound(decimal.NewFromInt(HoursPerPlanPrice), 2))
}
