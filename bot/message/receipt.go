package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// notStated replaces a value that the host did not state.
const notStated = "not stated by 0xhost"

// receiptMessage returns the message about an order that went through, according
// to the host's receipt, the host's list, or the person who settled it. It
// points out a receipt that is not as expected.
func receiptMessage(v OrderView) Message {
	o := v.Order
	switch {
	case receiptOf(o).Listed && len(mismatches(o)) == 0:
		return listedReceipt(v)
	case settledLater(o):
		return settledMessage(v)
	case soldOther(o):
		return threadMessage("🚨 Not what was approved", mismatchText(v), o, receiptFields(v)...)
	case len(mismatches(o)) > 0:
		return threadMessage("❗ Receipt, please check", mismatchText(v), o, receiptFields(v)...)
	default:
		return threadMessage("✅ Receipt", receiptText(v), o, receiptFields(v)...)
	}
}

// receiptText says what was bought, at which price and until when, as far as the
// host stated it.
func receiptText(v OrderView) string {
	o, r := v.Order, receiptOf(v.Order)
	text := fmt.Sprintf("%s was extended by %s", serverName(o.Server), o.Hours)
	if amount := money(r.Amount, currencyOf(v)); amount != "" {
		text += " for " + amount
	}
	if !r.ExpiresAt.IsZero() {
		text += " and runs until " + date(r.ExpiresAt)
	}
	return text + "."
}

// settledMessage says that an order went through although its receipt was lost.
func settledMessage(v OrderView) Message {
	o, r := v.Order, receiptOf(v.Order)
	lines := []string{
		fmt.Sprintf("It is settled: the order to extend %s by %s went through.", serverName(o.Server), o.Hours),
		evidence(o),
	}
	if !r.Amount.Valid {
		lines = append(lines, "0xhost's receipt was lost, so I do not know the amount. You can see it at 0xhost.")
	}
	lines = append(lines, fmt.Sprintf("%s can be extended again.", serverName(o.Server)))
	list := append(orderFields(o),
		field{"Amount", money(r.Amount, currencyOf(v))},
		field{"Runs until", dateIfKnown(r.ExpiresAt)},
		field{"Order at 0xhost", codeIfKnown(r.OrderID)})
	title := "✅ Settled: it went through"
	switch {
	case soldOther(o):
		title = "🚨 Settled, but not what was approved"
		lines = slices.Concat(lines, []string{"*Attention: 0xhost did not do what was approved.*"}, mismatchLines(v))
	case len(mismatches(o)) > 0:
		title = "❗ Settled: it went through, please check"
		lines = slices.Concat(lines, []string{"*Attention: 0xhost's receipt is not as expected.*"}, mismatchLines(v))
	}
	return threadMessage(title, strings.Join(lines, "\n"), o, list...)
}

// listedReceipt returns the receipt of an order whose answer was lost, made from
// the host's list of orders.
func listedReceipt(v OrderView) Message {
	o, r := v.Order, receiptOf(v.Order)
	text := strings.Join([]string{
		"It went through after all: " + receiptText(v),
		"0xhost's answer was lost. This receipt was made from 0xhost's list of orders, which shows neither balances nor the new expiry.",
		fmt.Sprintf("%s can be extended again.", serverName(o.Server)),
	}, "\n")
	list := append([]field{
		{"Amount", orNotStated(money(r.Amount, currencyOf(v)))},
		{"Hours bought", hoursBought(o, r)},
		{"Order at 0xhost", codeIfKnown(r.OrderID)},
	}, orderFields(o)...)
	return threadMessage("✅ Receipt, found in 0xhost's list", text, o, append(list, field{"Found", date(o.ChangedAt)})...)
}

// receiptFields lists the fields of a receipt. The most important ones are shown
// even if the host did not state them. Others are left out if they are missing.
func receiptFields(v OrderView) []field {
	o, r := v.Order, receiptOf(v.Order)
	currency := currencyOf(v)
	list := []field{
		{"Amount", orNotStated(money(r.Amount, currency))},
		{"Hours bought", hoursBought(o, r)},
		{"Balance before", money(r.BalanceBefore, currency)},
		{"Balance after", money(r.BalanceAfter(), currency)},
		{"Runs until", orNotStated(dateIfKnown(r.ExpiresAt))},
		{"Server", serverName(o.Server)},
		{"Name at 0xhost", codeIfKnown(r.ServerName)},
		{"Server id", Code(firstNonEmpty(r.ServerID, o.Server.ID), maxName)},
		{"Status", codeIfKnown(r.ServerStatus)},
		{"Address", codeIfKnown(r.Address)},
		{"Location", codeIfKnown(r.Location)},
		{"Plan", planField(r, currency)},
		{"0xhost account", Code(firstNonEmpty(r.OwnerID, o.Account), maxName)},
		{"Order at 0xhost", codeIfKnown(r.OrderID)},
	}
	return append(list,
		field{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
		field{"Confirmed by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))},
		field{"Placed", placedField(o, r)})
}

func hoursBought(o order.Order, r order.Receipt) string {
	if r.Hours == 0 {
		return fmt.Sprintf("%s; ordered: %s", notStated, o.Hours)
	}
	return r.Hours.String()
}

func planField(r order.Receipt, currency string) string {
	id, price := codeIfKnown(r.PlanID), money(r.PlanPrice, currency)
	if price != "" {
		price = fmt.Sprintf("%s for %s", price, order.Hours(order.HoursPerPlanPrice))
	}
	switch {
	case id == "":
		return price
	case price == "":
		return id
	default:
		return id + ", " + price
	}
}

func placedField(o order.Order, r order.Receipt) string {
	at := date(o.ChangedAt)
	if r.Took <= 0 {
		return at
	}
	return fmt.Sprintf("%s; the call took %s", at, r.Took.Round(time.Millisecond))
}

func orNotStated(s string) string { return firstNonEmpty(s, notStated) }

// firstNonEmpty returns a, or b if a is empty.
func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
