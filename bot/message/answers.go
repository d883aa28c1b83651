package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// OrderLine is an order in an answer, with the link to its card.
type OrderLine struct {
	Order  order.Order
	Link   string       // of the card; "" if there is none or Slack does not say
	Ruling order.Ruling // of a pending order; its zero value: the requester confirms it
}

// MaxAnswer is how many entries an answer lists. Of orders, more need not be
// read.
const MaxAnswer = 15

// maxAbout cuts what a server is for, so that the first line of a card stays short.
const maxAbout = 30

// maxPurposeLine cuts a purpose to one line of a phone.
const maxPurposeLine = 30

// AnswerView is what the answers to the verbs of the command are made of.
type AnswerView struct {
	Command  string // the name of the command, such as "/extend"
	Now      time.Time
	Currency string       // for amounts whose receipt names none
	Servers  []ServerLine // in any order
	// AnyServer reports that the person may extend any server by its id. Servers are
	// then those of their latest orders.
	AnyServer bool
	Orders    []OrderLine // newest first
	// Server is the server that was asked for; its zero value: none was.
	Server order.Server
	// More reports that there are older orders than those in Orders.
	More bool
}

// OrderHistory answers "history": the latest orders of a person, or everybody's
// for a server.
func OrderHistory(v AnswerView) Message {
	switch ofServer := v.Server.ID != ""; {
	case len(v.Orders) == 0 && ofServer:
		return notice(fmt.Sprintf("Nobody has asked to extend %s yet.", serverName(v.Server)))
	case len(v.Orders) == 0:
		return notice(fmt.Sprintf("You have not asked for anything yet. %s shows how.", commandText(v.Command, "help")))
	case ofServer:
		return orderList(fmt.Sprintf("Latest orders for %s:", serverName(v.Server)), v)
	default:
		return orderList("Your latest orders:", v)
	}
}

// OrderStatus answers "status": the state of one order, or of a person's open
// orders.
func OrderStatus(v AnswerView) Message {
	switch {
	case len(v.Orders) == 0 && v.Server.ID != "":
		return notice(fmt.Sprintf("You have not asked to extend %s.", serverName(v.Server)))
	case len(v.Orders) == 0:
		return notice(fmt.Sprintf("You have no open order. %s shows the others.", commandText(v.Command, "history")))
	case len(v.Orders) == 1:
		return notice(aboutOrder(v.Orders[0]))
	default:
		return orderList("Your open orders:", v)
	}
}

// aboutOrder says in two sentences what an order is and what became of it.
func aboutOrder(l OrderLine) string {
	o := l.Order
	asked := "asked"
	if o.State == order.Pending {
		asked = "asks"
	}
	state := stateSentence(o)
	if o.State == order.Pending && len(l.Ruling.Rules) > 0 {
		state = approvalState(o, l.Ruling, o.CreatedAt) + "."
	}
	return fmt.Sprintf("%s %s to extend %s: %s.\n%s",
		mention(o.Person.User), asked, serverAndTime(o), orderLink(o.ID, l.Link), state)
}

// Canceled answers "cancel" after the order was canceled.
func Canceled(l OrderLine) Message {
	return notice(fmt.Sprintf("Canceled: extend %s, %s.", serverAndTime(l.Order), orderLink(l.Order.ID, l.Link)))
}

// WhichToCancel answers "cancel" without an id, if not exactly one order of the
// person waits for its decision.
func WhichToCancel(v AnswerView) Message {
	switch {
	case len(v.Orders) == 0 && v.Server.ID != "":
		return notice(fmt.Sprintf("You have no order for %s that can still be canceled.", serverName(v.Server)))
	case len(v.Orders) == 0:
		return notice("You have no order that can still be canceled.")
	}
	var entries []string
	const question = "Which one?"
	blocks := []slack.Block{section(question)}
	for i, l := range v.Orders[:min(len(v.Orders), MaxAnswer)] {
		o := l.Order
		entry := fmt.Sprintf("• %s %s · %s", serverName(o.Server), o.ShortTime(), orderLink(o.ID, l.Link))
		entries = append(entries, entry+"\n"+commandText(v.Command, "cancel", string(o.ID)))
		cancel := suggestion(i+1, "cancel "+string(o.ID), "Cancel")
		cancel.AccessibilityLabel = mrkdwn.Plain("Cancel "+o.Server.Label(), maxButtonShown)
		blocks = append(blocks, slack.NewSectionBlock(markdown(entry, maxSection), nil, slack.NewAccessory(cancel)))
	}
	if older := olderOrders(v); older != "" {
		blocks = append(blocks, section(older))
	}
	return newMessage(list(question, entries, olderOrders(v)).Text, blocks...)
}

// AlreadyAsked answers a request that is the same as one of the same person that
// still waits for its decision. command is the name of the command.
func AlreadyAsked(l OrderLine, command string) Message {
	o := l.Order
	text := "You already asked to extend " + serverAndTime(o)
	switch {
	case o.Card.Ref == "":
		return notice(text + "; its card is on its way.")
	case orderLink(o.ID, l.Link) == orderLink(o.ID, ""):
		return notice(fmt.Sprintf("%s; its card is in %s. To drop it: %s.", text, channelName(o.Channel), commandText(command, "cancel", string(o.ID))))
	default:
		return notice(fmt.Sprintf("%s. Its card: %s.", text, orderLink(o.ID, l.Link)))
	}
}

// orderList lists orders below a heading.
func orderList(heading string, v AnswerView) Message {
	var entries []string
	for _, l := range v.Orders[:min(len(v.Orders), MaxAnswer)] {
		entries = append(entries, orderEntry(l, v.Currency, v.Server.ID != ""))
	}
	return list(heading, entries, olderOrders(v))
}

// orderEntry describes an order in two lines, and its purpose in a third. Below
// the name of a server, it names the person instead of the server.
func orderEntry(l OrderLine, currency string, ofServer bool) string {
	o, r := l.Order, receiptOf(l.Order)
	what, who := serverName(o.Server)+" "+o.ShortTime(), ""
	if ofServer {
		what, who = o.ShortTime(), mention(o.Person.User)
	}
	state := stateLabel(o.State)
	if o.State == order.Pending && len(l.Ruling.Rules) > 0 {
		state = "waiting for approvals"
	}
	lines := []string{
		"• " + dotted(what, state, money(r.Amount, firstNonEmpty(r.Currency, currency))),
		dotted(date(o.CreatedAt), who, yesOfOthers(o), orderLink(o.ID, l.Link)),
	}
	if mrkdwn.Visible(o.Purpose) != "" {
		lines = append(lines, "because "+mrkdwn.Code(o.Purpose, maxPurposeLine))
	}
	return strings.Join(lines, "\n")
}

func olderOrders(v AnswerView) string {
	if !v.More && len(v.Orders) <= MaxAnswer {
		return ""
	}
	return fmt.Sprintf("Older ones than these %d are not shown.", min(len(v.Orders), MaxAnswer))
}
