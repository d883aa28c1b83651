package message

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// decidedCard says in two lines what became of an order. The thread says the
// rest.
func decidedCard(v OrderView) Message {
	o := v.Order
	if oneClick(o) {
		return oneClickCard(v)
	}
	blocks := []slack.Block{section(cardTitle(o) + "\n" + cardLine(v))}
	if o.State == order.Expired {
		blocks = append(blocks, againButton(o))
	}
	return newMessage(decidedText(o), blocks...)
}

// oneClick reports whether an order was approved by the press on a reminder that asked for
// it, and is on its way.
func oneClick(o order.Order) bool {
	onItsWay := o.State == order.Approved && o.RetryAt.IsZero() || o.State == order.Placing
	return !o.Lease.IsZero() && onItsWay && !approvedByOthers(o)
}

// oneClickCard says who extends a server, and what that is expected to cost: nobody saw
// the order before.
func oneClickCard(v OrderView) Message {
	o := v.Order
	who := fmt.Sprintf("%s extends %s by %s", mention(o.Person.User), serverName(o.Server), o.ShortTime())
	price := firstNonEmpty(aboutIfKnown(estimatedPrice(v)), "price not known")
	return newMessage(who+" · "+price+".", section(dotted("📡 *"+who+"*", price)))
}

// decidedText describes a decided order without its card.
func decidedText(o order.Order) string {
	return fmt.Sprintf("%s asked to extend %s. %s", mention(o.Person.User), serverAndTime(o), stateSentence(o))
}

// cardTitle shows the state of a decided order at a glance.
func cardTitle(o order.Order) string {
	return fmt.Sprintf("%s %s*", cardMark(o), serverAndTime(o))
}

// cardMark returns the beginning of a title, in bold type that is still open.
func cardMark(o order.Order) string {
	switch o.State {
	case order.Approved:
		if approvedByOthers(o) {
			return "👍 *Approved: extend"
		}
		return "👍 *Confirmed: extend"
	case order.Placing:
		return "📡 *Being placed: extend"
	case order.Placed:
		switch {
		case soldOther(o):
			return "🚨 *Not as approved: extend"
		case len(mismatches(o)) > 0:
			return "❗ *Extended, please check:"
		}
		return "✅ *Extended"
	case order.Refused:
		return "❌ *Not extended:"
	case order.Unknown:
		return "❓ *Outcome unknown: extend"
	case order.NotPlaced:
		return "🚫 *Never went through: extend"
	case order.Declined:
		return "🛑 *Declined: extend"
	case order.Cancelled:
		return "🛑 *Canceled: extend"
	case order.Expired:
		return "⌛ *Expired: extend"
	default:
		return "*Extend"
	}
}

// cardLine says the rest about a decided order: who, the price, the expiry, the
// reason.
func cardLine(v OrderView) string {
	o := v.Order
	who := mention(o.Person.User)
	switch o.State {
	case order.Approved:
		return approvedLine(o)
	case order.Placing:
		return confirmed(o) + ". 0xhost has not answered yet."
	case order.Placed:
		return placedLine(v)
	case order.Refused:
		return dotted(reason(o), who, approvedBy(o))
	case order.Unknown:
		return dotted("It may have been charged; see the thread", who, approvedBy(o))
	case order.NotPlaced:
		return dotted("Nothing was charged: "+reason(o), who, approvedBy(o))
	case order.Declined:
		return declinedLine(o)
	case order.Cancelled:
		if !Withdrawn(o) {
			return dotted(nothingOrdered(o)+": "+reason(o), who)
		}
		return fmt.Sprintf("By %s. Nothing was ordered.", mention(o.DecidedBy))
	case order.Expired:
		return expiredLine(o)
	default:
		return dotted(stateLabel(o.State), who)
	}
}

// declinedLine says who asked, who said yes, and who said no.
func declinedLine(o order.Order) string {
	asked := mention(o.Person.User) + " asked, "
	if yes := saidYes(o); len(yes) > 0 {
		asked += approvers(yes, "and") + " approved, "
	}
	return fmt.Sprintf("%s%s declined%s. Nothing was ordered.", asked, mention(o.DecidedBy), declineReason(o))
}

// neededApprovals reports whether others had to approve an order, as far as it shows.
func neededApprovals(o order.Order) bool { return len(o.Approvals) > 0 || !o.RemindAt.IsZero() }

// expiredLine says that not enough people said yes in time, which is not a no.
func expiredLine(o order.Order) string {
	line := "Nobody confirmed it in time, so nothing was ordered"
	if neededApprovals(o) {
		line = "Not enough people said yes in time, so nothing was ordered"
	}
	return dotted(line, mention(o.Person.User), ticked(saidYes(o)))
}

func approvedLine(o order.Order) string {
	by := confirmed(o)
	switch {
	case o.RetryAt.IsZero():
		return by + ". It goes to 0xhost next."
	case !o.ThrottledAt.IsZero():
		return fmt.Sprintf("%s. 0xhost answered %q and may have charged it, so I check its list before I send it again.", by, tooManyRequests)
	}
	return fmt.Sprintf("%s, but not sent yet: %s. Next try: %s.", by, reason(o), timeOrDate(o.RetryAt, o.ChangedAt))
}

func placedLine(v OrderView) string {
	o, r := v.Order, receiptOf(v.Order)
	who := mention(o.Person.User)
	if soldOther(o) {
		return dotted("The thread says what differs", who, approvedBy(o))
	}
	amount, note := money(r.Amount, currencyOf(v)), ""
	switch {
	case len(mismatches(o)) > 0:
		note = "see the thread"
	case settledLater(o) && !r.Listed:
		return dotted("Settled: "+reason(o), amount, who, approvedBy(o))
	case amount == "":
		amount = "Price not stated by 0xhost"
	}
	return dotted(amount, runsUntil(r), note, who, approvedBy(o))
}

// dotted joins what is known with dots between.
func dotted(parts ...string) string {
	var known []string
	for _, part := range parts {
		if part != "" {
			known = append(known, part)
		}
	}
	return strings.Join(known, " · ")
}
