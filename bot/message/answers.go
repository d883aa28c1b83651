package message

import (
	"strings"
	"time"

	"extendbot/order"
)

// OrderLine is an order in an answer, with the link to its card.
type OrderLine struct {
	Order order.Order
	Link  string // of the card; "" if there is none or Slack does not say
}

// MaxAnswer is how many entries an answer lists. Of orders, more need not be
// read.
const MaxAnswer = 15

// ServerLine is a server in an answer, and what its last receipt says.
type ServerLine struct {
	Server order.Server
	Last   *order.Receipt // nil: none is known
}

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

// ServerList answers "list": the servers of a person, the first to expire first.
func ServerList(v AnswerView) Message {
	var lines []string
	for _, s := range v.Servers {
		lines = append(lines, serverName(s.Server))
	}
	return notice(strings.Join(lines, "\n"))
}

// OrderHistory answers "history": the latest orders of a person, or of a server.
func OrderHistory(v AnswerView) Message { return orderLines(v) }

// OrderStatus answers "status": the state of one order, or of a person's open
// orders.
func OrderStatus(v AnswerView) Message { return orderLines(v) }

// Canceled answers "cancel" after the order was canceled.
func Canceled(l OrderLine) Message { return notice(stateSentence(l.Order)) }

// WhichToCancel answers "cancel" without an id, if not exactly one order of the
// person waits for its decision.
func WhichToCancel(v AnswerView) Message { return orderLines(v) }

// AlreadyAsked answers a request that is the same as one of the same person that
// still waits for its decision. command is the name of the command.
func AlreadyAsked(l OrderLine, command string) Message {
	return notice("You already ask for this. " + stateSentence(l.Order) + command)
}

// Details shows what the receipt of an order leaves out.
func Details(v OrderView) Message {
	return threadMessage([]string{"Details of the order to extend " + serverAndTime(v.Order)}, fieldSections(receiptFields(v)...)...)
}

func orderLines(v AnswerView) Message {
	var lines []string
	for _, l := range v.Orders {
		lines = append(lines, summary(l.Order))
	}
	return notice(strings.Join(lines, "\n"))
}
