package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// The actions of a card's buttons. The value of each is the order's id.
const (
	ActionConfirm = "order_confirm"
	ActionCancel  = "order_cancel"
)

// The actions of the buttons of thread messages. The value of each is the
// order's id.
const (
	ActionDetails = "order_details" // shows the rest of a receipt privately
	ActionAgain   = "order_again"   // asks for the same once more
)

// cardBlock is the id of the block with the card's buttons. A colon and an
// order's id follow if the card says that this order extended the server.
const cardBlock = "order"

func cardBlockID(o order.Order) string {
	if o.ExtendedBy == "" {
		return cardBlock
	}
	return cardBlock + ":" + string(o.ExtendedBy)
}

// SeenOn returns which order, according to the card whose buttons are in the
// block with this id, extended the server; "" if it shows none or is no such
// block.
func SeenOn(blockID string) order.ID {
	id, _ := strings.CutPrefix(blockID, cardBlock+":")
	if id == blockID {
		return ""
	}
	return order.ID(id)
}

// OrderView is what the messages about an order are made of.
type OrderView struct {
	Order order.Order
	// Activity is what else is known about the order's server. With the zero value,
	// the card shows no estimate and no other orders.
	Activity order.ServerActivity
	Now      time.Time
	Currency string // for amounts whose receipt names none

	// LookupUntil is the time until which an order whose outcome is unknown is
	// looked up; zero if it is not looked up.
	LookupUntil time.Time
	// Admins are the user ids of those who may settle it.
	Admins []string
	// Candidates is what the host's list showed when people were asked.
	Candidates order.Candidates

	// ExtendedBy is the order with which the server was extended while this one
	// waited; nil if there is none.
	ExtendedBy *order.Order
	// Command is the name of the command, such as "/extend".
	Command string
}

// Card shows the state of an order. While the order is pending the card has two
// buttons, afterward none.
func Card(v OrderView) Message {
	o := v.Order
	blocks := []slack.Block{header(cardTitle(o))}
	if o.State != order.Pending {
		blocks = append(blocks, section(cardLine(o)))
	}
	blocks = append(blocks, fieldSections(cardFields(v)...)...)
	if also := otherOrders(v); also != "" {
		blocks = append(blocks, section(also))
	}
	if o.State == order.Pending {
		blocks = append(blocks, cardButtons(o))
	}
	blocks = append(blocks, footnotes(cardFootnotes(v)...))
	return newMessage(cardText(o), blocks...)
}

// cardText describes the card in one or two sentences.
func cardText(o order.Order) string {
	if o.State == order.Pending {
		return fmt.Sprintf("%s asks to extend %s by %s; it can be confirmed until %s.",
			mention(o.Person.User), serverName(o.Server), o.Hours, date(o.Deadline))
	}
	return fmt.Sprintf("%s asked to extend %s by %s. %s", mention(o.Person.User), serverName(o.Server), o.Hours, cardLine(o))
}

// cardTitle returns a title that shows the state at a glance.
func cardTitle(o order.Order) string {
	name, hours := plain(o.Server.Label(), maxName), o.Hours
	switch o.State {
	case order.Pending:
		return fmt.Sprintf("🕒 Extend %s by %s?", name, hours)
	case order.Approved:
		return fmt.Sprintf("👍 Confirmed: extend %s by %s", name, hours)
	case order.Placing:
		return fmt.Sprintf("📡 Being placed: extend %s by %s", name, hours)
	case order.Placed:
		switch {
		case soldOther(o):
			return fmt.Sprintf("🚨 Not as approved: extend %s by %s", name, hours)
		case len(mismatches(o)) > 0:
			return fmt.Sprintf("❗ Extended, please check: %s by %s", name, hours)
		}
		return fmt.Sprintf("✅ Extended %s by %s", name, hours)
	case order.Refused:
		return fmt.Sprintf("❌ Did not go through: extend %s by %s", name, hours)
	case order.Unknown:
		return fmt.Sprintf("❓ Outcome unknown: extend %s by %s", name, hours)
	case order.NotPlaced:
		return fmt.Sprintf("🚫 Never went through: extend %s by %s", name, hours)
	case order.Cancelled:
		return fmt.Sprintf("🛑 Canceled: extend %s by %s", name, hours)
	case order.Expired:
		return fmt.Sprintf("⌛ Expired: extend %s by %s", name, hours)
	default:
		return fmt.Sprintf("Extend %s by %s", name, hours)
	}
}

// cardLine describes a decided order and where to read more.
func cardLine(o order.Order) string {
	line := stateSentence(o)
	switch o.State {
	case order.Placed:
		if settledLater(o) && !receiptOf(o).Listed {
			return line
		}
		return line + " The receipt is in the thread."
	case order.Unknown:
		return line + " The thread says what to do."
	case order.Expired:
		return line + fmt.Sprintf(" To ask again: %s", Code(fmt.Sprintf("/extend %s %d", o.Server.Label(), int(o.Hours)), 2*maxName))
	default:
		return line
	}
}

func cardFields(v OrderView) []field {
	o := v.Order
	list := []field{
		{"Server", serverFull(o.Server)},
		{"Hours", o.Hours.String()},
		{"Asked by", mention(o.Person.User)},
		{"0xhost account that pays", Code(o.Account, maxName)},
	}
	switch o.State {
	case order.Pending:
		list = append(list, field{"Can be confirmed until", date(o.Deadline)})
		return append(list, estimate(v)...)
	case order.Approved, order.Placing:
		return append(list, estimate(v)...)
	case order.Placed:
		r := receiptOf(o)
		return append(list, field{"Amount", money(r.Amount, currencyOf(v))}, field{"Runs until", dateIfKnown(r.ExpiresAt)})
	default:
		return list
	}
}

// cardButtons returns the card's buttons. The Confirm button names the hours.
func cardButtons(o order.Order) slack.Block {
	name, id := plain(o.Server.Label(), 20), string(o.ID)
	return slack.NewActionBlock(cardBlockID(o),
		button(ActionConfirm, id, "Confirm "+o.Hours.Short(), fmt.Sprintf("Confirm: extend %s by %s", name, o.Hours), slack.StylePrimary),
		button(ActionCancel, id, "Cancel", fmt.Sprintf("Cancel: do not extend %s", name), slack.StyleDanger))
}

func cardFootnotes(v OrderView) []string {
	o := v.Order
	id := "Order " + Code(string(o.ID), maxName)
	if o.State != order.Pending {
		return []string{id}
	}
	notes := []string{fmt.Sprintf("Only %s can confirm or cancel. Nothing is ordered before that.", mention(o.Person.User))}
	if len(estimate(v)) > 0 {
		notes = append(notes, "Expiry and price are estimated from the last receipt of this server; 0xhost decides.")
	}
	return append(notes, id)
}
