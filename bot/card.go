package bot

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

// CardView is what a card and the messages in its thread are made of.
type CardView struct {
	Order    order.Order
	Standing order.ServerActivity
	Now      time.Time
	Currency string // of sums whose receipt names none

	// LookUntil is until when an order whose outcome is unknown is looked up;
	// zero: it is not. Admins are the user ids of those who may settle it.
	LookUntil time.Time
	Admins    []string

	// Look is what the host's list showed when people were asked.
	Look order.Candidates
}

// Card shows an order as it stands. As long as it is pending it has the two
// buttons, afterwards none.
func Card(v CardView) Message {
	o := v.Order
	blocks := []slack.Block{header(cardTitle(o))}
	if o.State != order.Pending {
		blocks = append(blocks, section(cardLine(o)))
	}
	blocks = append(blocks, facts(cardFacts(v)...)...)
	if also := alsoLine(v); also != "" {
		blocks = append(blocks, section(also))
	}
	if o.State == order.Pending {
		blocks = append(blocks, cardButtons(o))
	}
	blocks = append(blocks, footnotes(cardNotes(v)...))
	return newMessage(cardText(o), blocks...)
}

// cardText is the card in one or two sentences.
func cardText(o order.Order) string {
	if o.State == order.Pending {
		return fmt.Sprintf("%s asks to extend %s by %s; it can be confirmed until %s.",
			mention(o.Person.User), serverName(o.Server), o.Hours, date(o.Deadline))
	}
	return fmt.Sprintf("%s asked to extend %s by %s. %s", mention(o.Person.User), serverName(o.Server), o.Hours, cardLine(o))
}

// cardTitle tells the states apart at a glance.
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
		if len(mismatches(o)) > 0 {
			return fmt.Sprintf("🚨 Not as approved: extend %s by %s", name, hours)
		}
		return fmt.Sprintf("✅ Extended %s by %s", name, hours)
	case order.Refused:
		return fmt.Sprintf("❌ Did not go through: extend %s by %s", name, hours)
	case order.Unknown:
		return fmt.Sprintf("❓ Outcome unknown: extend %s by %s", name, hours)
	case order.NotPlaced:
		return fmt.Sprintf("🚫 Never went through: extend %s by %s", name, hours)
	case order.Cancelled:
		return fmt.Sprintf("🛑 Cancelled: extend %s by %s", name, hours)
	case order.Expired:
		return fmt.Sprintf("⌛ Expired: extend %s by %s", name, hours)
	default:
		return fmt.Sprintf("Extend %s by %s", name, hours)
	}
}

// cardLine says where a decided order stands and where to read on.
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

func cardFacts(v CardView) []fact {
	o := v.Order
	list := []fact{
		{"Server", serverFull(o.Server)},
		{"Hours", o.Hours.String()},
		{"Asked by", mention(o.Person.User)},
		{"0xhost account that pays", Code(o.Account, maxName)},
	}
	switch o.State {
	case order.Pending:
		list = append(list, fact{"Can be confirmed until", date(o.Deadline)})
		return append(list, prospects(v)...)
	case order.Approved, order.Placing:
		return append(list, prospects(v)...)
	case order.Placed:
		r := receiptOf(o)
		return append(list, fact{"Amount", money(r.Amount, currencyOf(v))}, fact{"Runs until", dateIfKnown(r.ExpiresAt)})
	default:
		return list
	}
}

// cardButtons carries what is at stake on the button itself.
func cardButtons(o order.Order) slack.Block {
	name, id := plain(o.Server.Label(), 20), string(o.ID)
	hours := strings.TrimSpace(strings.Split(o.Hours.String(), "(")[0])
	return slack.NewActionBlock("",
		button(ActionConfirm, id, "Confirm "+hours, fmt.Sprintf("Confirm: extend %s by %s", name, o.Hours), slack.StylePrimary),
		button(ActionCancel, id, "Cancel", fmt.Sprintf("Cancel: do not extend %s", name), slack.StyleDanger))
}

func cardNotes(v CardView) []string {
	o := v.Order
	id := "Order " + Code(string(o.ID), maxName)
	if o.State != order.Pending {
		return []string{id}
	}
	notes := []string{fmt.Sprintf("Only %s can confirm or cancel. Nothing is ordered before that.", mention(o.Person.User))}
	if len(prospects(v)) > 0 {
		notes = append(notes, "Expiry and price follow from the last receipt of this server; 0xhost has the last word.")
	}
	return append(notes, id)
}
