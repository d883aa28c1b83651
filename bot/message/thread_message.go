package message

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// ThreadMessage returns the thread message for an order's state: the receipt,
// the refusal, that its outcome is unknown, that it never went through, who declined
// it, or why the program canceled it. It returns false for a state that needs no thread message.
func ThreadMessage(v OrderView) (Message, bool) {
	m, ok := outcomeMessage(v)
	return m.warned(v), ok
}

func outcomeMessage(v OrderView) (Message, bool) {
	switch v.Order.State {
	case order.Placed:
		return receiptMessage(v), true
	case order.Refused:
		return refusedMessage(v.Order), true
	case order.Unknown:
		return unknownMessage(v), true
	case order.NotPlaced:
		return notPlacedMessage(v.Order), true
	case order.Declined:
		return declinedMessage(v.Order), true
	case order.Cancelled:
		return voidedMessage(v.Order), v.Order.Voided()
	default:
		return Message{}, false
	}
}

// threadMessage returns a message that can be read without the card: its text,
// and what follows.
func threadMessage(lines []string, more ...slack.Block) Message {
	text := strings.Join(lines, "\n")
	return newMessage(text, append([]slack.Block{section(text)}, more...)...)
}

func refusedMessage(o order.Order) Message {
	return threadMessage([]string{
		fmt.Sprintf("❌ *%s: %s was not extended by %s.*", mention(o.Person.User), serverName(o.Server), o.RentalTime()),
		fmt.Sprintf("Nothing was charged: %s.", reason(o)),
	}, againButton(o))
}

func declinedMessage(o order.Order) Message {
	return threadMessage([]string{
		fmt.Sprintf("🛑 *%s: %s declined to extend %s.* Nothing was ordered.", mention(o.Person.User), mention(o.DecidedBy), serverAndTime(o)),
	})
}

// voidedMessage offers no "Ask again", because what was asked for may have been
// changed in the database.
func voidedMessage(o order.Order) Message {
	return threadMessage([]string{
		fmt.Sprintf("🚨 *%s: the order to extend %s was canceled.*", mention(o.Person.User), serverAndTime(o)),
		fmt.Sprintf("%s: %s.", nothingOrdered(o), reason(o)),
	})
}

// unknownMessage names the shell commands that settle the order only if nobody
// can do so in Slack, and nothing else will ask for it.
func unknownMessage(v OrderView) Message {
	o := v.Order
	name := serverName(o.Server)
	next, how := "I ask here what happened.", ""
	switch {
	case v.LookupUntil.After(v.Now):
		next = fmt.Sprintf("I look for it at 0xhost until %s, then I ask here.", timeOrDate(v.LookupUntil, v.Now))
	case len(v.Admins) == 0:
		next, how = "", howToSettle(o)
	}
	lines := []string{
		fmt.Sprintf("❓ *%s: it is not known whether %s was extended by %s.*", mention(o.Person.User), name, o.RentalTime()),
		fmt.Sprintf("%s may or may not have been spent: %s. The order is not sent again.", firstLetterUp(atStake(o, v.Currency)), reason(o)),
		strings.TrimSpace(fmt.Sprintf("%s No new order for %s is accepted until this is settled.", next, name)),
	}
	if how != "" {
		lines = append(lines, how)
	}
	return threadMessage(lines, footnotes("Order "+mrkdwn.Code(string(o.ID), maxName)))
}

// evidence says who settled an unknown outcome, and why.
func evidence(o order.Order) string {
	switch o.SettledBy {
	case "", order.Bot:
		return fmt.Sprintf("The evidence: %s.", reason(o))
	case o.Person.User: // already mentioned
		return fmt.Sprintf("They settled it: %s.", reason(o))
	default:
		return fmt.Sprintf("%s settled it: %s.", mention(o.SettledBy), reason(o))
	}
}

func notPlacedMessage(o order.Order) Message {
	return threadMessage([]string{
		fmt.Sprintf("🚫 *%s: the order to extend %s never went through.*", mention(o.Person.User), serverAndTime(o)),
		"Nothing was charged. " + evidence(o),
	}, againButton(o))
}

// tellOperator says what to do about an order that is not what the program recorded.
func tellOperator(o order.Order) string {
	return fmt.Sprintf("Tell the person who runs this bot: order %s does not match its authenticated history.", mrkdwn.Code(string(o.ID), maxName))
}

// neverSent says that an order which is not what the program recorded waits for nothing.
func neverSent(o order.Order) Message {
	again := ""
	if o.Attempts > 0 {
		again = " again"
	}
	return notice("🚨 *This order was changed in the database, not by me, so I do not send it"+again+".*", tellOperator(o))
}

// warned puts in front of a message about an order that the order is not what the program
// recorded, if so.
func (m Message) warned(v OrderView) Message {
	if !v.Tampered {
		return m
	}
	text := "🚨 *This order was changed in the database, not by me, so what I say about it here may be wrong.* " + tellOperator(v.Order)
	return newMessage(text+"\n"+m.Text, slices.Concat([]slack.Block{section(text)}, m.Blocks)...)
}

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
