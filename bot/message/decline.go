package message

import (
	"fmt"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// The names of what asks an approver why they declined. The private_metadata of the
// modal is the order's id.
const (
	CallbackDeclineReason = "decline_reason"       // the modal
	ActionDeclineReason   = "order_decline_reason" // opens it, if it did not open on the press
	// BlockReason is the id of a modal's only input, and of its block.
	BlockReason = "reason"
)

// declineReason quotes why an order was declined, after a colon, or returns "" if
// that is not known.
func declineReason(o order.Order) string {
	if mrkdwn.Visible(o.DeclineReason) == "" {
		return ""
	}
	return ": " + mrkdwn.Code(o.DeclineReason, order.MaxDeclineReason)
}

// DeclineModal asks the person who declined an order why.
//
// https://docs.slack.dev/surfaces/modals
func DeclineModal(o order.Order) slack.ModalViewRequest {
	return reasonModal(o, CallbackDeclineReason, "Declined",
		fmt.Sprintf("You declined to extend %s. Nothing is ordered. Why? Your reason goes into the thread.", serverAndTime(o)),
		"Post the reason", "No reason")
}

// OfferDeclineModal tells the person who declined an order so, and offers the modal,
// which could not be opened.
func OfferDeclineModal(o order.Order) Message {
	m := notice(fmt.Sprintf("You declined to extend %s for %s. If you want to say why, it goes into the thread.", serverAndTime(o), mention(o.Person.User)))
	m.Blocks = append(m.Blocks, slack.NewActionBlock("", button(ActionDeclineReason, string(o.ID), "Say why",
		fmt.Sprintf("Say why you declined to extend %s", mrkdwn.Plain(o.Server.Label(), 20)), slack.StyleDefault)))
	return m
}

// DeclineReason says in the thread why an order was declined.
func DeclineReason(o order.Order) Message {
	return notice(fmt.Sprintf("🛑 Why %s declined to extend %s%s.", mention(o.DecidedBy), serverAndTime(o), declineReason(o)))
}

// reasonModal is a modal with one sentence and an input for a reason.
func reasonModal(o order.Order, callback, title, text, submit, leave string) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(nil, BlockReason)
	input.Multiline, input.MaxLength = true, order.MaxDeclineReason
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback, PrivateMetadata: string(o.ID),
		Title:  plainText(title, maxModalTitle),
		Submit: plainText(submit, maxModalTitle),
		Close:  plainText(leave, maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section(text),
			slack.NewInputBlock(BlockReason, plainText("Reason", maxModalTitle), nil, input),
		}},
	}
}

// ReasonMissing says in a modal that its input is empty.
const ReasonMissing = "Write at least one word."

// ReasonProblem says in a modal why a reason was not taken.
func ReasonProblem(err error) string {
	switch order.CodeOf(err) {
	case order.CodeUnavailable, order.CodeInternal:
		return "I cannot record anything right now. Try again in a minute."
	case order.CodeConflict:
		return "Somebody was faster, or you gave a reason already."
	case order.CodeOwnOrder:
		return "You asked for this order, so another admin has to settle it."
	case order.CodeNotAdmin:
		return "Only an admin of this bot may settle this."
	default:
		return "You cannot give a reason for this order."
	}
}
