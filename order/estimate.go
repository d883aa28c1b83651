package order

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// PriceSource is from where a price is known, or why it is not.
type PriceSource string

// From where a price is known.
const (
	PriceFromReceipt PriceSource = "receipt" // of the server
	PriceFromList    PriceSource = "list"    // the host's list of the account's orders
	PriceFromPolicy  PriceSource = "policy"
)

// Why a price is not known.
const (
	PriceUnread  PriceSource = "list_unread"   // the host's list of orders was not read yet
	PriceFailed  PriceSource = "list_failed"   // the host's list of orders could not be read
	PriceUnheard PriceSource = "never_ordered" // neither a receipt nor the host's list has the server
)

// Estimate is what an order is expected to cost. The zero value is one of which
// nothing is known.
type Estimate struct {
	Amount decimal.NullDecimal // in the currency of the order; null: not known
	From   PriceSource         // from where Amount is known, or why it is not
}

// Known reports whether there is an amount that can be counted.
func (e Estimate) Known() bool { return calculable(e.Amount) && !e.Amount.Decimal.IsNegative() }

// Prices knows what servers cost. It answers from what is known already, and never
// waits for the host, because acks wait for it.
type Prices interface {
	// Estimate returns what the server, account and hours of o are expected to cost. It
	// fails with CodeUnavailable if the ledger cannot be read.
	Estimate(ctx context.Context, o Order) (Estimate, error)
}

// Balance is what an account at the host had left.
type Balance struct {
	Amount decimal.NullDecimal // null: not known
	At     time.Time           // when the host said so
}

// After returns the balance after an amount was paid from it, or null if one of them is
// null or too large or too precise to be real.
func (b Balance) After(amount decimal.NullDecimal) decimal.NullDecimal {
	if !calculable(b.Amount) || !calculable(amount) {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(b.Amount.Decimal.Sub(amount.Decimal))
}

// Differs reports whether an amount differs from another one by more than rounding
// explains: by more than a cent and by more than a tenth of the other one. An amount that is
// not known differs from every one that is.
func Differs(amount, from decimal.NullDecimal) bool {
	if !calculable(amount) || !calculable(from) {
		return calculable(amount) != calculable(from)
	}
	by := amount.Decimal.Sub(from.Decimal).Abs()
	return by.GreaterThan(decimal.New(1, -2)) && by.GreaterThan(from.Decimal.Abs().Shift(-1))
}

// Above reports whether an amount is above another one by so much; not if one of them is
// not known.
func Above(amount, than decimal.NullDecimal) bool {
	return calculable(amount) && calculable(than) && amount.Decimal.GreaterThan(than.Decimal) && Differs(amount, than)
}

// ChargedDifferently reports whether the host charged something else than the estimate
// under which the order was approved.
func (o Order) ChargedDifferently() bool {
	return o.Receipt != nil && o.Estimate.Known() && calculable(o.Receipt.Amount) && Differs(o.Receipt.Amount, o.Estimate.Amount)
}

// estimate returns what o is expected to cost now, and whether that is something else
// than what it was before. From the first approval on, it is what was approved.
func (d *Desk) estimate(ctx context.Context, o Order) (now Estimate, changed bool, err error) {
	if d.cfg.Prices == nil || len(o.Approvals) > 0 {
		return o.Estimate, false, nil
	}
	now, err = d.cfg.Prices.Estimate(ctx, o)
	switch {
	case err != nil:
		return o.Estimate, false, fmt.Errorf("estimate: %w", err)
	case now.Known() && Differs(now.Amount, o.Estimate.Amount):
		return now, true, nil
	case o.Estimate == (Estimate{}): // the first one; that there is none is no change
		return now, false, nil
	default: // what the card shows is close enough, and what was known once is better than nothing
		return o.Estimate, false, nil
	}
}

// reprice records that a pending order without approvals is expected to cost something
// else, so that its card shows that. It reports whether it did. It fails with CodeConflict
// if the order was changed in the meantime.
func (d *Desk) reprice(ctx context.Context, o Order) (bool, error) {
	_, changed, err := d.estimate(ctx, o)
	if err != nil || !changed {
		return false, err
	}
	// What is recorded is authenticated, with everything else of the order.
	switch o, err = d.Verify(ctx, o.ID); {
	case unverified(err), err == nil && o.State != Pending:
		return false, nil
	case err != nil:
		return false, err
	}
	now, changed, err := d.estimate(ctx, o)
	if err != nil || !changed {
		return false, err
	}
	_, err = d.recordEstimate(ctx, o, now)
	return err == nil, err
}

// recordEstimate records what a pending order is expected to cost, and returns it.
func (d *Desk) recordEstimate(ctx context.Context, o Order, e Estimate) (Order, error) {
	why := "it is expected to cost " + FormatAmount(e.Amount)
	return d.transition(ctx, o, Pending, Bot, why, nil, func(next *Order) {
		next.Estimate = e
		next.Reason = o.Reason // that is not why it is pending
		if o.Card.Ref == "" {  // its owner may be posting it
			next.CardOwner, next.CardOwnerUntil = o.CardOwner, o.CardOwnerUntil
		}
	})
}

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
