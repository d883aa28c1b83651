package message

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
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

// cardBlock is the id of the block with the card's buttons. After it come "=" and what
// the order is expected to cost, if the card says so, and then a colon and an order's id,
// if the card says that this order extended the server.
const cardBlock = "order"

func cardBlockID(o order.Order) string {
	id := cardBlock
	if cost := order.FormatAmount(o.Estimate.Amount); plainAmount.MatchString(cost) {
		id += "=" + cost
	}
	if o.ExtendedBy != "" {
		id += ":" + string(o.ExtendedBy)
	}
	return firstRunes(id, maxBlockID)
}

// plainAmount matches the amounts that a block id can contain.
var plainAmount = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{2,12}$`)

// Seen is what the card said whose button was clicked.
type Seen struct {
	ExtendedBy order.ID            // the order that extended the server meanwhile; "" if it showed none
	Estimate   decimal.NullDecimal // what the order is expected to cost; null if it did not say so
}

// In an App Home, which may have the buttons of several orders, the id of the block is
// homeBlock, the order's id, homeBlockEnd, and then the id that the block has on the card.
const (
	homeBlock    = "home="
	homeBlockEnd = "|"
)

func homeBlockID(o order.Order) string {
	return firstRunes(homeBlock+string(o.ID)+homeBlockEnd+cardBlockID(o), maxBlockID)
}

// SeenOn returns what the card said, or the App Home of the order, whose buttons are in the
// block with this id. It returns the zero value if it is no such block.
func SeenOn(blockID string) Seen {
	if owner, ok := strings.CutPrefix(blockID, homeBlock); ok {
		_, blockID, _ = strings.Cut(owner, homeBlockEnd)
	}
	cost, id, _ := strings.Cut(blockID, ":")
	cost, ok := strings.CutPrefix(cost, cardBlock)
	if !ok {
		return Seen{}
	}
	seen := Seen{ExtendedBy: order.ID(id)}
	switch amount, ok := strings.CutPrefix(cost, "="); {
	case cost == "":
	case !ok:
		return Seen{}
	case plainAmount.MatchString(amount):
		seen.Estimate = decimal.NewNullDecimal(decimal.RequireFromString(amount))
	}
	return seen
}

// OrderView is what the messages about an order are made of.
type OrderView struct {
	Order order.Order
	// Activity is what else is known about the order's server. With the zero value,
	// the card shows no other orders.
	Activity order.ServerActivity
	// Lease is what is known of the server's lease. With the zero value, the card shows no
	// expiry.
	Lease    order.Lease
	Now      time.Time
	Currency string // for amounts of orders that name none
	// AccountName is what the policy calls the account that pays; "" if nothing.
	AccountName string
	// About is what the policy says that the server is for; "" if nothing.
	About string
	// Balance is what that account has left, as far as it is known.
	Balance order.Balance

	// Ruling is what the policy says about a pending order now. With the zero value,
	// the requester confirms it.
	Ruling order.Ruling
	// Blocked is why nobody can approve a pending order as the policy is now:
	// [order.CodeBarred], [order.CodeNoApprovers] or [order.CodePriceUnknown]; "" if
	// somebody can.
	Blocked order.Code

	// Tampered is whether the order is not what the program recorded.
	Tampered bool
	// PolicyUnread is whether an approved order waits because the policy, or a group of
	// approvers, cannot be read now.
	PolicyUnread bool

	// LookupUntil is the time until which an order whose outcome is unknown is
	// looked up; zero if it is not looked up.
	LookupUntil time.Time
	// Admins are the user ids of those who may settle it.
	Admins []string
	// Candidates is what the host's list showed when people were asked.
	Candidates order.Candidates

	// Exceeded are the limits that the charge for a placed order made exceeded.
	Exceeded []order.LimitState

	// ExtendedBy is the order with which the server was extended while this one
	// waited; nil if there is none.
	ExtendedBy *order.Order
	// Command is the name of the command, such as "/extend".
	Command string
}

// Card shows the state of an order. While the order is pending the card has two
// buttons, which decide it; afterward it has neither.
func Card(v OrderView) Message {
	if v.Order.State == order.Pending {
		return pendingCard(v)
	}
	return decidedCard(v)
}

// pendingCard says what is ordered at which price and from which balance, until when the
// server then runs, and who can confirm that.
func pendingCard(v OrderView) Message {
	return newMessage(pendingText(v), section(strings.Join(pendingLines(v), "\n")), cardButtons(v))
}

func pendingLines(v OrderView) []string {
	lines := []string{askLine(v), priceLine(v), balanceWarning(v), expiryLine(v), purposeLine(v.Order)}
	lines = append(lines, otherOrders(v)...)
	lines = append(lines, approvalLines(v)...)
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// askLine says what is asked for and, if others have to approve it, by whom.
func askLine(v OrderView) string {
	o, asks := v.Order, mention(v.Order.Person.User)+" asks to extend "
	switch again := o.ExtendedBy != ""; {
	case again && v.needsApprovals():
		return fmt.Sprintf("%s\n🕒 *%sit once more, by %s*", extendedLine(v), asks, o.RentalTime())
	case again:
		return fmt.Sprintf("%s\n🕒 *Extend it once more, by %s?*", extendedLine(v), o.RentalTime())
	case v.needsApprovals():
		return fmt.Sprintf("🕒 *%s%s%s by %s*", asks, serverName(o.Server), aboutServer(v.About), o.RentalTime())
	default:
		return fmt.Sprintf("🕒 *Extend %s?*", serverAndTime(o))
	}
}

// aboutServer says to approvers, who may not know its name, what a server is for.
func aboutServer(about string) string {
	if mrkdwn.Visible(about) == "" {
		return ""
	}
	return " (" + mrkdwn.Code(about, maxAbout) + ")"
}

// needsApprovals reports whether a rule of the policy matches the order, so that
// more is needed than that the requester confirms it.
func (v OrderView) needsApprovals() bool { return len(v.Ruling.Rules) > 0 }

// pendingText describes a pending card in one sentence. It mentions the approvers,
// so that Slack notifies them when the card appears.
func pendingText(v OrderView) string {
	o := v.Order
	text := fmt.Sprintf("%s asks to extend %s%s", mention(o.Person.User), serverAndTime(o), forPrice(v))
	if o.ExtendedBy != "" {
		text += ", although it was already extended"
	}
	text += "."
	if warning := balanceWarning(v); warning != "" {
		text += " " + warning
	}
	if !v.needsApprovals() && v.Blocked == "" {
		return fmt.Sprintf("%s It can be confirmed until %s.", text, timeOrDate(o.Deadline, v.Now))
	}
	return text + " " + strings.Join(approvalLines(v), " ")
}

// purposeLine quotes why the requester asks, if they said so.
func purposeLine(o order.Order) string {
	if mrkdwn.Visible(o.Purpose) == "" {
		return ""
	}
	return "Because " + mrkdwn.Code(o.Purpose, maxWhy)
}

// cardButtons returns the card's buttons: Approve and Decline, or Confirm and
// Cancel if no approval is needed. If the server was already extended, Slack asks
// again before it sends the click.
func cardButtons(v OrderView) *slack.ActionBlock {
	o := v.Order
	name, id := mrkdwn.Plain(o.Server.Label(), 20), string(o.ID)
	yes, no := "Confirm", "Cancel"
	if v.needsApprovals() {
		yes, no = "Approve", "Decline"
	}
	confirm := button(ActionConfirm, id, yes+" "+o.ShortTime(), fmt.Sprintf("%s: extend %s by %s", yes, name, o.RentalTime()), slack.StylePrimary)
	if o.ExtendedBy != "" {
		confirm.Confirm = extendedDialog(v, name, yes)
	}
	return slack.NewActionBlock(cardBlockID(o), confirm,
		button(ActionCancel, id, no, fmt.Sprintf("%s: do not extend %s", no, name), slack.StyleDefault))
}

// againButton asks for the same once more.
func againButton(o order.Order) slack.Block {
	return slack.NewActionBlock("", button(ActionAgain, string(o.ID), "Ask again",
		fmt.Sprintf("Ask again: extend %s by %s", mrkdwn.Plain(o.Server.Label(), 20), o.RentalTime()), slack.StyleDefault))
}
