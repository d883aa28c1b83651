package message

import (
	"strings"

	"extendbot/order"
)

// commandText returns a command as people type it, in a code span. name is the
// name of the command; "" stands for the usual one.
func commandText(name string, words ...string) string {
	return Code(commandName(name)+" "+strings.Join(words, " "), maxTry)
}

// askAgain returns the command that asks for the same as an order.
func askAgain(name string, o order.Order) string {
	return commandText(name, o.Server.Label(), o.ShortTime())
}
