package message

import (
	"fmt"
	"slices"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// mismatches returns what a person has to check about a receipt.
func mismatches(o order.Order) []order.Mismatch { return receiptOf(o).Mismatches(o) }

// cheaper reports whether the host charged less than expected. That is pointed out, but
// nobody has to check it.
func cheaper(o order.Order) bool {
	return o.ChargedDifferently() && o.Receipt.Amount.Decimal.LessThan(o.Estimate.Amount.Decimal)
}

// soldOther reports whether the host sold something else than what was approved.
func soldOther(o order.Order) bool { return slices.ContainsFunc(mismatches(o), order.Mismatch.Sold) }

// mismatchText warns the requester: a person has to check what was bought.
func mismatchText(v OrderView) []string {
	o, r := v.Order, receiptOf(v.Order)
	title := fmt.Sprintf("❗ *%s: %s was extended by %s, but please check:*", mention(o.Person.User), serverName(o.Server), o.RentalTime())
	advice := "Please check it at 0xhost."
	if soldOther(o) {
		title = fmt.Sprintf("🚨 *%s: 0xhost did not extend %s as approved:*", mention(o.Person.User), serverAndTime(o))
		advice = "Please check it at 0xhost now. It cannot be undone from here."
	}
	lines := append([]string{title}, mismatchLines(v)...)
	if stated := dotted(money(r.Amount, currencyOf(v)), runsUntil(r)); stated != "" {
		lines = append(lines, "0xhost's receipt: "+stated)
	}
	return append(lines, advice)
}

// mismatchLines says what is wrong with the receipt, one line for each field.
func mismatchLines(v OrderView) []string {
	var lines []string
	for _, m := range mismatches(v.Order) {
		lines = append(lines, "• "+mismatchLine(v, m))
	}
	return lines
}

func mismatchLine(v OrderView, m order.Mismatch) string {
	o, r, currency := v.Order, receiptOf(v.Order), currencyOf(v)
	amount := money(r.Amount, currency)
	switch m.Field {
	case "expired":
		return fmt.Sprintf("The new expiry, %s, is in the past.", date(r.ExpiresAt))
	case "expiry":
		return fmt.Sprintf("The new expiry, %s, is less than %s after the order.", date(r.ExpiresAt), o.Hours)
	case "amount":
		return fmt.Sprintf("The amount, %s, is negative.", amount)
	case "balance":
		return fmt.Sprintf("The amount, %s, is more than the balance, %s.", amount, money(r.BalanceBefore, currency))
	case "estimate":
		if o.ChargedDifferently() {
			return fmt.Sprintf("Expected about %s, 0xhost charged %s.", money(o.Estimate.Amount, currency), amount)
		}
		return fmt.Sprintf("The amount, %s, is above the estimate for %s, about %s.", amount, o.Hours, money(r.Estimate(o.Hours), currency))
	case "status":
		return fmt.Sprintf("The server is not active. Its status at 0xhost is %s.", mrkdwn.Code(m.Got, maxName))
	case "order_id", "server_id", "owner_id":
		return fmt.Sprintf("%s: 0xhost sent an id that is not valid, so it is left out.", mismatchLabel(m.Field))
	default:
		return fmt.Sprintf("%s: approved %s, but 0xhost says %s", mismatchLabel(m.Field), mrkdwn.Code(m.Want, maxName), mrkdwn.Code(m.Got, maxName))
	}
}

func mismatchLabel(field string) string {
	switch field {
	case "hours":
		return "Hours"
	case "server", "server_id":
		return "Server id"
	case "owner", "owner_id":
		return "Owner of the server"
	case "type":
		return "Kind of order"
	case "order_id":
		return "Order at 0xhost"
	default:
		return mrkdwn.Code(field, maxName)
	}
}
