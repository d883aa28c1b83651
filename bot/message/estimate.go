package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// priceLine says what the order is expected to cost, or why that is not known, what
// the account has left before and after it, or that this is not known, and who pays, if the
// account has a name.
func priceLine(v OrderView) string {
	price := estimatedPrice(v)
	if price == "" {
		return dotted("Price not known"+whyNoPrice(v.Order)+adminForPrice(v), balanceNow(v), paidBy(v))
	}
	return dotted("About "+price, balanceChange(v), paidBy(v))
}

// estimatedPrice returns what the order is expected to cost, or "" if that is not known.
func estimatedPrice(v OrderView) string {
	return money(v.Order.Estimate.Amount, firstNonEmpty(v.Order.Currency, v.Currency))
}

// forPrice says at the end of a sentence what the order is expected to cost, or that this
// is not known.
func forPrice(v OrderView) string {
	if price := estimatedPrice(v); price != "" {
		return " for about " + price
	}
	return ", price not known" + whyNoPrice(v.Order)
}

// aboutIfKnown returns "" if the price is not known.
func aboutIfKnown(price string) string {
	if price == "" {
		return ""
	}
	return "about " + price
}

// atStake names what an order whose outcome is unknown may have cost.
func atStake(o order.Order, currency string) string {
	return firstNonEmpty(aboutIfKnown(money(o.Estimate.Amount, firstNonEmpty(o.Currency, currency))), "the money")
}

// whyNoPrice says why a price is not known, after "price not known"; "" if that is not
// known either.
func whyNoPrice(o order.Order) string {
	switch o.Estimate.From {
	case order.PriceUnread:
		return " yet"
	case order.PriceFailed:
		return ": 0xhost sent no list"
	case order.PriceUnheard:
		if o.ExtendedBy != "" { // that was the first order
			return ""
		}
		return " before the first order"
	default:
		return ""
	}
}

// adminForPrice says that an admin has to approve an order because its price is not
// known, if that is so.
func adminForPrice(v OrderView) string {
	if v.Blocked != "" || !slices.ContainsFunc(v.Ruling.Rules, func(r order.RuleState) bool { return r.Price }) {
		return ""
	}
	return ", so an admin must approve"
}

// balanceAge is from which age on a balance is shown with its time.
const balanceAge = 2 * time.Minute

// balanceNow says what the account has left, or that this is not known.
func balanceNow(v OrderView) string { return balance(v, money(v.Balance.Amount, currencyOf(v)), "") }

// balanceChange says what the account has left, and what it has after the order if that
// is enough.
func balanceChange(v OrderView) string {
	after := v.Balance.After(v.Order.Estimate.Amount)
	if !after.Valid || after.Decimal.IsNegative() {
		return balanceNow(v)
	}
	return balance(v, money(v.Balance.Amount, ""), " → "+money(after, ""))
}

// balance writes a balance, with the time when it was read if that is some time ago.
func balance(v OrderView, before, after string) string {
	if before == "" {
		return "balance not known"
	}
	if at := v.Balance.At; !at.IsZero() && v.Now.Sub(at) > balanceAge {
		before += " (at " + timeOrDate(at, v.Now) + ")"
	}
	return "balance " + before + after
}

// balanceWarning warns that the account cannot pay the order, as far as its balance is
// known.
func balanceWarning(v OrderView) string {
	if after := v.Balance.After(v.Order.Estimate.Amount); !after.Valid || !after.Decimal.IsNegative() {
		return ""
	}
	return "⚠️ The balance does not cover that."
}

// paidBy names the account that pays, or returns "" if it has no name.
func paidBy(v OrderView) string {
	if mrkdwn.Visible(v.AccountName) == "" {
		return ""
	}
	return "paid by " + mrkdwn.Code(v.AccountName, maxName)
}

// expiryLine says until when the server runs now and after the order, and from what that
// is known. It returns "" if it is not known.
func expiryLine(v OrderView) string {
	switch at := v.Lease.ExpiresAt; {
	case at.IsZero():
		return ""
	case at.Before(v.Now):
		return "Expired " + date(at) + afterComma(leaseEvidence(v.Lease))
	default:
		return fmt.Sprintf("Runs until %s → %s", date(at), date(at.Add(time.Duration(v.Order.Hours)*time.Hour))) + afterComma(leaseEvidence(v.Lease))
	}
}

// leaseEvidence says in a few words from what the end of a lease is known, unless a receipt
// alone says so.
func leaseEvidence(l order.Lease) string {
	var parts []string
	if l.From == order.LeaseFromPolicy {
		parts = append(parts, "according to the policy")
	}
	if l.Elsewhere > 0 {
		parts = append(parts, fmt.Sprintf("with %d h bought outside Slack", int(l.Elsewhere)))
	}
	if l.Unstated > 0 {
		parts = append(parts, fmt.Sprintf("with %d h whose receipt states no expiry", int(l.Unstated)))
	}
	return strings.Join(parts, ", ")
}

// afterComma returns a text as the end of a sentence, or "".
func afterComma(text string) string {
	if text == "" {
		return ""
	}
	return ", " + text
}

// currencyOf returns the currency of the order's own receipt, else that of its
// estimate, else the one of the settings.
func currencyOf(v OrderView) string {
	return firstNonEmpty(receiptOf(v.Order).Currency, firstNonEmpty(v.Order.Currency, v.Currency))
}

// accountName returns what people call the account that pays.
func accountName(v OrderView) string {
	return mrkdwn.Code(firstNonEmpty(mrkdwn.Visible(v.AccountName), v.Order.Account), maxName)
}
