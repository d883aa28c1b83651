package message

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// notStated replaces a value that the host did not state.
const notStated = "not stated by 0xhost"

// receiptMessage returns the message about an order that went through, according
// to the host's receipt, the host's list, or the person who settled it. What is
// not as expected about a receipt comes first.
func receiptMessage(v OrderView) Message {
	o, r := v.Order, receiptOf(v.Order)
	var lines []string
	if len(mismatches(o)) > 0 {
		lines = mismatchText(v)
	} else {
		lines = receiptText(v)
	}
	switch {
	case r.Listed:
		lines = append(lines, "0xhost's answer was lost. Its list of orders shows this one, without balance and expiry.")
	case settledLater(o):
		lines = append(lines, evidence(o))
	}
	lines = append(lines, exceededLines(v)...)
	return threadMessage(lines, footnotes(receiptFootnote(v)), detailsButton(o))
}

// receiptText says who bought what, at which price and until when, as far as that
// is known.
func receiptText(v OrderView) []string {
	o, r := v.Order, receiptOf(v.Order)
	begin := "✅ "
	if settledLater(o) {
		begin = "✅ It went through after all: "
	}
	text := fmt.Sprintf("%s*%s extended %s*", begin, mention(o.Person.User), serverAndTime(o))
	amount := money(r.Amount, currencyOf(v))
	if amount != "" {
		text += " for " + amount
	}
	if !r.ExpiresAt.IsZero() {
		text += ", until " + date(r.ExpiresAt)
	}
	lines := []string{text + "."}
	if line := missing(o, amount == "", r.ExpiresAt.IsZero()); line != "" {
		lines = append(lines, line)
	}
	switch expected := estimatedPrice(v); {
	case expected == "":
	case amount == "":
		lines[len(lines)-1] += fmt.Sprintf(" About %s was expected.", expected)
	case cheaper(o):
		lines = append(lines, fmt.Sprintf("That is less than the expected %s.", expected))
	}
	return lines
}

// missing says what a receipt does not: of one that is lost, that is the price.
func missing(o order.Order, price, expiry bool) string {
	switch {
	case settledLater(o) && price:
		return "The receipt was lost, so the price is not known."
	case settledLater(o):
		return ""
	case price && expiry:
		return "0xhost stated neither the price nor the new expiry."
	case price:
		return "0xhost did not state the price."
	case expiry:
		return "0xhost did not state the new expiry."
	default:
		return ""
	}
}

// runsUntil says until when a server runs, or "" if its receipt does not.
func runsUntil(r order.Receipt) string {
	if r.ExpiresAt.IsZero() {
		return ""
	}
	return "runs until " + date(r.ExpiresAt)
}

// receiptFootnote has the balance and the ids.
func receiptFootnote(v OrderView) string {
	r, currency := receiptOf(v.Order), currencyOf(v)
	balance := money(r.BalanceBefore, currency)
	if after := money(r.BalanceAfter(), currency); after != "" {
		balance = money(r.BalanceBefore, "") + " → " + after
	}
	if balance != "" {
		balance = "Balance " + balance
	}
	host := codeIfKnown(r.OrderID)
	if host != "" {
		host = "0xhost " + host
	}
	return dotted(firstLetterUp(approvedBy(v.Order)), balance, "Order "+mrkdwn.Code(string(v.Order.ID), maxName), host)
}

// detailsButton shows the rest of a receipt.
func detailsButton(o order.Order) slack.Block {
	return slack.NewActionBlock("", button(ActionDetails, string(o.ID), "Details",
		fmt.Sprintf("Details of the receipt for %s", mrkdwn.Plain(o.Server.Label(), 20)), slack.StyleDefault))
}

// receiptFields lists the fields of a receipt. The most important ones are shown
// even if the host did not state them. Others are left out if they are missing.
func receiptFields(v OrderView) []field {
	o, r := v.Order, receiptOf(v.Order)
	currency := currencyOf(v)
	list := []field{
		{"Amount", orNotStated(money(r.Amount, currency)) + expectedNote(v)},
		{"Hours bought", hoursBought(o, r)},
		{"Balance before", money(r.BalanceBefore, currency)},
		{"Balance after", money(r.BalanceAfter(), currency)},
		{"Runs until", orNotStated(dateIfKnown(r.ExpiresAt))},
		{"Server", serverName(o.Server)},
		{"Name at 0xhost", codeIfKnown(r.ServerName)},
		{"Server id", mrkdwn.Code(firstNonEmpty(r.ServerID, o.Server.ID), maxName)},
		{"Status", codeIfKnown(r.ServerStatus)},
		{"Address", codeIfKnown(r.Address)},
		{"Location", codeIfKnown(r.Location)},
		{"Plan", planField(r, currency)},
		{"0xhost account", accountField(v, firstNonEmpty(r.OwnerID, o.Account))},
		{"Order at 0xhost", codeIfKnown(r.OrderID)},
	}
	return append(list,
		field{"Order", mrkdwn.Code(string(o.ID), maxName)},
		field{"Because", codeIfKnown(o.Purpose)},
		field{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
		approvalField(o, "Confirmed by"),
		field{"Placed", placedField(o, r)})
}

// expectedNote says what an order was expected to cost, next to what it did.
func expectedNote(v OrderView) string {
	expected := estimatedPrice(v)
	if expected == "" {
		return ""
	}
	return " (expected: " + expected + ")"
}

// approvalField says who approved an order and when or, by another label, who
// decided it alone.
func approvalField(o order.Order, label string) field {
	if !approvedByOthers(o) {
		return field{label, fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))}
	}
	var each []string
	for _, a := range o.Approvals {
		each = append(each, fmt.Sprintf("%s, %s", mention(a.User), date(a.At)))
	}
	return field{"Approved by", dotted(each...)}
}

// accountField names an account at the host and, if it is the order's, what the
// policy calls it.
func accountField(v OrderView, id string) string {
	if id != v.Order.Account || mrkdwn.Visible(v.AccountName) == "" {
		return mrkdwn.Code(id, maxName)
	}
	return mrkdwn.Code(v.AccountName, maxName) + ", " + mrkdwn.Code(id, maxName)
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

// Details shows everything that is known about an order and its receipt. The
// receipt in the thread leaves most of it out.
func Details(v OrderView) Message {
	o := v.Order
	fields := receiptFields(v)
	if o.Receipt == nil {
		fields = detailFields(v)
	}
	var lines []string
	for _, f := range fields {
		if f.value != "" {
			lines = append(lines, fmt.Sprintf("*%s:* %s", f.label, f.value))
		}
	}
	return list(serverAndTime(o), lines, "").warned(v)
}

// detailFields lists what is known about an order without a receipt.
func detailFields(v OrderView) []field {
	o := v.Order
	fields := []field{
		{"State", stateLabel(o.State)},
		{"Reason", ""},
		{"Server id", mrkdwn.Code(o.Server.ID, maxName)},
		{"0xhost account", accountField(v, o.Account)},
		{"Order", mrkdwn.Code(string(o.ID), maxName)},
		{"Price", aboutIfKnown(estimatedPrice(v))},
		{"Because", codeIfKnown(o.Purpose)},
		{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
	}
	if o.Reason != "" {
		fields[1].value = reason(o)
	}
	if approvedByOthers(o) {
		fields = append(fields, approvalField(o, ""))
	}
	if o.State == order.Declined {
		fields = append(fields, field{"Why declined", codeIfKnown(o.DeclineReason)})
	}
	if o.DecidedBy != "" && (!approvedByOthers(o) || !o.ApprovedBy(o.DecidedBy)) {
		fields = append(fields, field{"Decided by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))})
	}
	return fields
}
