package message

import (
	"fmt"

	"extendbot/order"
)

// CardOnItsWay tells the requester that Slack has not accepted the card yet.
func CardOnItsWay(o order.Order) Message {
	return notice(fmt.Sprintf("The card for %s is on its way: Slack has not accepted it yet. I keep trying until %s. Nothing is ordered before you confirm it there.",
		serverAndTime(o), timeOrDate(o.Deadline, o.CreatedAt)))
}

// tooManyRequests is the host's answer 429.
const tooManyRequests = "too many requests"

// Waiting says in the thread that an approved order waits, mostly for 0xhost, and why; or
// that it is not sent.
func Waiting(v OrderView) Message {
	o := v.Order
	begin := fmt.Sprintf("⏳ Waiting for 0xhost to extend %s", serverAndTime(o))
	switch {
	case v.Tampered:
		return neverSent(o)
	case v.PolicyUnread:
		return notice(fmt.Sprintf("⏳ I cannot read the rules for who must approve right now, so I have not extended %s yet. I keep trying until %s.",
			serverAndTime(o), timeOrDate(o.DecidedAt.Add(order.ApprovalTTL), v.Now)))
	case o.State == order.Approved && !o.ThrottledAt.IsZero():
		return notice(fmt.Sprintf("%s. It answered %q and may have charged it, so I check its list before I send the order again.", begin, tooManyRequests))
	case o.State == order.Approved && o.Attempts > 0:
		return notice(fmt.Sprintf("%s. The order could not be sent yet: %s. I keep trying until %s.", begin, reason(o),
			timeOrDate(o.FirstTry.Add(order.PlaceWindow), v.Now)))
	case o.State == order.Approved:
		return notice(begin + ". The order was not sent yet.")
	default:
		return notice(begin + ". It has not answered yet.")
	}
}

// Ended tells the requester that their order ended undecided or canceled, if the
// card, which says so otherwise, cannot be changed.
func Ended(o order.Order) Message { return notice(decidedText(o)) }

// Superseded replaces the thread message that the outcome of an order is
// unknown, after it was settled.
func Superseded(o order.Order) Message {
	outcome := "went through"
	if o.State == order.NotPlaced {
		outcome = "never went through"
	}
	return notice(fmt.Sprintf("Settled: the order to extend %s %s. See below.", serverAndTime(o), outcome))
}
