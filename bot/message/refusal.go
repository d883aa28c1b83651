package message

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// RefusalView is what a refusal can refer to, as far as it is known. With the
// zero value, the text names nothing.
type RefusalView struct {
	Person  order.Person
	Server  string // as typed in the command
	Click   bool   // it answers a click, not a command
	Command string // the name of the command, such as "/extend"
	// Retype returns what was typed in its normal form, but for another server and
	// without the name of the command. nil: that is not known.
	Retype func(server string) string
	// Order is the order whose button was clicked, or that was not recorded because of a
	// limit, if known.
	Order order.Order
	// SeenEstimate is what it is expected to cost according to the card, or the button of a
	// reminder, that was clicked.
	SeenEstimate decimal.NullDecimal
	// Lease is the end of the lease that the reminder was about whose button was clicked;
	// zero for any other click.
	Lease    time.Time
	Currency string         // for amounts of orders that name none
	Link     string         // to the card of the order that the error is about, else of Order; "" if not known
	Servers  []order.Server // what the person may extend; none: any server by its id
	Limit    order.Hours    // the most that one order may buy; 0 if not known
	Admins   []string       // who may settle an unknown outcome, if known
}

// Refusal turns an error into a message for the person who asked: what was wrong
// and the nearest thing that works. It never shows internal details of an error.
func Refusal(err error, a RefusalView) Message {
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return usageRefusal(usage, a)
	}
	e := order.Error{Code: order.CodeOf(err)}
	if coded, ok := errors.AsType[*order.Error](err); ok {
		e = *coded
	}
	switch e.Code {
	case order.CodeStranger:
		return notice(notListed + " " + howToBeListed(a.Person))
	case order.CodeUnknownServer:
		return unknownServerRefusal(a, e)
	case order.CodeBadHours, order.CodeNoExpiry, order.CodeRunsLonger:
		return timeRefusal(a, e)
	case order.CodeUnavailable:
		return notice("I cannot check or record anything right now" + a.consequence() + ". Try again in a minute.")
	case order.CodeInternal, order.CodeIllegal:
		return brokenRefusal(a)
	default:
		return orderRefusal(a, e)
	}
}

// consequence says that a click had none, where people could think otherwise.
func (a RefusalView) consequence() string {
	if a.Click {
		return ", so your click changed nothing"
	}
	return ""
}

func brokenRefusal(a RefusalView) Message {
	return notice("Something went wrong on my side" + a.consequence() + ". Try again; if it happens again, tell the person who runs this bot.")
}

const notListed = "You are not on the list of people who may extend servers."

// howToBeListed includes the user id, because the list identifies people by it.
func howToBeListed(p order.Person) string {
	if p.User == "" {
		return "Ask the person who runs this bot to add you."
	}
	return fmt.Sprintf("Ask the person who runs this bot to add you: %s.", mrkdwn.Code(p.User, maxName))
}

func unknownServerRefusal(a RefusalView, e order.Error) Message {
	if a.Server == "" || !a.Lease.IsZero() {
		return mayNotUseRefusal(a)
	}
	text := fmt.Sprintf("I know no server %s that you may extend.", mrkdwn.Code(a.Server, maxArg))
	switch {
	case len(e.Near) > 0:
		return a.otherServer(text, wordMean, e.Near)
	case len(a.Servers) > maxTries:
		return withFormButton(suggest(a.Command, text, wordTry, []string{"list"}), Fill{})
	case len(a.Servers) > 0:
		var names []string
		for _, s := range a.Servers {
			names = append(names, s.Label())
		}
		return a.otherServer(text, wordYours, names)
	default: // they may extend any server, so this is not an id
		return notice(mrkdwn.Code(a.Server, maxArg) + " is not the id of a server: an id has 1 to 64 letters, digits and hyphens.")
	}
}

// otherServer suggests what was asked for with other servers, or only names them if it is not
// known what that was.
func (a RefusalView) otherServer(problem, word string, names []string) Message {
	if a.Retype == nil {
		var codes []string
		for _, name := range names[:min(len(names), maxTries)] {
			codes = append(codes, mrkdwn.Code(name, maxName))
		}
		list := strings.Join(codes, " or ") + endOf(word)
		if word == wordMean {
			word = strings.TrimSuffix(word, ":")
		}
		return notice(problem + " " + word + " " + list)
	}
	var texts []string
	for _, name := range names {
		texts = append(texts, a.Retype(name))
	}
	return suggest(a.Command, problem, word, texts)
}

// mayNotUseRefusal is for a click. Only the requester is told about which server.
func mayNotUseRefusal(a RefusalView) Message {
	if a.Order.ID == "" || a.Order.Person != a.Person {
		return notice("You may not extend this server.")
	}
	return notice(fmt.Sprintf("You may no longer extend %s. Ask the person who runs this bot.", serverName(a.Order.Server)))
}

// timeRefusal is for a rental time that cannot be ordered.
func timeRefusal(a RefusalView, e order.Error) Message {
	server := "the server"
	if a.Server != "" {
		server = mrkdwn.Code(a.Server, maxArg)
	}
	limit := a.Limit
	if e.MaxHours > 0 {
		limit = e.MaxHours
	}
	text, works := timeProblem(server, limit, e)
	if a.Server == "" || works == "" {
		return notice(text)
	}
	return suggest(a.Command, text, wordTry, []string{asking(a.Server, works)})
}

// timeProblem returns what is wrong with a rental time for a server, and one that
// works, or "".
func timeProblem(server string, limit order.Hours, e order.Error) (text, works string) {
	switch {
	case e.Code == order.CodeNoExpiry:
		return fmt.Sprintf("I do not know when %s expires, so `until` does not work for it.", server), exampleTime(limit)
	case e.Code == order.CodeRunsLonger && e.Expiry.IsZero():
		return fmt.Sprintf("As far as I know, %s runs at least until then.", server), exampleTime(limit)
	case e.Code == order.CodeRunsLonger:
		return fmt.Sprintf("As far as I know, %s runs until %s already.", server, date(e.Expiry)), exampleTime(limit)
	case limit < 1:
		return "That is not a number of hours that I can order.", ""
	case e.Expiry.IsZero():
		return fmt.Sprintf("One order is for at most %s.", limit), exampleTime(limit)
	default:
		last := e.Expiry.Add(time.Duration(limit) * time.Hour)
		return fmt.Sprintf("One order is for at most %s. For %s that is until %s.", limit, server, date(last)), inDays(limit)
	}
}

// Busy says that the bot is too busy to handle the request.
func Busy() Message {
	return notice("I am too busy right now, so this changed nothing. Try again in a moment.")
}

// Unreadable answers a command or a click that could not be read.
func Unreadable() Message {
	return notice("I could not read what Slack sent me, so this changed nothing. Try again; if it happens again, tell the person who runs this bot.")
}

// Foreign answers a person from a workspace that this bot does not serve.
func Foreign() Message {
	return notice("I only take orders from people of the workspace that I was set up for.")
}

// Outsider answers a click by a person of another organization, in a channel that
// Slack Connect shares with it.
func Outsider() Message {
	return notice("Only people of this workspace can use these buttons.")
}
