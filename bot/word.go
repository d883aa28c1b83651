package bot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// Word is what the thread is told about the state that an order is in: the
// receipt, the refusal, that its outcome is unknown, or that it never went
// through. It is false for a state that owes the thread nothing; whether the
// thread was told before is not its business.
func Word(v CardView) (Message, bool) {
	switch v.Order.State {
	case order.Placed:
		return receiptWord(v), true
	case order.Refused:
		return refusedWord(v.Order), true
	case order.Unknown:
		return unknownWord(v), true
	case order.NotPlaced:
		return notPlacedWord(v.Order), true
	default:
		return Message{}, false
	}
}

// word makes a thread's message: a title, what it says, and the facts that
// every one of them needs to stand alone.
func word(title, text string, o order.Order, list ...fact) Message {
	blocks := []slack.Block{header(title), section(text)}
	blocks = append(blocks, facts(list...)...)
	return newMessage(text, append(blocks, footnotes("Order "+Code(string(o.ID), maxName)))...)
}

// circumstances are who wanted what, and when.
func circumstances(o order.Order) []fact {
	return []fact{
		{"Server", serverFull(o.Server)},
		{"Hours", o.Hours.String()},
		{"0xhost account", Code(o.Account, maxName)},
		{"Asked by", fmt.Sprintf("%s, %s", mention(o.Person.User), date(o.CreatedAt))},
		{"Confirmed by", fmt.Sprintf("%s, %s", mention(o.DecidedBy), date(o.DecidedAt))},
	}
}

func refusedWord(o order.Order) Message {
	name := serverName(o.Server)
	text := strings.Join([]string{
		fmt.Sprintf("The order to extend %s by %s did not go through: %s.", name, o.Hours, reason(o)),
		"It will not be tried again by itself. Once that is put right, ask again with " +
			Code(fmt.Sprintf("/extend %s %d", o.Server.Label(), int(o.Hours)), 2*maxName) + ".",
	}, "\n")
	return word("❌ Did not go through", text, o, circumstances(o)...)
}

func unknownWord(v CardView) Message {
	o := v.Order
	name := serverName(o.Server)
	lines := []string{
		fmt.Sprintf("Nobody knows yet whether the order to extend %s by %s went through: %s.", name, o.Hours, reason(o)),
		"*The money may or may not have been spent.* The order will not be sent again by itself.",
	}
	if v.LookUntil.After(v.Now) {
		lines = append(lines, fmt.Sprintf("I look for it in 0xhost's list of orders, several times until %s at the latest. If that does not settle it, I ask here.", date(v.LookUntil)))
	}
	lines = append(lines, fmt.Sprintf("Until this is settled, no new order for %s is taken.", name), howToSettle(o))
	return word("❓ Outcome unknown", strings.Join(lines, "\n"), o, circumstances(o)...)
}

// restsOn says by whose word an unknown outcome was settled, and why.
func restsOn(o order.Order) string {
	if o.SettledBy == "" || o.SettledBy == order.Bot {
		return fmt.Sprintf("This rests on: %s.", reason(o))
	}
	return fmt.Sprintf("This rests on the word of %s: %s.", mention(o.SettledBy), reason(o))
}

func notPlacedWord(o order.Order) Message {
	name := serverName(o.Server)
	text := strings.Join([]string{
		fmt.Sprintf("It is settled: the order to extend %s by %s never went through, and no money was spent on it.", name, o.Hours),
		restsOn(o),
		fmt.Sprintf("New orders for %s are taken again.", name),
	}, "\n")
	return word("🚫 Never went through", text, o, circumstances(o)...)
}
