package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// notStated stands where a fact belongs that the host did not tell.
const notStated = "not stated by 0xhost"

// receiptWord is the message about an order that went through: by the host's
// receipt, by a receipt that does not fit what was approved, by the host's
// list, or by the word of a person.
func receiptWord(v CardView) Message {
	o := v.Order
	switch {
	case receiptOf(o).Listed && len(mismatches(o)) == 0:
		return listedWord(v)
	case settledLater(o):
		return settledWord(v)
	case len(mismatches(o)) > 0:
		return word("🚨 Not what was approved", mismatchText(o), o, receiptFacts(v)...)
	default:
		return word("✅ Receipt", receiptText(v), o, receiptFacts(v)...)
	}
}

// receiptText says what was bought, for what and until when, as far as the
// host told.
func receiptText(v CardView) string {
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

// settledWord says that an order went through although its receipt was lost.
func settledWord(v CardView) Message {
	o, r := v.Order, receiptOf(v.Order)
	lines := []string{
		fmt.Sprintf("It is settled: the order to extend %s by %s went through.", serverName(o.Server), o.Hours),
		restsOn(o),
	}
	if !r.Amount.Valid {
		lines = append(lines, "The receipt of 0xhost was lost, so the amount is not known here; 0xhost has it.")
	}
	lines = append(lines, fmt.Sprintf("New orders for %s are taken again.", serverName(o.Server)))
	list := append(circumstances(o),
		fact{"Amount", money(r.Amount, currencyOf(v))},
		fact{"Runs until", dateIfKnown(r.ExpiresAt)},
		fact{"Order at 0xhost", wordIfKnown(r.OrderID)})
	title := "✅ Settled: it went through"
	if found := mismatches(o); len(found) > 0 {
		title = "🚨 Settled, but not what was approved"
		lines = slices.Concat(lines, []string{"*Attention: 0xhost did something else than was approved.*"}, mismatchLines(found))
	}
	return word(title, strings.Join(lines, "\n"), o, list...)
}

// listedWord is the receipt of an order whose answer was lost, as far as the
// host's list of orders has one.
func listedWord(v CardView) Message {
	o, r := v.Order, receiptOf(v.Order)
	text := strings.Join([]string{
		"It went through after all: " + receiptText(v),
		"The answer of 0xhost was lost. This receipt was made from 0xhost's list of orders, which tells neither balances nor the new expiry.",
		fmt.Sprintf("New orders for %s are taken again.", serverName(o.Server)),
	}, "\n")
	list := append([]fact{
		{"Amount", orNotStated(money(r.Amount, currencyOf(v)))},
		{"Hours bought", soldHours(o, r)},
		{"Order at 0xhost", wordIfKnown(r.OrderID)},
	}, circumstances(o)...)
	return word("✅ Receipt, found in 0xhost's list", text, o, append(list, fact{"Found", date(o.ChangedAt)})...)
}

// mismatchText is loud: somebody has to look at what the money was spent on.
func mismatchText(o order.Order) string {
	lines := []string{
		fmt.Sprintf("*Attention, %s: the order to extend %s by %s went through, but 0xhost did something else than was approved.*",
			mention(o.DecidedBy), serverName(o.Server), o.Hours),
	}
	lines = append(lines, mismatchLines(mismatches(o))...)
	return strings.Join(append(lines, "It cannot be undone from here. Please check it at 0xhost now."), "\n")
}

func mismatchLines(found []order.Mismatch) []string {
	var lines []string
	for _, m := range found {
		lines = append(lines, fmt.Sprintf("• %s: approved %s, but 0xhost says %s", mismatchLabel(m.Field), Code(m.Want, maxName), Code(m.Got, maxName)))
	}
	return lines
}

func mismatchLabel(field string) string {
	switch field {
	case "hours":
		return "Hours"
	case "server":
		return "Server id"
	case "owner":
		return "Owner of the server"
	case "type":
		return "Kind of order"
	default:
		return Code(field, maxName)
	}
}

// receiptFacts lists all that a receipt tells. What matters most is said to be
// missing; the rest is left out if the host did not tell it.
func receiptFacts(v CardView) []fact {
	o, r := v.Order, receiptOf(v.Order)
	currency := currencyOf(v)
	list := []fact{
		{"Amount", orNotStated(money(r.Amount, currency))},
		{"Hours bought", soldHours(o, r)},
		{"Balance before", money(r.BalanceBefore, currency)},
		{"Balance after", balanceAfter(r, currency)},
		{"Runs until", orNotStated(dateIfKnown(r.ExpiresAt))},
		{"Server", serverName(o.Server)},
		{"Name at 0xhost", wordIfKnown(r.ServerName)},
		{"Server id", Code(firstOf(r.ServerID, o.Server.ID), maxName)},
		{"Status", wordIfKnown(r.ServerStatus)},
		{"Address", wordIfKnown(r.Address)},
		{"Location", wordIfKnown(r.Location)},
		{"Plan", planFact(r, currency)},
		{"0xhost account", Code(firstOf(r.OwnerID, o.Account), maxName)},
		{"Order at 0xhost", wordIfKnown(r.OrderID)},
	}
	return append(list,
		fact{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
		fact{"Confirmed by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))},
		fact{"Placed", placedFact(o, r)})
}

func soldHours(o order.Order, r order.Receipt) string {
	if r.Hours == 0 {
		return fmt.Sprintf("%s; ordered were %s", notStated, o.Hours)
	}
	return r.Hours.String()
}

func balanceAfter(r order.Receipt, currency string) string {
	if !sane(r.BalanceBefore) || !sane(r.Amount) {
		return ""
	}
	return money(r.BalanceAfter(), currency)
}

func planFact(r order.Receipt, currency string) string {
	id, price := wordIfKnown(r.PlanID), money(r.PlanPrice, currency)
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

func placedFact(o order.Order, r order.Receipt) string {
	at := date(o.ChangedAt)
	if r.Took <= 0 {
		return at
	}
	return fmt.Sprintf("%s; the call took %s", at, r.Took.Round(time.Millisecond))
}

func orNotStated(s string) string { return firstOf(s, notStated) }

// firstOf is a, or b if there is no a.
func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
