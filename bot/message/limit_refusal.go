package message

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// limitRefusal is for an order that a limit of the policy stops: at the request, or at
// the press that would have been the last one. It says which limit, what is left of it,
// when enough is free again, and what would fit now.
func limitRefusal(a RefusalView, e order.Error) Message {
	if e.Limit == nil {
		return notice(limitProblem(a, e))
	}
	server, fits := firstNonEmpty(a.Order.Server.Label(), a.Server), e.Limit.Fits(a.Order)
	if fits < 1 || server == "" {
		return notice(limitProblem(a, e))
	}
	word := wordTry
	if a.Click { // the order that was asked for still waits
		word = wordLess
	}
	return suggest(a.Command, limitProblem(a, e), word, []string{asking(server, shortTime(fits))})
}

// limitProblem says which limit stops an order, what is left of it, and when enough is
// free again.
func limitProblem(a RefusalView, e order.Error) string {
	if e.Limit == nil {
		return "That is over a limit of the rules right now."
	}
	s := *e.Limit
	limit, left := limitText(s.Limit, a.currency()), a.left(s)
	if s.FreeAt.IsZero() {
		return fmt.Sprintf("That alone%s is more than the limit of %s. %s.", a.price(s, ", ", ","), limit, left)
	}
	text := fmt.Sprintf("That is over the limit of %s%s. %s, and enough is free from %s", limit, a.price(s, ": it costs ", ""), left, date(freeFrom(s)))
	switch {
	case !a.Click:
	case freeFrom(s).Before(a.Order.Deadline):
		text += ": press again then"
	default:
		text += ", after this expires"
	}
	return text + "."
}

// freeFrom returns when enough is free, rounded up to a minute: people read no seconds, and
// press at the minute that they read.
func freeFrom(s order.LimitState) time.Time {
	return s.FreeAt.Add(time.Minute - 1).Truncate(time.Minute)
}

// currency returns the currency of what the order costs.
func (a RefusalView) currency() string { return firstNonEmpty(a.Order.Currency, a.Currency) }

// price returns what the order is expected to cost, between two texts, if that is known
// and counts against the limit.
func (a RefusalView) price(s order.LimitState, before, after string) string {
	price := money(a.Order.Estimate.Amount, a.currency())
	if price == "" || s.Hours > 0 {
		return ""
	}
	return before + "about " + price + after
}

// left says what a limit leaves.
func (a RefusalView) left(s order.LimitState) string {
	left, are := "nothing", "is"
	switch hours, amount := s.LeftHours(), s.LeftAmount(); {
	case hours > 1:
		left, are = hours.Short(), "are"
	case hours == 1:
		left = hours.Short()
	case s.Hours == 0 && amount.IsPositive():
		left = money(decimal.NewNullDecimal(amount), a.currency())
	}
	switch who := a.Order.Person; {
	case s.Per != order.PerPerson || who.User == "":
		return firstLetterUp(left) + " " + are + " left"
	case who == a.Person:
		return fmt.Sprintf("Of that, you have %s left", left)
	default:
		return fmt.Sprintf("Of that, %s has %s left", mention(who.User), left)
	}
}

// shortTime writes hours as people type them: "2d", "40h".
func shortTime(h order.Hours) string {
	if h%24 == 0 {
		return fmt.Sprintf("%dd", h/24)
	}
	return fmt.Sprintf("%dh", h)
}

// limitText describes a limit: "240 hours within 24 hours for each person".
func limitText(l order.Limit, currency string) string {
	most := l.Hours.Short()
	if l.Amount.Valid {
		most = money(l.Amount, currency)
	}
	return fmt.Sprintf("%s within %s %s", most, l.Period(), perText(l.Per))
}

// perText says whose orders count together against a limit.
func perText(per order.LimitPer) string {
	switch per {
	case order.PerPerson, order.PerServer, order.PerAccount:
		return "for each " + string(per)
	case order.PerAll:
		return "for all together"
	default:
		return "for each " + mrkdwn.Code(string(per), maxName)
	}
}

// exceededLines says which limits the charge for an order made exceeded, and until when
// the next orders under them are refused.
func exceededLines(v OrderView) []string {
	var lines []string
	for _, s := range v.Exceeded {
		line := fmt.Sprintf("⚠️ The limit of %s is exceeded: the next orders under it are refused", limitText(s.Limit, currencyOf(v)))
		if !s.FreeAt.IsZero() {
			line += " until " + date(freeFrom(s))
		}
		lines = append(lines, line+".")
	}
	return lines
}

// priceUnknownRefusal is for an order whose price a limit or a rule needs, although
// nobody knows it or could approve it all the same.
func priceUnknownRefusal(a RefusalView) Message {
	price, than := "The price", "the requester"
	if server := firstNonEmpty(a.Order.Server.Label(), a.Server); server != "" {
		price += " of " + mrkdwn.Code(server, maxName)
	}
	switch who := a.Order.Person; {
	case who == a.Person:
		than = "you"
	case who.User != "":
		than = mention(who.User)
	}
	help := "Ask"
	if a.Order.Estimate.From == order.PriceUnread {
		help = "Try again in a minute, or ask"
	}
	return notice(fmt.Sprintf("%s is not known%s. Only an admin other than %s could approve that, and there is none. %s the person who runs this bot to put a price into the policy file.",
		price, whyNoPrice(a.Order), than, help))
}

// repricedRefusal is for a press on a card or a reminder that showed a lower price than the one that
// is expected now.
func repricedRefusal(a RefusalView) Message {
	now, then, where := money(a.Order.Estimate.Amount, a.currency()), money(a.SeenEstimate, a.currency()), "card"
	if !a.Lease.IsZero() {
		where = "reminder"
	}
	if now == "" || then == "" {
		return notice(fmt.Sprintf("The price is higher now. Look at the %s, and press again if that is fine.", where))
	}
	return notice(fmt.Sprintf("The price is about %s now, not %s. The %s shows it now: press again if that is fine.", now, then, where))
}
