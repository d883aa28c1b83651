package message

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// tellOperator says what to do about an order that is not what the program recorded.
func tellOperator(o order.Order) string {
	return fmt.Sprintf("Tell the person who runs this bot: order %s does not match its authenticated history.", mrkdwn.Code(string(o.ID), maxName))
}

// neverSent says that an order which is not what the program recorded waits for nothing.
func neverSent(o order.Order) Message {
	again := ""
	if o.Attempts > 0 {
		again = " again"
	}
	return notice("🚨 *This order was changed in the database, not by me, so I do not send it"+again+".*", tellOperator(o))
}

// warned puts in front of a message about an order that the order is not what the program
// recorded, if so.
func (m Message) warned(v OrderView) Message {
	if !v.Tampered {
		return m
	}
	text := "🚨 *This order was changed in the database, not by me, so what I say about it here may be wrong.* " + tellOperator(v.Order)
	return newMessage(text+"\n"+m.Text, slices.Concat([]slack.Block{section(text)}, m.Blocks)...)
}
