package message

import (
	"time"
)

// estimate returns the expiry and the price that follow from the last receipt of
// the order's server. Without a receipt it returns nothing.
func estimate(v OrderView) []field {
	last := v.Activity.Last
	if last == nil {
		return nil
	}
	var list []field
	switch at := last.ExpiresAt; {
	case at.IsZero():
	case at.Before(v.Now):
		list = append(list, field{"Expired", date(at)})
	default:
		list = append(list,
			field{"Expires now", date(at)},
			field{"Expires afterward", date(at.Add(time.Duration(v.Order.Hours) * time.Hour))})
	}
	if price := money(last.Estimate(v.Order.Hours), currencyOf(v)); price != "" {
		list = append(list, field{"Estimated price", "about " + price})
	}
	return list
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
