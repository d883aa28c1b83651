package auth

import (
	"fmt"
	"slices"

	"extendbot/order"
)

// answer is a decision with its reason in words.
type answer struct {
	code  order.Code // "": yes
	why   string     // for logs and for the person who runs this bot
	near  []string
	rules []order.RuleState // that a no is about, if any
}

func yes(why string, args ...any) answer { return answer{why: fmt.Sprintf(why, args...)} }

func no(code order.Code, why string, args ...any) answer {
	return answer{code: code, why: fmt.Sprintf(why, args...)}
}

// about adds the approval rules that a no is about.
func (a answer) about(rules ...order.RuleState) answer {
	a.rules = rules
	return a
}

// err returns nil for a yes, otherwise an [*order.Error].
func (a answer) err() error {
	if a.code == "" {
		return nil
	}
	return &order.Error{Code: a.code, Detail: a.why, Near: a.near, Rules: a.rules}
}

// Reasons that several decisions have.
const (
	whyStranger    = "neither people nor a group of the policy lists the person"
	whyGroupUnread = "it is not known now who is in group %s"
)

// entry returns the entry by which a person may use the server with this id, or nil
// if there is none. A person's own entry counts alone. For all others, the first
// group that allows the server counts; if the members of a group that would come
// first are not known, there is no entry, and unread is that group.
func (m moment) entry(user, serverID string) (found *entry, unread string) {
	if own, ok := m.people[user]; ok {
		if m.allows(own, serverID) {
			return own, ""
		}
		return nil, ""
	}
	for _, group := range m.groups {
		switch {
		case !m.allows(group, serverID):
		case !m.readable(group.id):
			return nil, group.id
		case m.members[group.id][user]:
			return group, ""
		}
	}
	return nil, ""
}

// mayOrder decides whether a person may order anything at all.
func (m moment) mayOrder(user string) answer {
	if own, ok := m.people[user]; ok {
		return yes("%s is in people", own.id)
	}
	unread := ""
	for _, group := range m.groups {
		switch {
		case m.members[group.id][user]:
			return yes("%s is a member of group %s", user, group.id)
		case unread == "" && !m.readable(group.id):
			unread = group.id
		}
	}
	if unread != "" {
		return no(order.CodeGroupUnread, whyGroupUnread, unread)
	}
	return no(order.CodeStranger, whyStranger)
}

// grant decides which server a person means and by which entry they may extend it.
func (m moment) grant(user, nameOrID string) (order.Server, *entry, answer) {
	if a := m.mayOrder(user); a.code != "" {
		return order.Server{}, nil, a
	}
	for _, server := range m.find(nameOrID) {
		e, unread := m.entry(user, server.ID)
		switch {
		case e != nil:
			return server, e, yes("%s may extend %s", user, server.Label())
		case unread != "":
			return order.Server{}, nil, no(order.CodeGroupUnread, whyGroupUnread, unread)
		}
	}
	a := no(order.CodeUnknownServer, "there is no such server, or %s may not use it", user)
	a.near = suggest(nameOrID, m.serversOf(user))
	return order.Server{}, nil, a
}

// serversOf returns the listed servers that a person may use, sorted by name.
func (m moment) serversOf(user string) []order.Server {
	var allowed []order.Server
	for _, server := range m.servers {
		if e, _ := m.entry(user, server.ID); e != nil {
			allowed = append(allowed, server)
		}
	}
	return allowed
}

// requester decides whether the requester of an order may still order exactly what
// its card shows: the same server, under the same name, for as many hours, paid by
// the same account.
func (m moment) requester(o order.Order) answer {
	user := o.Person.User
	e, unread := m.entry(user, o.Server.ID)
	name := m.byID[o.Server.ID].Name
	switch {
	case unread != "":
		return no(order.CodeGroupUnread, whyGroupUnread, unread)
	case e == nil && m.mayOrder(user).code == order.CodeStranger:
		return no(order.CodeStranger, whyStranger)
	case e == nil:
		return no(order.CodeUnknownServer, "%s may not use the server", user)
	case o.Server.Name != "" && fold(o.Server.Name) != fold(name):
		return no(order.CodeBarred, "the server has another name now")
	case e.account != o.Account:
		return no(order.CodeBarred, "another account would pay now")
	case e.maxHours > 0 && o.Hours > e.maxHours:
		return no(order.CodeBarred, "%s may order at most %s at once", user, e.maxHours.Short())
	default:
		return yes("%s may order this", user)
	}
}

// knows decides whether a person is in the rules: as one who orders, approves, or
// settles.
func (m moment) knows(user string) answer {
	if slices.Contains(m.admins, user) {
		return yes("%s is an admin", user)
	}
	known := m.mayOrder(user)
	for _, r := range m.approvals {
		if m.lists(r.approvers, user) {
			return yes("%s is an approver", user)
		}
		if groups := m.unreadable(r.approvers); len(groups) > 0 && known.code == order.CodeStranger {
			known = no(order.CodeGroupUnread, whyGroupUnread, groups[0])
		}
	}
	return known
}
