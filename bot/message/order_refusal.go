package message

import (
	"fmt"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// orderRefusal is for errors that concern an order.
func orderRefusal(a RefusalView, e order.Error) Message {
	o := orderIn(a, e)
	switch e.Code {
	case order.CodeNotYours:
		return notYoursRefusal(a, o)
	case order.CodeNotApprover, order.CodeApproved, order.CodeBarred, order.CodeNoApprovers, order.CodeNeedsChannel, order.CodeGroupUnread:
		return approvalRefusal(a, o, e)
	case order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion:
		return unverifiedRefusal(a, o, e.Code)
	case order.CodeNotAdmin:
		return notAdminRefusal(a)
	case order.CodeOwnOrder:
		return ownOrderRefusal(a)
	case order.CodeServerHeld:
		return serverHeldRefusal(a, e)
	case order.CodeExtended:
		return extendedRefusal(a, e)
	case order.CodeOverLimit:
		return limitRefusal(a, e)
	case order.CodePriceUnknown:
		return priceUnknownRefusal(a)
	case order.CodeRepriced:
		return repricedRefusal(a)
	case order.CodeLeaseTaken:
		return leaseTakenRefusal(a, e)
	case order.CodeLeaseOver:
		return leaseOverRefusal(a, e)
	case order.CodeAsked:
		if o.ID == "" {
			return notice("You already asked for this.")
		}
		return AlreadyAsked(OrderLine{Order: o, Link: a.Link}, a.Command)
	case order.CodeDuplicate:
		return withState("I already have this request.", o)
	case order.CodeDecided:
		return withState("This order is already decided.", o)
	case order.CodeClaimed:
		return claimedRefusal(a, e)
	case order.CodeConflict:
		if o.SettledBy != "" {
			return withState("This order is settled already.", o)
		}
		return notice("Someone else was faster. Look at the message again.")
	case order.CodeNotFound:
		return notice(fmt.Sprintf("I do not know this order%s. %s lists yours.", a.consequence(), commandText(a.Command, "history")))
	default:
		return brokenRefusal(a)
	}
}

func notYoursRefusal(a RefusalView, o order.Order) Message {
	switch {
	case o.ID == "":
		return notice("You may not decide this order.")
	case o.Person == a.Person:
		return suggest(a.Command, "The rules changed since you asked, so this card no longer counts.", wordAgain, []string{again(o)})
	default:
		return notice(fmt.Sprintf("Only %s, who asked, may confirm or cancel this order.", mention(o.Person.User)))
	}
}

func notAdminRefusal(a RefusalView) Message {
	return notice(fmt.Sprintf("Only an admin of this bot may settle this: ask %s.", a.admins()))
}

// admins names who may settle an unknown outcome.
func (a RefusalView) admins() string {
	if len(a.Admins) == 0 {
		return "the person who runs this bot"
	}
	return mentions(a.Admins)
}

func claimedRefusal(a RefusalView, e order.Error) Message {
	if e.Order == nil {
		return notice("That 0xhost order already belongs to another order.")
	}
	return notice(fmt.Sprintf("That 0xhost order already belongs to %s.", orderLink(e.Order.ID, a.Link)))
}

func serverHeldRefusal(a RefusalView, e order.Error) Message {
	if e.Order == nil {
		return notice("Another order for this server has to be settled first.")
	}
	other := *e.Order
	id := orderLink(other.ID, a.Link)
	if other.State == order.Unknown {
		return notice(fmt.Sprintf("Another order for %s has to be settled first: %s. Ask %s.", serverName(other.Server), id, a.admins()))
	}
	return notice(fmt.Sprintf("Another order for %s is being placed: %s. Try again in a moment.", serverName(other.Server), id))
}

// extendedRefusal tells a person who confirmed an order that another order
// extended the server meanwhile. After that, they can confirm it.
func extendedRefusal(a RefusalView, e order.Error) Message {
	if e.Order == nil || a.Order.ID == "" {
		return notice("The server was extended meanwhile. Press the button again if you want more.")
	}
	other := *e.Order
	who := mention(other.Person.User)
	if other.Person == a.Person {
		who = "You"
	}
	text := fmt.Sprintf("%s extended %s at %s", who, serverAndTime(other), timeOrDate(other.ChangedAt, a.Order.CreatedAt))
	if at := receiptOf(other).ExpiresAt; !at.IsZero() {
		text += ", until " + date(at)
	}
	press := "Confirm"
	if a.Order.Person != a.Person { // an approver
		press = "Approve"
	}
	return notice(fmt.Sprintf("%s. Press %s again if you want %s more.", text, press, a.Order.RentalTime()))
}

// leaseTakenRefusal is for a press on a reminder after another one for the same lease.
func leaseTakenRefusal(a RefusalView, e order.Error) Message {
	if e.Order == nil {
		return notice("Somebody extends this server already.")
	}
	o := *e.Order
	who, is, asks := mention(o.Person.User), "is", "asks"
	if o.Person == a.Person {
		who, is, asks = "You", "are", "ask"
	}
	what, link := serverName(o.Server)+" by "+o.ShortTime(), orderLink(o.ID, a.Link)
	switch o.State {
	case order.Pending:
		return notice(fmt.Sprintf("%s already %s to extend %s, which waits for a yes: %s.", who, asks, what, link))
	case order.Unknown:
		return notice(fmt.Sprintf("%s already tried to extend %s. Whether that worked is not known yet: %s.", who, what, link))
	case order.Placed:
		return notice(fmt.Sprintf("%s already extended %s: %s.", who, what, link))
	default:
		return notice(fmt.Sprintf("%s %s already extending %s: %s.", who, is, what, link))
	}
}

// leaseOverRefusal is for a press on a reminder of a lease that has ended.
func leaseOverRefusal(a RefusalView, e order.Error) Message {
	server, name := firstNonEmpty(a.Order.Server.Label(), a.Server), "This server"
	if server == "" {
		return notice(leaseOverProblem(a, e, name) + " Use the command for more.")
	}
	name = serverName(order.Server{Name: server})
	return suggest(a.Command, leaseOverProblem(a, e, name), wordForMore, []string{asking(server, exampleTime(a.Limit))})
}

// leaseOverProblem says what became of the lease of the server with a name.
func leaseOverProblem(a RefusalView, e order.Error, name string) string {
	switch {
	case e.Expiry.IsZero():
		return name + ": it is not known anymore when it expires, so these buttons no longer count."
	case e.Expiry.Equal(a.Lease):
		return fmt.Sprintf("The last known expiry of %s has passed: %s.", name, date(e.Expiry))
	case e.Expiry.After(a.Lease):
		return fmt.Sprintf("%s was extended meanwhile and runs until %s.", name, date(e.Expiry))
	default:
		return fmt.Sprintf("%s runs only until %s, as far as is known now, so these buttons no longer count.", name, date(e.Expiry))
	}
}

// withState appends the state of an order to a text.
func withState(text string, o order.Order) Message {
	if o.ID == "" {
		return notice(text)
	}
	return notice(text + " " + stateSentence(o))
}

// orderIn returns the order that an error is about, or else the one whose button
// was clicked.
func orderIn(a RefusalView, e order.Error) order.Order {
	if e.Order != nil {
		return *e.Order
	}
	return a.Order
}

// maxCommand is more than the length of these commands, so that they are never cut.
const maxCommand = 200

// howToSettle says who can settle an unknown outcome, and how. Each command runs
// as it is pasted into a shell, so it contains nothing to fill in.
func howToSettle(o order.Order) string {
	command := func(outcome string) string {
		return mrkdwn.Code(fmt.Sprintf("extendbot orders settle %s %s", o.ID, outcome), maxCommand)
	}
	return fmt.Sprintf("The person who runs this bot can settle it with %s, or %s.",
		command("--placed --why 'seen at 0xhost'"), command("--not-placed --why 'not at 0xhost'"))
}
