package message

import (
	"fmt"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// maxOthers is how many other orders are named. The rest is only counted.
const maxOthers = 2

// otherOrders lists the other orders for the server of a pending order, one in a
// line. It leaves out the one that [extendedLine] names.
func otherOrders(v OrderView) []string {
	var lines []string
	more := 0
	for _, o := range v.Activity.Others {
		switch {
		case o.ID == v.Order.ID, o.ID == v.Order.ExtendedBy:
		case len(lines) == maxOthers:
			more++
		default:
			lines = append(lines, "⚠️ "+otherOrder(o, v))
		}
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}

func otherOrder(o order.Order, v OrderView) string {
	who, hours := mention(o.Person.User), o.Hours.Short()
	switch o.State {
	case order.Pending:
		return fmt.Sprintf("%s also asks for %s.", who, hours)
	case order.Approved, order.Placing:
		return fmt.Sprintf("%s is adding %s right now.", who, hours)
	case order.Placed:
		return fmt.Sprintf("%s added %s at %s.", who, hours, timeOrDate(o.ChangedAt, v.Now))
	case order.Unknown:
		return fmt.Sprintf("%s asked for %s; the outcome is unknown.", who, hours)
	default:
		return fmt.Sprintf("%s asked for %s: %s.", who, hours, stateLabel(o.State))
	}
}

// extendedBy returns the order that extended the server shortly before the card or
// after it, if the view has it.
func extendedBy(v OrderView) (order.Order, bool) {
	if v.ExtendedBy == nil || v.ExtendedBy.ID != v.Order.ExtendedBy {
		return order.Order{}, false
	}
	return *v.ExtendedBy, true
}

// extendedLine warns that the server was extended already.
func extendedLine(v OrderView) string {
	by, known := extendedBy(v)
	if !known {
		return fmt.Sprintf("⚠️ *%s was already extended.*", serverName(v.Order.Server))
	}
	who := ""
	if by.Person != v.Order.Person { // who is mentioned anyway
		who = mention(by.Person.User)
	}
	return dotted(fmt.Sprintf("⚠️ *%s was already extended by %s*", serverName(v.Order.Server), by.RentalTime()),
		who, timeOrDate(by.ChangedAt, v.Now))
}

// extendedDialog asks whether to extend a server that was extended already once
// more. yes is what the button says.
func extendedDialog(v OrderView, name, yes string) *slack.ConfirmationBlockObject {
	o, happened := v.Order, name+" was already extended"
	if by, known := extendedBy(v); known {
		happened += " by " + by.RentalTime()
	}
	buys := fmt.Sprintf("This buys %s more", o.RentalTime())
	if price := estimatedPrice(v); price != "" {
		buys += " for about " + price
	}
	return dialog("Extend it once more?", happened+". "+buys+".", yes+" "+o.ShortTime())
}
