package bot

import (
	"errors"
	"fmt"
	"strings"

	"extendbot/order"
)

// Asked is what somebody asked for when it was refused, as far as it is known.
// The zero value leads to words that name nothing.
type Asked struct {
	Person  order.Person
	Server  string         // as they named it, for a command
	Order   order.Order    // the one whose button they pressed; zero for a command
	Servers []order.Server // what they may extend, if that is known
	Limit   order.Hours    // the most that one order may buy; 0: not told
	Admins  []string       // who may settle an unknown outcome, if that is known
}

// click says whether a button was pressed.
func (a Asked) click() bool { return a.Order.ID != "" }

// unchanged ends a refusal: what did not happen.
func (a Asked) unchanged() string {
	if a.click() {
		return "Your click changed nothing."
	}
	return "Nothing was ordered."
}

// Refusal turns an error into words for the person who asked: what was wrong
// and what to do about it. It never repeats what an error says of the inside
// of the program; an error without a code becomes an apology.
func Refusal(err error, a Asked) Message {
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return notice(usage.say()+" Nothing was ordered.", usageLine(usage.Limit))
	}
	detail := order.Error{}
	if e, ok := errors.AsType[*order.Error](err); ok {
		detail = *e
	}
	switch order.CodeOf(err) {
	case order.CodeStranger:
		return stranger(a)
	case order.CodeNotYours:
		return notYours(a, detail)
	case order.CodeNotAdmin:
		return notAdmin(a, detail)
	case order.CodeUnknownServer:
		return unknownServer(a, detail)
	case order.CodeBadHours:
		return notice(badHours(a.Limit)+" Nothing was ordered.", usageLine(a.Limit))
	case order.CodeServerHeld:
		return serverHeld(a, detail)
	case order.CodeDuplicate:
		return known("I have this request already, and it is not recorded twice.", a, detail)
	case order.CodeDecided:
		return known("This order is already decided, so your click changed nothing.", a, detail)
	case order.CodeClaimed:
		return known("That order of 0xhost belongs to another order already. "+a.unchanged(), a, detail)
	case order.CodeConflict:
		if inTheWay(a, detail).SettledBy != "" {
			return known("This order is settled already, so your click changed nothing.", a, detail)
		}
		return known("Somebody else was faster. "+a.unchanged()+" Please look at the card again.", a, detail)
	case order.CodeNotFound:
		return notice("I do not know this order, so your click changed nothing. To extend a server, use the command again.", usageLine(a.Limit))
	case order.CodeUnavailable:
		return notice("Sorry, I cannot check or record anything at the moment. " + a.unchanged() + " Please try again in a minute.")
	default:
		return notice("Sorry, something went wrong on my side. " + a.unchanged() + " Please try again; if it happens again, tell whoever maintains this bot.")
	}
}

func stranger(a Asked) Message {
	return notice(notListed + " " + a.unchanged() + " " + howToBeListed(a.Person))
}

const notListed = "You are not on the list of people who may extend servers."

// howToBeListed has the user id, because the list knows people by nothing else.
func howToBeListed(p order.Person) string {
	if p.User == "" {
		return "Ask whoever maintains this bot to add you."
	}
	return fmt.Sprintf("If you should be, give your Slack user id %s to whoever maintains this bot.", Code(p.User, maxName))
}

func notYours(a Asked, e order.Error) Message {
	o := inTheWay(a, e)
	switch {
	case o.ID == "":
		return notice("You may not decide this order. " + a.unchanged())
	case o.Person == a.Person:
		return notice(fmt.Sprintf("The rules changed since you asked: you may no longer extend %s with this account. %s Ask whoever maintains this bot.", serverName(o.Server), a.unchanged()))
	default:
		return notice(fmt.Sprintf("Only %s, who asked for it, may confirm or cancel this order. %s", mention(o.Person.User), a.unchanged()))
	}
}

func notAdmin(a Asked, e order.Error) Message {
	text := "Only an admin of this bot may settle an order. " + a.unchanged()
	if len(a.Admins) > 0 {
		text += fmt.Sprintf(" You can ask %s.", mentions(a.Admins))
	}
	if o := inTheWay(a, e); o.ID != "" {
		return notice(text, howToSettle(o))
	}
	return notice(text)
}

// maxNear is how many names are suggested.
const maxNear = 3

func unknownServer(a Asked, e order.Error) Message {
	text := fmt.Sprintf("I know no server %s that you may extend.", Code(a.Server, maxArg))
	if a.Server == "" {
		text = "I know no such server that you may extend."
	}
	lines := []string{text, usageLine(a.Limit)}
	switch {
	case len(e.Near) > 0:
		var names []string
		for _, name := range e.Near[:min(len(e.Near), maxNear)] {
			names = append(names, Code(name, maxName))
		}
		lines[0] += " Did you mean " + strings.Join(names, " or ") + "?"
	case a.Servers != nil:
		lines = append(lines, serverLine(a.Servers))
	}
	lines[0] += " Nothing was ordered."
	return notice(lines...)
}

func badHours(limit order.Hours) string {
	if limit < 1 {
		return "That is not a number of hours that I can order."
	}
	return fmt.Sprintf("An order is for at least 1 hour and at most %s.", limit)
}

func serverHeld(a Asked, e order.Error) Message {
	if e.Order == nil {
		return notice("Another order for this server has to be settled first. " + a.unchanged())
	}
	o := *e.Order
	lines := []string{
		fmt.Sprintf("Another order for %s has to be settled first. %s", serverName(o.Server), a.unchanged()),
		fmt.Sprintf("In the way is order %s: %s", Code(string(o.ID), maxName), told(o)),
	}
	if o.State == order.Unknown {
		return notice(append(lines, howToSettle(o))...)
	}
	return notice(append(lines, "That takes a moment. Please try again then.")...)
}

// known says where an order stands that was met again.
func known(text string, a Asked, e order.Error) Message {
	o := inTheWay(a, e)
	if o.ID == "" {
		return notice(text)
	}
	return notice(text, told(o))
}

// inTheWay is the order that an error speaks of, or else the one whose button
// was pressed.
func inTheWay(a Asked, e order.Error) order.Order {
	if e.Order != nil {
		return *e.Order
	}
	return a.Order
}

// told is an order in two sentences: what it is and where it stands.
func told(o order.Order) string {
	return fmt.Sprintf("%s asked (%s) to extend %s by %s. %s",
		mention(o.Person.User), date(o.CreatedAt), serverName(o.Server), o.Hours, stateSentence(o))
}

// howToSettle says who can end an unknown outcome, and how.
func howToSettle(o order.Order) string {
	return fmt.Sprintf("Whoever maintains this bot can settle it: check at 0xhost whether it went through, then run %s.",
		Code("extendbot orders settle "+string(o.ID), 2*maxName))
}

// Busy says that there was no room for an envelope.
func Busy() Message {
	return notice("I have too much to do right now, so this changed nothing. Please try again in a moment.")
}

// Foreign answers somebody from a workspace that this bot does not serve.
func Foreign() Message {
	return notice("I only take orders from people of the workspace that I was set up for. This changed nothing.")
}
