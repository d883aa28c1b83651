package message

import (
	"fmt"
	"strings"

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
	case order.Cancelled:
		return "canceled"
	case order.Expired:
		return "expired"
	default:
		return Code(string(s), maxName)
	}
}

// stateSentence describes the state of an order, called "it": who brought it
// there and why.
func stateSentence(o order.Order) string {
	switch o.State {
	case order.Pending:
		return fmt.Sprintf("It can be confirmed until %s.", date(o.Deadline))
	case order.Approved:
		return approvedSentence(o)
	case order.Placing:
		return fmt.Sprintf("It was %s and is being placed at 0xhost right now.", confirmed(o))
	case order.Placed:
		return placedSentence(o)
	case order.Refused:
		return fmt.Sprintf("It was %s but did not go through: %s.", confirmed(o), reason(o))
	case order.Unknown:
		return fmt.Sprintf("It was %s, but its outcome is unknown (%s): the money may or may not have been spent.", confirmed(o), reason(o))
	case order.NotPlaced:
		return fmt.Sprintf("It was %s but never went through, and no money was spent on it: %s.", confirmed(o), reason(o))
	case order.Cancelled:
		return cancelledSentence(o)
	case order.Expired:
		return fmt.Sprintf("It expired, because nobody confirmed it in time (until %s). Nothing was ordered.", date(o.Deadline))
	default:
		return fmt.Sprintf("Its state is %s.", stateLabel(o.State))
	}
}

func approvedSentence(o order.Order) string {
	switch {
	case o.RetryAt.IsZero():
		return fmt.Sprintf("It was %s and will be placed next.", confirmed(o))
	case !o.ThrottledAt.IsZero():
		return fmt.Sprintf("It was %s. 0xhost answered \"too many requests\" (%s), and may have charged all the same."+
			" It is sent again only after 0xhost's list of orders has shown that nothing was ordered.", confirmed(o), reason(o))
	}
	return fmt.Sprintf("It was %s. Nothing was sent to 0xhost yet (%s). Next try: %s.", confirmed(o), reason(o), date(o.RetryAt))
}

func placedSentence(o order.Order) string {
	switch {
	case settledLater(o):
		return fmt.Sprintf("It was %s and went through, as I found out later: %s.", confirmed(o), reason(o))
	case soldOther(o):
		return fmt.Sprintf("It was %s and went through, but *not as it was approved*.", confirmed(o))
	case len(mismatches(o)) > 0:
		return fmt.Sprintf("It was %s and went through, but *the receipt is not as expected*.", confirmed(o))
	default:
		return fmt.Sprintf("It was %s and went through.", confirmed(o))
	}
}

func cancelledSentence(o order.Order) string {
	if o.DecidedBy == "" {
		return fmt.Sprintf("It was withdrawn: %s. Nothing was ordered.", reason(o))
	}
	return fmt.Sprintf("It was canceled by %s (%s). Nothing was ordered.", mention(o.DecidedBy), date(o.DecidedAt))
}

func confirmed(o order.Order) string {
	return fmt.Sprintf("confirmed by %s (%s)", mention(o.DecidedBy), date(o.DecidedAt))
}

// reason quotes why an order is in its state. It may be a text of the host or of
// a person, so only the reason of a canceled order can be a code.
func reason(o order.Order) string {
	if code, ok := strings.CutPrefix(o.Reason, cardRefused); ok && o.State == order.Cancelled {
		return Code(fmt.Sprintf("its card could not be posted (%s)", code), maxReason)
	}
	if Visible(o.Reason) == "" {
		return "no reason was given"
	}
	return Code(o.Reason, maxReason)
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
