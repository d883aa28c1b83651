package message

import (
	"fmt"

	"extendbot/order"
)

// CardOnItsWay tells the requester that Slack has not accepted the card yet.
func CardOnItsWay(o order.Order) Message {
	return notice(fmt.Sprintf("The card for %s, %s, is on its way: Slack has not accepted it yet. I keep trying until %s. Nothing is ordered before you confirm it there.",
		serverName(o.Server), o.Hours, date(o.Deadline)))
}

// Waiting says in the thread that an approved order waits for 0xhost, and why.
func Waiting(v OrderView) Message {
	o := v.Order
	what := fmt.Sprintf("the order to extend %s by %s", serverName(o.Server), o.Hours)
	switch {
	case o.State == order.Approved && !o.ThrottledAt.IsZero():
		return notice(fmt.Sprintf("⏳ Waiting for 0xhost: it answered %s with \"too many requests\". "+
			"It may have gone through all the same, so I look at 0xhost's list of orders before I send it again. The outcome follows here.", what))
	case o.State == order.Approved && o.Attempts > 0:
		return notice(fmt.Sprintf("⏳ Waiting for 0xhost: %s could not be sent yet (%s). I keep trying until %s.",
			what, reason(o), date(o.FirstTry.Add(order.PlaceWindow))))
	case o.State == order.Approved:
		return notice(fmt.Sprintf("⏳ Waiting: %s was not sent to 0xhost yet. The outcome follows here.", what))
	default:
		return notice(fmt.Sprintf("⏳ Waiting for 0xhost: it has not answered %s yet. The outcome follows here.", what))
	}
}

// Ended tells the requester that their order ended undecided or canceled, if the
// card, which says so otherwise, cannot be changed.
func Ended(o order.Order) Message { return notice(cardText(o)) }

// Superseded replaces the thread message that the outcome of an order is
// unknown, after it was settled.
func Superseded(o order.Order) Message {
	outcome := "it went through"
	if o.State == order.NotPlaced {
		outcome = "it never went through"
	}
	return notice(fmt.Sprintf("The outcome of the order to extend %s by %s was unknown. It is settled now: %s. See below.",
		serverName(o.Server), o.Hours, outcome))
}
