package message

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// ThreadMessage returns the thread message for an order's state: the receipt,
// the refusal, that its outcome is unknown, or that it never went through. It
// returns false for a state that needs no thread message.
func ThreadMessage(v OrderView) (Message, bool) {
	switch v.Order.State {
	case order.Placed:
		return receiptMessage(v), true
	case order.Refused:
		return refusedMessage(v.Order), true
	case order.Unknown:
		return unknownMessage(v), true
	case order.NotPlaced:
		return notPlacedMessage(v.Order), true
	default:
		return Message{}, false
	}
}

// threadMessage returns a message for the thread: a title, a text, and fields.
// It can be read without the card.
func threadMessage(title, text string, o order.Order, list ...field) Message {
	blocks := []slack.Block{header(title), section(text)}
	blocks = append(blocks, fieldSections(list...)...)
	return newMessage(text, append(blocks, footnotes("Order "+Code(string(o.ID), maxName)))...)
}

// orderFields lists who asked for what, and when.
func orderFields(o order.Order) []field {
	return []field{
		{"Server", serverFull(o.Server)},
		{"Hours", o.Hours.String()},
		{"0xhost account", Code(o.Account, maxName)},
		{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
		{"Confirmed by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))},
	}
}

func refusedMessage(o order.Order) Message {
	name := serverName(o.Server)
	text := strings.Join([]string{
		fmt.Sprintf("The order to extend %s by %s did not go through: %s.", name, o.Hours, reason(o)),
		"It will not be tried again automatically. Once that is fixed, ask again with " +
			Code(fmt.Sprintf("/extend %s %d", o.Server.Label(), int(o.Hours)), 2*maxName) + ".",
	}, "\n")
	return threadMessage("❌ Did not go through", text, o, orderFields(o)...)
}

func unknownMessage(v OrderView) Message {
	o := v.Order
	name := serverName(o.Server)
	lines := []string{
		fmt.Sprintf("It is not known yet whether the order to extend %s by %s went through: %s.", name, o.Hours, reason(o)),
		"*The money may or may not have been spent.* The order will not be sent again automatically.",
	}
	if v.LookupUntil.After(v.Now) {
		lines = append(lines, fmt.Sprintf("I look for it in 0xhost's list of orders, several times until %s at the latest. If that does not settle it, I ask here.", date(v.LookupUntil)))
	}
	lines = append(lines, fmt.Sprintf("Until this is settled, no new order for %s is accepted.", name), howToSettle(o))
	return threadMessage("❓ Outcome unknown", strings.Join(lines, "\n"), o, orderFields(o)...)
}

// evidence says who settled an unknown outcome, and why.
func evidence(o order.Order) string {
	if o.SettledBy == "" || o.SettledBy == order.Bot {
		return fmt.Sprintf("The evidence: %s.", reason(o))
	}
	return fmt.Sprintf("%s settled it: %s.", mention(o.SettledBy), reason(o))
}

func notPlacedMessage(o order.Order) Message {
	name := serverName(o.Server)
	text := strings.Join([]string{
		fmt.Sprintf("It is settled: the order to extend %s by %s never went through, and no money was spent on it.", name, o.Hours),
		evidence(o),
		fmt.Sprintf("%s can be extended again.", name),
	}, "\n")
	return threadMessage("🚫 Never went through", text, o, orderFields(o)...)
}
