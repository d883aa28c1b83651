package message

import (
	"fmt"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// How people, servers, orders, times and amounts are written, in mrkdwn.

const (
	maxName   = 80  // a server's name or a value from the host
	maxReason = 500 // a reason, which may be the host's message
	maxWhy    = 250 // why an order was asked for
)

var (
	slackUser    = regexp.MustCompile(`^[UW][A-Z0-9]{1,20}$`)
	slackChannel = regexp.MustCompile(`^[CG][A-Z0-9]{1,20}$`)
	currencyCode = regexp.MustCompile(`^(\p{L}{1,5}|\p{Sc})$`)
)

// IsUser reports whether an id is that of a Slack user, and not of a user group.
func IsUser(id string) bool { return slackUser.MatchString(id) }

// mention names a person. Only what has the shape of a user id becomes a
// mention; any other name, such as that of an operator, is shown as it is.
func mention(user string) string {
	switch {
	case slackUser.MatchString(user):
		return "<@" + user + ">"
	case user == "":
		return "someone"
	case user == order.Bot:
		return order.Bot
	default:
		return mrkdwn.Code(user, maxName)
	}
}

// channelName names a channel. For a direct message, or an id that is not a
// channel's, it returns "this conversation".
func channelName(channel string) string {
	if slackChannel.MatchString(channel) {
		return "<#" + channel + ">"
	}
	return "this conversation"
}

// date shows a time in the reader's own time zone, or in UTC if the reader's
// client cannot do that.
//
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
func date(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 2006 15:04 UTC"))
}

// nearby is how far away a time is at most if it is shown without its date. Its
// date is then clear in any time zone.
const nearby = 12 * time.Hour

// timeOrDate shows a time near now without its date, and any other as [date]
// does.
func timeOrDate(t, now time.Time) string {
	if t.IsZero() || t.Sub(now).Abs() >= nearby {
		return date(t)
	}
	return fmt.Sprintf("<!date^%d^{time}|%s>", t.Unix(), t.UTC().Format("15:04 UTC"))
}

// dateIfKnown returns "" for the zero time.
func dateIfKnown(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return date(t)
}

// serverName returns the name that people know a server by.
func serverName(s order.Server) string { return mrkdwn.Code(s.Label(), maxName) }

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// firstLetterUp begins a text with a capital letter.
func firstLetterUp(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// serverAndTime names what is ordered: "`web-1` by 3 days (72 h)".
func serverAndTime(o order.Order) string { return serverName(o.Server) + " by " + o.RentalTime() }

// codeIfKnown returns a text from outside as code, or "" if it is empty.
func codeIfKnown(s string) string {
	if mrkdwn.Visible(s) == "" {
		return ""
	}
	return mrkdwn.Code(s, maxName)
}

// orderLink returns the id of an order, linked to its card. If the link is not
// known, or is not one that Slack writes, it returns the id alone.
func orderLink(id order.ID, link string) string {
	if linked := mrkdwn.Link(link, string(id)); linked != "" {
		return linked
	}
	return mrkdwn.Code(string(id), maxName)
}

// money writes an amount as [order.FormatAmount] does, with its currency.
func money(d decimal.NullDecimal, currency string) string {
	sum := order.FormatAmount(d)
	switch {
	case sum == "", currency == "":
		return sum
	case currencyCode.MatchString(currency):
		return sum + " " + currency
	default:
		return sum + " " + mrkdwn.Code(currency, maxName)
	}
}
