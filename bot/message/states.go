package message

import (
	"fmt"
	"strings"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// stateLabel names a state in a few words.
func stateLabel(s order.State) string {
	switch s {
	case order.Pending:
		return "waiting for a decision"
	case order.Approved:
		return "confirmed"
	case order.Placing:
		return "being placed"
	case order.Placed:
		return "placed"
	case order.Refused:
		return "did not go through"
	case order.Unknown:
		return "outcome unknown"
	case order.NotPlaced:
		return "never went through"
	case order.Declined:
		return "declined"
	case order.Cancelled:
		return "canceled"
	case order.Expired:
		return "expired"
	default:
		return mrkdwn.Code(string(s), maxName)
	}
}

// stateSentence describes the state of an order, called "it".
func stateSentence(o order.Order) string {
	switch o.State {
	case order.Pending:
		return fmt.Sprintf("It can be confirmed until %s.", timeOrDate(o.Deadline, o.CreatedAt))
	case order.Approved:
		return approvedSentence(o)
	case order.Placing:
		return fmt.Sprintf("It was %s and is being placed at 0xhost right now.", confirmedBy(o))
	case order.Placed:
		return placedSentence(o)
	case order.Refused:
		return fmt.Sprintf("It did not go through, and nothing was charged: %s.", reason(o))
	case order.Unknown:
		return fmt.Sprintf("Its outcome is unknown (%s): %s may or may not have been spent.", reason(o), atStake(o, ""))
	case order.NotPlaced:
		return fmt.Sprintf("It never went through, and nothing was charged: %s.", reason(o))
	case order.Declined:
		return fmt.Sprintf("It was declined by %s%s. Nothing was ordered.", mention(o.DecidedBy), declineReason(o))
	case order.Cancelled:
		if !Withdrawn(o) {
			return fmt.Sprintf("It was withdrawn: %s. %s.", reason(o), nothingOrdered(o))
		}
		return fmt.Sprintf("It was canceled by %s. Nothing was ordered.", mention(o.DecidedBy))
	case order.Expired:
		who := "nobody confirmed it"
		if neededApprovals(o) {
			who = "not enough people said yes"
		}
		return fmt.Sprintf("It expired, because %s by %s. Nothing was ordered.", who, date(o.Deadline))
	default:
		return fmt.Sprintf("Its state is %s.", stateLabel(o.State))
	}
}

// nothingOrdered says that an order which the program canceled bought nothing, if that
// is known.
func nothingOrdered(o order.Order) string {
	if o.Attempts > 0 { // somebody made it pending again
		return "It may have been ordered before"
	}
	return "Nothing was ordered"
}

// Withdrawn reports whether a person canceled the order. What the program cancels has
// a reason.
func Withdrawn(o order.Order) bool {
	return o.State == order.Cancelled && o.DecidedBy != "" && !o.Voided()
}

func approvedSentence(o order.Order) string {
	switch {
	case o.RetryAt.IsZero():
		return fmt.Sprintf("It was %s and is sent to 0xhost next.", confirmedBy(o))
	case !o.ThrottledAt.IsZero():
		return fmt.Sprintf("It was %s. 0xhost answered %q (%s) and may have charged it, so its list is checked before it is sent again.",
			confirmedBy(o), tooManyRequests, reason(o))
	}
	return fmt.Sprintf("It was %s, but could not be sent to 0xhost yet (%s). Next try: %s.", confirmedBy(o), reason(o), date(o.RetryAt))
}

func placedSentence(o order.Order) string {
	switch {
	case soldOther(o):
		return "It went through, but *not as it was approved*; the thread says what differs."
	case len(mismatches(o)) > 0:
		return "It went through, but *the receipt is not as expected*; the thread says why."
	}
	r := receiptOf(o)
	text := "It went through"
	if amount := money(r.Amount, r.Currency); amount != "" {
		text += " for " + amount
	}
	if until := runsUntil(r); until != "" {
		text += ", and the server " + until
	}
	if settledLater(o) {
		text += "; this was found out later: " + reason(o)
	}
	return text + "."
}

// reason quotes why an order is in its state. It may be a text of the host or of
// a person, so only the reason of a canceled order can be a code.
func reason(o order.Order) string {
	if code, ok := strings.CutPrefix(o.Reason, cardRefused); ok && o.State == order.Cancelled {
		return mrkdwn.Code(fmt.Sprintf("its card could not be posted (%s)", code), maxReason)
	}
	if mrkdwn.Visible(o.Reason) == "" {
		return "no reason was given"
	}
	return mrkdwn.Code(o.Reason, maxReason)
}

// settledLater reports whether a person or the host's list settled that an order
// was placed. Only then does a placed order have a reason.
func settledLater(o order.Order) bool { return o.State == order.Placed && o.Reason != "" }

// receiptOf returns the receipt of an order, or an empty one.
func receiptOf(o order.Order) order.Receipt {
	if o.Receipt == nil {
		return order.Receipt{}
	}
	return *o.Receipt
}
