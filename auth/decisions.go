package auth

import (
	"slices"

	"extendbot/order"
)

// judge decides whether an order is still allowed, and returns what it needs and
// has.
func (m moment) judge(o order.Order) (order.Ruling, answer) {
	ops := m.matching(o)
	ruling := m.rulingOf(o, ops)
	switch a := m.requester(o); a.code {
	case "":
		return ruling, m.possible(o, ops)
	case order.CodeGroupUnread: // not known now, which is no reason to end the order
		return ruling, a
	default:
		return ruling, no(order.CodeBarred, "%s", a.why)
	}
}

// possible decides whether people can give all approvals that the rules ask for.
func (m moment) possible(o order.Order, ops []opinion) answer {
	for _, op := range ops {
		able := m.able(op.rule, o)
		switch {
		case able == op.count, len(op.state.Unreadable) > 0:
		case len(op.state.Assumed) > 0: // it may not even match
			return no(order.CodeGroupUnread, whyGroupUnread, op.state.Assumed[0]).about(op.state)
		case op.state.Price:
			return no(order.CodePriceUnknown, "the price is not known, %s, and no admin but the requester could approve: put a price into the policy file", op.because).about(op.state)
		default:
			return no(order.CodeNoApprovers, "rule %s needs %d, and only %d can approve", op.name, op.count, able).about(op.state)
		}
	}
	return yes("enough people can approve")
}

// mayApprove decides whether a person's yes to an order counts, and returns the
// ruling with that yes.
func (m moment) mayApprove(user string, o order.Order) (order.Ruling, answer) {
	ops := m.matching(o)
	before := m.rulingOf(o, ops)
	if a := m.standing(user, o, ops); a.code != "" {
		return before, a
	}
	if a := m.requester(o); a.code != "" {
		if user != o.Person.User && a.code != order.CodeGroupUnread {
			a.code = order.CodeBarred
		}
		return before, a
	}
	if a := m.possible(o, ops); a.code != "" {
		return before, a
	}
	if before.Complete {
		return before, yes("the recorded approvals are enough")
	}
	if a := m.changes(user, o, missing(ops)); a.code != "" {
		return before, a
	}
	o.Approvals = append(slices.Clone(o.Approvals), order.Approval{User: user})
	return m.rulingOf(o, m.matching(o)), yes("the yes of %s counts", user)
}

// standing decides whether a person has any say about the approval of an order.
func (m moment) standing(user string, o order.Order, ops []opinion) answer {
	mine := user == o.Person.User
	switch {
	case len(ops) == 0 && mine:
		return yes("no rule matches, so the requester confirms")
	case len(ops) == 0:
		return m.refuse(user, o, no(order.CodeNotYours, "no rule matches, so only the requester confirms"))
	}
	var unread []order.RuleState
	for _, op := range ops {
		if m.approves(user, op.rule, o) {
			return yes("%s is an approver of rule %s", user, op.name)
		}
		if op.mayBe(user, o) {
			unread = append(unread, op.state)
		}
	}
	refused := no(order.CodeNotApprover, "%s is no approver of a rule that matches", user)
	if mine {
		refused.why = "the yes of the requester does not count"
	}
	if len(unread) > 0 {
		return no(order.CodeGroupUnread, whyGroupUnread, unread[0].Unreadable[0]).about(unread...)
	}
	return m.refuse(user, o, refused.about(states(missing(ops))...))
}

// outsider returns refused to a person whom the rules know. All others learn only
// that the rules do not know them.
func (m moment) outsider(user string, refused answer) answer {
	if a := m.knows(user); a.code != "" {
		return a
	}
	return refused
}

// refuse returns refused to a person who may be told about the order.
func (m moment) refuse(user string, o order.Order, refused answer) answer {
	switch a := m.maySee(user, o); a.code {
	case "":
		return refused
	case order.CodeNotFound:
		return no(order.CodeUnknownServer, "%s may not use the server", user)
	default:
		return a
	}
}

// changes decides whether the yes of an approver changes what an order still needs.
func (m moment) changes(user string, o order.Order, open []opinion) answer {
	if o.ApprovedBy(user) {
		return no(order.CodeApproved, "%s said yes already", user).about(states(open)...)
	}
	if len(open) == 0 { // no rule matches: the requester confirms
		return yes("%s has not confirmed yet", user)
	}
	for _, op := range open {
		if m.approves(user, op.rule, o) {
			return yes("rule %s needs the yes of %s", op.name, user)
		}
	}
	for _, op := range open {
		if op.mayBe(user, o) {
			return no(order.CodeGroupUnread, whyGroupUnread, op.state.Unreadable[0]).about(states(open)...)
		}
	}
	return no(order.CodeNotApprover, "the rules of %s have all their approvals", user).about(states(open)...)
}

// mayDecline decides what a person's no does to an order.
func (m moment) mayDecline(user string, o order.Order) (order.State, answer) {
	if user == o.Person.User {
		return order.Cancelled, yes("the requester withdraws")
	}
	if a := m.standing(user, o, m.matching(o)); a.code != "" {
		return "", a
	}
	return order.Declined, yes("%s is an approver", user)
}

// maySee decides whether a person may be told about an order. If not, the answer is
// the same as for an order that does not exist.
func (m moment) maySee(user string, o order.Order) answer {
	e, _ := m.entry(user, o.Server.ID)
	switch {
	case user == o.Person.User:
		return yes("%s is the requester", user)
	case slices.Contains(m.admins, user):
		return yes("%s is an admin", user)
	case e != nil:
		return yes("%s may use the server", user)
	}
	for _, op := range m.matching(o) {
		if m.lists(op.approvers, user) {
			return yes("%s is an approver of rule %s", user, op.name)
		}
	}
	return m.outsider(user, no(order.CodeNotFound, "%s may not be told about the order", user))
}

// maySettle decides whether a person may settle the unknown outcome of an order.
func (m moment) maySettle(user string, o order.Order) answer {
	switch {
	case !slices.Contains(m.admins, user):
		return no(order.CodeNotAdmin, "%s is not an admin", user)
	case user == o.Person.User && len(m.admins) > 1:
		return no(order.CodeOwnOrder, "%s asked for it, and there is another admin", user)
	case user == o.Person.User:
		return yes("%s asked for it, and is the only admin", user)
	default:
		return yes("%s is an admin", user)
	}
}
