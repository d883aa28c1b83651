package message

import (
	"fmt"
	"time"

	"extendbot/bot/message/mrkdwn"
)

// priceLine says what the order will cost, according to the last receipt of its
// server, and who pays, if the account has a name.
func priceLine(v OrderView) string {
	text := "Price not known"
	switch price := estimatedPrice(v); {
	case price != "":
		text = "About " + price
	case v.Activity.Last == nil:
		text = "Price not known before the first order"
	}
	return dotted(text, paidBy(v))
}

// paidBy names the account that pays, or returns "" if it has no name.
func paidBy(v OrderView) string {
	if mrkdwn.Visible(v.AccountName) == "" {
		return ""
	}
	return "paid by " + mrkdwn.Code(v.AccountName, maxName)
}

// estimatedPrice returns "" if the last receipt does not say the price, or there
// is none.
func estimatedPrice(v OrderView) string {
	if v.Activity.Last == nil {
		return ""
	}
	return money(v.Activity.Last.Estimate(v.Order.Hours), currencyOf(v))
}

// expiryLine says until when the server runs now and after the order, according
// to its last receipt. It returns "" if that does not say so, or there is none.
func expiryLine(v OrderView) string {
	if v.Activity.Last == nil {
		return ""
	}
	switch at := v.Activity.Last.ExpiresAt; {
	case at.IsZero():
		return ""
	case at.Before(v.Now):
		return "Expired " + date(at)
	default:
		return fmt.Sprintf("Runs until %s → %s", date(at), date(at.Add(time.Duration(v.Order.Hours)*time.Hour)))
	}
}

// currencyOf returns the currency of the order's own receipt, else of the last
// receipt for its server, else from the settings.
func currencyOf(v OrderView) string {
	if c := receiptOf(v.Order).Currency; c != "" {
		return c
	}
	if v.Order.Receipt == nil && v.Activity.Last != nil && v.Activity.Last.Currency != "" {
		return v.Activity.Last.Currency
	}
	return v.Currency
}

// accountName returns what people call the account that pays.
func accountName(v OrderView) string {
	return mrkdwn.Code(firstNonEmpty(mrkdwn.Visible(v.AccountName), v.Order.Account), maxName)
}
