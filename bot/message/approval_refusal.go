package message

import (
	"fmt"
	"slices"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// approvalRefusal is for a yes or no that does not count, and for a request that
// nobody could approve.
func approvalRefusal(a RefusalView, o order.Order, e order.Error) Message {
	own := o.ID != "" && o.Person == a.Person
	missing := missingApprovals(e.Rules)
	switch {
	case e.Code == order.CodeNotApprover && missing == "":
		return notice("Other people have to approve this order.")
	case e.Code == order.CodeNeedsChannel:
		return needsChannelRefusal(a, e.Rules, missing)
	case e.Code == order.CodeNotApprover && own && len(assumed(e.Rules)) > 0:
		return notice(fmt.Sprintf("I cannot read who is in %s right now, so this order needs %s. Try again in a minute.",
			approvers(assumed(e.Rules), "and"), missing))
	case e.Code == order.CodeNotApprover && own && !slackChannel.MatchString(o.Channel) && o.Channel != "":
		return suggestForm(a.Command, fmt.Sprintf("The rules changed: this order needs %s, who cannot see this card. Ask in a channel:", missing), again(o), elsewhere(o))
	case e.Code == order.CodeNotApprover && own:
		return notice(fmt.Sprintf("Your own yes does not count here. This order needs %s.", missing))
	case e.Code == order.CodeNotApprover:
		return notice(fmt.Sprintf("You are not asked to approve this order. It needs %s.", missing))
	case e.Code == order.CodeApproved && missing == "":
		return notice("Your yes is recorded already.")
	case e.Code == order.CodeApproved:
		return notice(fmt.Sprintf("Your yes is recorded already. This order still needs %s.", missing))
	case e.Code == order.CodeBarred:
		return barredRefusal(a, o, own)
	case e.Code == order.CodeNoApprovers:
		return noApproversRefusal(e.Rules)
	default:
		return groupUnreadRefusal(a, e.Rules)
	}
}

// needsChannelRefusal is for a request in a conversation that nobody else can read.
func needsChannelRefusal(a RefusalView, rules []order.RuleState, missing string) Message {
	text := "This needs approvals, so ask in a channel where others can see it"
	switch groups := assumed(rules); {
	case len(groups) > 0:
		text = fmt.Sprintf("I cannot read who is in %s right now. If you are, this needs %s. Try again in a minute, or ask in a channel where they can see it", approvers(groups, "or"), missing)
	case missing != "":
		text = fmt.Sprintf("This needs %s, so ask in a channel where they can see it", missing)
	}
	switch {
	case a.Order.ID != "":
		return suggestForm(a.Command, text+":", again(a.Order), elsewhere(a.Order))
	case a.Server != "" && a.Retype != nil:
		words := a.Retype(a.Server)
		return suggestForm(a.Command, text+":", words, elsewhereTyped(a.Server, words))
	default:
		return withFormButton(notice(text+"."), Fill{Ask: true})
	}
}

func barredRefusal(a RefusalView, o order.Order, own bool) Message {
	switch {
	case own:
		return suggest(a.Command, "The rules changed since you asked, so this order no longer counts.", wordAgain, []string{again(o)})
	case o.ID == "":
		return notice("The person who asked for this may no longer order it.")
	default:
		return notice(fmt.Sprintf("The rules changed: %s may no longer order this. If they should, they can ask again: %s.", mention(o.Person.User), askAgain(a.Command, o)))
	}
}

func noApproversRefusal(rules []order.RuleState) Message {
	const ask = "Ask the person who runs this bot to change that."
	if len(rules) == 0 || mrkdwn.Visible(rules[0].Name) == "" {
		return notice("Too few people can give the approvals that this order needs. " + ask)
	}
	r := rules[0]
	return notice(fmt.Sprintf("The rule %s asks for %s, but too few people may approve your order. %s", mrkdwn.Code(r.Name, maxRuleName), counted(r.Count, "approval"), ask))
}

// groupUnreadRefusal names the groups whose members are not known now.
func groupUnreadRefusal(a RefusalView, rules []order.RuleState) Message {
	var groups []string
	for _, r := range rules {
		for _, id := range slices.Concat(r.Unreadable, r.Assumed) {
			if !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		}
	}
	who := "a user group that the rules name"
	if len(groups) > 0 {
		who = approvers(groups, "and")
	}
	return notice(fmt.Sprintf("I cannot read who is in %s right now%s. Try again in a minute.", who, a.consequence()))
}

// unverifiedRefusal is for an order that is not provably what the program recorded.
func unverifiedRefusal(a RefusalView, o order.Order, code order.Code) Message {
	switch {
	case code == order.CodeTampered:
		return notice("This order was changed in the database, not by me, so it is never sent. Tell the person who runs this bot.")
	case code == order.CodeKeyUnknown:
		return notice("I do not have the key that this order was recorded with" + a.consequence() + ". Try again in a minute; if it happens again, this order needs a new request. Tell the person who runs this bot.")
	case o.ID == "" || o.Person != a.Person:
		return notice("This order was recorded by the previous version of this bot, so it no longer counts.")
	default:
		return suggest(a.Command, "This order was recorded by the previous version of this bot, so it no longer counts.", wordAgain, []string{again(o)})
	}
}

// ownOrderRefusal is for an admin who presses a button about their own order.
func ownOrderRefusal(a RefusalView) Message {
	admins := slices.DeleteFunc(slices.Clone(a.Admins), func(user string) bool { return user == a.Person.User })
	if len(admins) == 0 {
		return notice("You asked for this order, so another admin of this bot has to settle it.")
	}
	return notice(fmt.Sprintf("You asked for this order, so another admin of this bot has to settle it: ask %s.", mentions(admins)))
}
