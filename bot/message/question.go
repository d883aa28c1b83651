package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// The action ids of a question's buttons. The value of each is the order's id.
const (
	ActionSettlePlaced    = "order_settle_placed"
	ActionSettleNotPlaced = "order_settle_not_placed"
)

// maxAdmins is how many admins a question mentions.
const maxAdmins = 5

// Question asks people what happened to an order whose outcome is unknown. It
// has two buttons if there are admins who may click them.
func Question(v OrderView) Message {
	o := v.Order
	look := fmt.Sprintf("Please look at 0xhost for this order, sent about %s. It is never sent again.", timeOrDate(sentTime(o), v.Now))
	if seen := lookupText(v.Candidates); seen != "" {
		look += " " + seen
	}
	lines := []string{fmt.Sprintf("❓ *Was %s extended by %s?*", serverName(o.Server), o.RentalTime()), look}
	blocks := []slack.Block{footnotes(dotted("Server "+mrkdwn.Code(o.Server.ID, maxName), "account "+accountName(v), "order "+mrkdwn.Code(string(o.ID), maxName), aboutIfKnown(estimatedPrice(v))))}
	if len(v.Admins) == 0 {
		lines = append(lines, howToSettle(o))
	} else {
		lines = append(lines, fmt.Sprintf("%s: choose what happened. The answer is final.", mentions(v.Admins)))
		blocks = append(blocks, questionButtons(o))
	}
	return threadMessage(lines, blocks...).warned(v)
}

// sentTime returns about when the order was sent, or its approval time if that
// is not known.
func sentTime(o order.Order) time.Time {
	if o.FirstTry.IsZero() {
		return o.ChangedAt
	}
	return o.FirstTry
}

// questionButtons ask once more before the answer, because it is final: one opens a
// modal, the other a confirmation dialog.
func questionButtons(o order.Order) slack.Block {
	name, id := mrkdwn.Plain(o.Server.Label(), 20), string(o.ID)
	yes := button(ActionSettlePlaced, id, "It went through", fmt.Sprintf("It went through: %s was extended", name), slack.StylePrimary)
	no := button(ActionSettleNotPlaced, id, "It did not", fmt.Sprintf("It did not go through: %s was not extended", name), slack.StyleDanger)
	no.Confirm = dialog("Did it not go through?",
		fmt.Sprintf("You saw at 0xhost that %s was not extended by %s. This cannot be undone, and the server can then be extended again.", name, o.RentalTime()), "It did not")
	return slack.NewActionBlock("", yes, no)
}

// QuestionAnswered replaces a question after the outcome is settled.
func QuestionAnswered(o order.Order) Message {
	return notice(fmt.Sprintf("The order to extend %s is settled. %s", serverAndTime(o), stateSentence(o)))
}

// QuestionRepeated replaces a question that was asked again.
func QuestionRepeated(o order.Order) Message {
	return notice(fmt.Sprintf("It is still unknown whether the order to extend %s went through. I asked again below.", serverAndTime(o)))
}

// FindingRefused says in the thread that what a person found out did not settle an
// unknown outcome, and why.
func FindingRefused(v OrderView) Message {
	o := v.Order
	found := "did not go through"
	if o.Finding.Placed {
		found = "went through"
	}
	return notice(fmt.Sprintf("⚠️ %s says that the order to extend %s %s. That does not settle it: %s. Look again, then choose in the question.",
		mention(o.Finding.By), serverAndTime(o), found, mrkdwn.Code(o.Finding.Refused, maxReason))).warned(v)
}

// mentions mentions at most maxAdmins people.
func mentions(users []string) string {
	var names []string
	for _, user := range users[:min(len(users), maxAdmins)] {
		names = append(names, mention(user))
	}
	return strings.Join(names, ", ")
}

// NotPlacedByHand is the reason that is stored when the button of a question says that
// an order never went through.
const NotPlacedByHand = "looked up at 0xhost by hand: it did not go through"

// CallbackSettlePlaced names the modal that asks how a person knows that an order was
// placed. Its private_metadata is the order's id.
const CallbackSettlePlaced = "settle_placed"

// SettleModal asks the person who says that an order was placed how they know.
func SettleModal(o order.Order) slack.ModalViewRequest {
	return reasonModal(o, CallbackSettlePlaced, "It went through",
		fmt.Sprintf("You saw at 0xhost that %s was extended by %s. This cannot be undone. How do you know?", serverName(o.Server), o.RentalTime()),
		"It went through", "Not now")
}

// FindingRecorded tells a person that their answer about an unknown outcome was
// recorded, and what follows.
func FindingRecorded() Message {
	return notice("Recorded. I look at 0xhost's list once more, and the thread says the result.")
}

// ModalNotOpened tells a person that Slack did not open the modal that asks for their
// reason.
func ModalNotOpened() Message {
	return notice("Slack did not open the form for your reason. Press the button again.")
}

// maxCandidates is how many of the host's orders are named.
const maxCandidates = 5

// lookupText describes what 0xhost's list showed about an order whose outcome is
// unknown. It returns "" if the order was not looked up.
func lookupText(l order.Candidates) string {
	ids := candidates(l.IDs)
	switch l.Match {
	case order.MatchNone:
		return "Its list shows no new order like this."
	case order.MatchOne:
		return fmt.Sprintf("By now its list shows one that matches: %s.", ids)
	case order.MatchSeveral:
		return fmt.Sprintf("Its list shows %d that match: %s.", len(l.IDs), ids)
	case order.MatchDoubtful:
		return fmt.Sprintf("Its list shows one that matches, but it may be another one: %s.", ids)
	case order.MatchPartialList:
		return "Its list is incomplete or contradicts itself, so this order may be missing from it." + fitting(ids)
	case order.MatchNoBaseline:
		return "What its list contained before was not recorded, so an older order cannot be told from this one." + fitting(ids)
	case order.MatchNoList:
		return "Its list cannot be read at the moment."
	default:
		return ""
	}
}

// fitting names the orders that match, although they prove nothing.
func fitting(ids string) string {
	if ids == "" {
		return ""
	}
	return fmt.Sprintf(" These match: %s.", ids)
}

// candidates names at most maxCandidates of the host's orders and counts the
// rest.
func candidates(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxCandidates)] {
		names = append(names, mrkdwn.Code(id, maxName))
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
