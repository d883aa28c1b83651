package bot

import (
	"fmt"
	"strings"
	"time"

	"extendbot/order"
)

// What the ledger knows of a server, for whoever has to decide about it.

// prospects is what an earlier receipt of the server lets expect.
func prospects(v CardView) []fact {
	last := v.Standing.Last
	if last == nil {
		return nil
	}
	var list []fact
	switch at := last.ExpiresAt; {
	case at.IsZero():
	case at.Before(v.Now):
		list = append(list, fact{"Expired", date(at)})
	default:
		list = append(list,
			fact{"Expires now", date(at)},
			fact{"Expires afterwards", date(at.Add(time.Duration(v.Order.Hours) * time.Hour))})
	}
	if sane(last.PlanPrice) {
		if price := money(last.Estimate(v.Order.Hours), currencyOf(v)); price != "" {
			list = append(list, fact{"Estimated price", "about " + price})
		}
	}
	return list
}

// currencyOf is the currency of the order's own receipt, of the last one of its
// server, or else of the settings.
func currencyOf(v CardView) string {
	if c := receiptOf(v.Order).Currency; c != "" {
		return c
	}
	if v.Order.Receipt == nil && v.Standing.Last != nil && v.Standing.Last.Currency != "" {
		return v.Standing.Last.Currency
	}
	return v.Currency
}

// maxOthers is how many other orders are named before the rest is counted.
const maxOthers = 3

// alsoLine says who else ordered for the same server, while that still can
// change a decision.
func alsoLine(v CardView) string {
	if v.Order.State != order.Pending {
		return ""
	}
	lines := []string{"⚠️ *There is another order for this server:*"}
	more := 0
	for _, o := range v.Standing.Others {
		switch {
		case o.ID == v.Order.ID:
		case len(lines) > maxOthers:
			more++
		default:
			lines = append(lines, fmt.Sprintf("• %s, %s: %s, %s", mention(o.Person.User), date(o.CreatedAt), o.Hours, stateWord(o.State)))
		}
	}
	if len(lines) == 1 {
		return ""
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("• and %d more", more))
	}
	return strings.Join(lines, "\n")
}
