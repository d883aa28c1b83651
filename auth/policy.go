package auth

import (
	"context"
	"slices"

	"extendbot/order"
)

// Policy is the [order.Policy] of one workspace. [Rules.ForTeam] creates it. It
// is safe for concurrent use. The zero value refuses everybody.
type Policy struct {
	team    string
	rules   *Rules
	members Members
}

var _ order.Policy = (*Policy)(nil)

// Grant returns the server that a person may extend, the account that pays for it,
// and the most hours of one order. server is the server's name in any case, or its
// id.
//
// It fails with [order.CodeStranger] if the policy does not let the person order
// anything, with [order.CodeUnknownServer] and up to three similar names of servers
// that they may use, with [order.CodeGroupUnread] if that depends on a group whose
// members are not known now, and with [order.CodeUnavailable] if the rules cannot be
// read.
func (p *Policy) Grant(_ context.Context, who order.Person, server string) (order.Grant, error) {
	m, err := p.momentFor(who)
	if err != nil {
		return order.Grant{}, err
	}
	found, e, a := m.grant(who.User, server)
	if a.code != "" {
		return order.Grant{}, a.err()
	}
	return order.Grant{Account: e.account, Server: found, MaxHours: e.maxHours}, nil
}

// Judge implements [order.Policy]. The ruling is also returned with an error, as far
// as the rules can be read. Its limits are in the order of the rules.
func (p *Policy) Judge(_ context.Context, o order.Order) (order.Ruling, error) {
	m, err := p.moment()
	switch {
	case err != nil:
		return order.Ruling{}, err
	case o.Person.Team != p.team:
		return order.Ruling{}, no(order.CodeBarred, whyOtherWorkspace).err()
	}
	ruling, a := m.judge(o)
	return ruling, a.err()
}

// MayApprove implements [order.Policy]. It fails with [order.CodeUnknownServer] also
// if the person may not be told about the order.
func (p *Policy) MayApprove(_ context.Context, who order.Person, o order.Order) (order.Ruling, error) {
	m, err := p.momentFor(who)
	switch {
	case err != nil:
		return order.Ruling{}, err
	case o.Person.Team != p.team:
		return order.Ruling{}, no(order.CodeNotYours, whyOtherWorkspace).err()
	}
	ruling, a := m.mayApprove(who.User, o)
	return ruling, a.err()
}

// MayDecline implements [order.Policy]. The requester may always withdraw, also if
// they may no longer order.
func (p *Policy) MayDecline(_ context.Context, who order.Person, o order.Order) (order.State, error) {
	m, err := p.momentFor(who)
	switch {
	case err != nil:
		return "", err
	case o.Person.Team != p.team:
		return "", no(order.CodeNotYours, whyOtherWorkspace).err()
	}
	to, a := m.mayDecline(who.User, o)
	return to, a.err()
}

// MaySee implements [order.Policy]. It fails with [order.CodeGroupUnread] if the
// policy knows the person only by a group whose members are not known now.
func (p *Policy) MaySee(_ context.Context, who order.Person, o order.Order) error {
	m, err := p.momentFor(who)
	switch {
	case err != nil:
		return err
	case o.ID == "", o.Person.Team != p.team:
		return m.outsider(who.User, no(order.CodeNotFound, "there is no such order")).err()
	}
	return m.maySee(who.User, o).err()
}

// MaySettle implements [order.Policy].
func (p *Policy) MaySettle(_ context.Context, who order.Person, o order.Order) error {
	m, err := p.momentFor(who)
	switch {
	case err != nil:
		return err
	case o.Person.Team != p.team:
		return no(order.CodeNotAdmin, whyOtherWorkspace).err()
	}
	return m.maySettle(who.User, o).err()
}

// Admins returns the Slack user ids of the people who may settle an unknown
// outcome; none if the rules cannot be read.
func (p *Policy) Admins() []string {
	m, err := p.moment()
	if err != nil {
		return nil
	}
	return slices.Clone(m.admins)
}

// Servers returns the servers that a person may use by name, sorted by name. It
// returns none if the rules list no servers: the person may then use any server
// by its id. Servers that they may use only by a group whose members are not known
// now are missing. It fails with [order.CodeStranger] for people whom the policy does
// not let order, with [order.CodeGroupUnread] if that is not known now, and with
// [order.CodeUnavailable] if the rules cannot be read.
func (p *Policy) Servers(who order.Person) ([]order.Server, error) {
	m, err := p.momentFor(who)
	if err != nil {
		return nil, err
	}
	if a := m.mayOrder(who.User); a.code != "" {
		return nil, a.err()
	}
	return m.serversOf(who.User), nil
}

// AccountName returns what people call the 0xhost account with this id, or "" if the
// rules do not name it or cannot be read.
func (p *Policy) AccountName(id string) string {
	m, err := p.moment()
	if err != nil {
		return ""
	}
	return m.accounts[id]
}

// About returns what the rules say that the server with this id is for, or "" if they do
// not say so or cannot be read.
func (p *Policy) About(serverID string) string {
	m, err := p.moment()
	if err != nil {
		return ""
	}
	return m.facts[serverID].about
}

const whyOtherWorkspace = "the order belongs to another workspace"

// momentFor returns the current rules, if the person belongs to this workspace.
func (p *Policy) momentFor(who order.Person) (moment, error) {
	if p.team == "" || who.Team != p.team {
		return moment{}, no(order.CodeStranger, "the person belongs to another workspace").err()
	}
	return p.moment()
}

// moment returns the current rules.
func (p *Policy) moment() (moment, error) {
	if p.team == "" || p.rules == nil {
		return moment{}, no(order.CodeUnavailable, "the workspace is not known yet").err()
	}
	rs, err := p.rules.current()
	if err != nil {
		return moment{}, &order.Error{Code: order.CodeUnavailable, Detail: "the rules cannot be used", Err: err}
	}
	return newMoment(rs, p.members), nil
}
