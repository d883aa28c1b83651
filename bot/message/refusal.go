package message

import (
	"errors"
	"fmt"
	"strings"

	"extendbot/order"
)

// RefusalView is what a refusal can refer to, as far as it is known. With the
// zero value, the text names nothing.
type RefusalView struct {
	Person  order.Person
	Server  string         // as typed in the command
	Time    string         // the rental time of the command in its normal form, such as "3 days"; "" if none was read
	Click   bool           // it answers a click, not a command
	Command string         // the name of the command, such as "/extend"
	Order   order.Order    // whose button was clicked, if known
	Link    string         // to the card of the order that the error is about, else of Order; "" if not known
	Servers []order.Server // what the person may extend; none: any server by its id
	Limit   order.Hours    // the most that one order may buy; 0 if not known
	Admins  []string       // who may settle an unknown outcome, if known
}

// unchanged returns a sentence about what did not happen.
func (a RefusalView) unchanged() string {
	if a.Click {
		return "Your click changed nothing."
	}
	return "Nothing was ordered."
}

// Refusal turns an error into a message for the person who asked: what was wrong
// and what to do about it. It never shows internal details of an error. For an
// error without a code, it apologizes.
func Refusal(err error, a RefusalView) Message {
	if usage, ok := errors.AsType[*UsageError](err); ok {
		return usageRefusal(usage, a)
	}
	detail := order.Error{}
	if e, ok := errors.AsType[*order.Error](err); ok {
		detail = *e
	}
	switch order.CodeOf(err) {
	case order.CodeStranger:
		return notListedRefusal(a)
	case order.CodeNotYours:
		return notYoursRefusal(a, detail)
	case order.CodeNotAdmin:
		return notAdminRefusal(a, detail)
	case order.CodeUnknownServer:
		return unknownServerRefusal(a, detail)
	case order.CodeBadHours:
		return notice(hoursRange(a.Limit)+" Nothing was ordered.", usageLine(a.Servers, a.Limit))
	case order.CodeServerHeld:
		return serverHeldRefusal(a, detail)
	case order.CodeDuplicate:
		return aboutOrder("I already have this request, so I did not record it again.", a, detail)
	case order.CodeDecided:
		return aboutOrder("This order is already decided, so your click changed nothing.", a, detail)
	case order.CodeClaimed:
		return aboutOrder("That 0xhost order already belongs to another order. "+a.unchanged(), a, detail)
	case order.CodeConflict:
		if orderIn(a, detail).SettledBy != "" {
			return aboutOrder("This order is settled already, so your click changed nothing.", a, detail)
		}
		return aboutOrder("Someone else was faster. "+a.unchanged()+" Please check the card again.", a, detail)
	case order.CodeNotFound:
		return notice("I do not know this order, so your click changed nothing. To extend a server, use the command again.", usageLine(a.Servers, a.Limit))
	case order.CodeUnavailable:
		return notice("Sorry, I cannot check or record anything at the moment. " + a.unchanged() + " Please try again in a minute.")
	default:
		return notice("Sorry, something went wrong on my side. " + a.unchanged() + " Please try again; if it happens again, tell the person who runs this bot.")
	}
}

func notListedRefusal(a RefusalView) Message {
	return notice(notListed + " " + a.unchanged() + " " + howToBeListed(a.Person))
}

const notListed = "You are not on the list of people who may extend servers."

// howToBeListed includes the user id, because the list identifies people by it.
func howToBeListed(p order.Person) string {
	if p.User == "" {
		return "Ask the person who runs this bot to add you."
	}
	return fmt.Sprintf("If you should be, give your Slack user id %s to the person who runs this bot.", Code(p.User, maxName))
}

func notYoursRefusal(a RefusalView, e order.Error) Message {
	o := orderIn(a, e)
	switch {
	case o.ID == "":
		return notice("You may not decide this order. " + a.unchanged())
	case o.Person == a.Person:
		return notice(fmt.Sprintf("The rules changed since you asked: you may no longer extend %s with this account. %s Ask the person who runs this bot.", serverName(o.Server), a.unchanged()))
	default:
		return notice(fmt.Sprintf("Only %s, who asked for it, may confirm or cancel this order. %s", mention(o.Person.User), a.unchanged()))
	}
}

func notAdminRefusal(a RefusalView, e order.Error) Message {
	text := "Only an admin of this bot may settle an order. " + a.unchanged()
	if len(a.Admins) > 0 {
		text += fmt.Sprintf(" You can ask %s.", mentions(a.Admins))
	}
	if o := orderIn(a, e); o.ID != "" {
		return notice(text, howToSettle(o))
	}
	return notice(text)
}

// maxSuggestions is how many names are suggested.
const maxSuggestions = 3

func unknownServerRefusal(a RefusalView, e order.Error) Message {
	text := fmt.Sprintf("I know no server %s that you may extend.", Code(a.Server, maxArg))
	if a.Server == "" {
		text = "I know no such server that you may extend."
	}
	lines := []string{text, usageLine(a.Servers, a.Limit)}
	switch {
	case len(e.Near) > 0:
		var names []string
		for _, name := range e.Near[:min(len(e.Near), maxSuggestions)] {
			names = append(names, Code(name, maxName))
		}
		lines[0] += " Did you mean " + strings.Join(names, " or ") + "?"
	case len(a.Servers) > 0:
		lines = append(lines, serverLine(a.Servers))
	case a.Server != "": // they may extend any server, so this is not an id
		lines[0] = Code(a.Server, maxArg) + " is not the id of a server: an id has 1 to 64 letters, digits and hyphens."
	}
	lines[0] += " " + a.unchanged()
	return notice(lines...)
}

func hoursRange(limit order.Hours) string {
	if limit < 1 {
		return "That is not a number of hours that I can order."
	}
	return fmt.Sprintf("An order is for at least 1 hour and at most %s.", limit)
}

func serverHeldRefusal(a RefusalView, e order.Error) Message {
	if e.Order == nil {
		return notice("Another order for this server has to be settled first. " + a.unchanged())
	}
	o := *e.Order
	lines := []string{
		fmt.Sprintf("Another order for %s has to be settled first. %s", serverName(o.Server), a.unchanged()),
		fmt.Sprintf("The other order is %s: %s", Code(string(o.ID), maxName), summary(o)),
	}
	if o.State == order.Unknown {
		return notice(append(lines, howToSettle(o))...)
	}
	return notice(append(lines, "Please try again in a moment.")...)
}

// aboutOrder appends to text the order that an error is about, and its state.
func aboutOrder(text string, a RefusalView, e order.Error) Message {
	o := orderIn(a, e)
	if o.ID == "" {
		return notice(text)
	}
	return notice(text, summary(o))
}

// orderIn returns the order that an error is about, or else the one whose button
// was clicked.
func orderIn(a RefusalView, e order.Error) order.Order {
	if e.Order != nil {
		return *e.Order
	}
	return a.Order
}

// summary describes an order in two sentences: what it is and its state.
func summary(o order.Order) string {
	return fmt.Sprintf("%s asked (%s) to extend %s by %s. %s",
		mention(o.Person.User), date(o.CreatedAt), serverName(o.Server), o.Hours, stateSentence(o))
}

// howToSettle says who can settle an unknown outcome, and how. Each command runs
// as it is pasted into a shell, so it contains nothing to fill in.
func howToSettle(o order.Order) string {
	command := func(outcome string) string {
		return Code(fmt.Sprintf("extendbot orders settle %s %s", o.ID, outcome), maxCommand)
	}
	return fmt.Sprintf("The person who runs this bot can settle it: check at 0xhost whether it went through. If it did, run %s, and otherwise %s.",
		command("--placed --why 'seen at 0xhost'"), command("--not-placed --why 'not at 0xhost'"))
}

// maxCommand is more than the length of the commands, so that they are never cut.
const maxCommand = 200

// Busy says that the bot is too busy to handle the request.
func Busy() Message {
	return notice("I am too busy right now, so this changed nothing. Please try again in a moment.")
}

// Unreadable answers a command or a click that could not be read.
func Unreadable() Message {
	return notice("I could not read what Slack sent me, so this changed nothing. Please try again; if it happens again, tell the person who runs this bot.")
}

// Foreign answers a person from a workspace that this bot does not serve.
func Foreign() Message {
	return notice("I only take orders from people of the workspace that I was set up for. This changed nothing.")
}

// Outsider answers a click by a person of another organization, in a channel that
// Slack Connect shares with it.
func Outsider() Message {
	return notice("Only people of this workspace can use these buttons. Your click changed nothing.")
}
