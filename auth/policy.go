package auth

import (
	"context"
	"slices"

	"extendbot/order"
)

// Policy is the [order.Policy] of one workspace. [Rules.ForTeam] creates it. It
// is safe for concurrent use. The zero value refuses everybody.
type Policy struct {
	team  string
	rules *Rules
}

var _ order.Policy = (*Policy)(nil)

// Grant returns the server that a person may extend and the account that pays
// for it. server is the server's name in any case, or its id.
//
// It fails with [order.CodeStranger] if the person is not on the allowlist, with
// [order.CodeUnknownServer] and up to three similar names of servers that they
// may use, and with [order.CodeUnavailable] if the rules cannot be read.
func (p *Policy) Grant(_ context.Context, who order.Person, server string) (order.Grant, error) {
	rs, r, err := p.rightsOf(who)
	if err != nil {
		return order.Grant{}, err
	}
	found, ok := rs.find(r, server)
	if !ok {
		return order.Grant{}, &order.Error{
			Code: order.CodeUnknownServer,
			Near: suggest(server, rs.serversOf(r)),
		}
	}
	return order.Grant{Account: r.account, Server: found}, nil
}

// Judge implements [order.Policy].
func (p *Policy) Judge(_ context.Context, o order.Order) (order.Ruling, error) {
	rs, err := p.rulesFor(o.Person)
	if err != nil {
		return order.Ruling{}, err
	}
	return rs.judge(o)
}

// MayApprove implements [order.Policy].
func (p *Policy) MayApprove(_ context.Context, who order.Person, o order.Order) (order.Ruling, error) {
	rs, r, err := p.rightsOf(who)
	switch {
	case err != nil:
		return order.Ruling{}, err
	case !rs.allows(r, o.Server.ID):
		return order.Ruling{}, &order.Error{Code: order.CodeUnknownServer, Detail: "the person may not use the server"}
	case who != o.Person:
		return order.Ruling{}, &order.Error{Code: order.CodeNotYours, Detail: "another person requested it"}
	}
	o.Approvals = append(slices.Clone(o.Approvals), order.Approval{User: who.User})
	return rs.judge(o)
}

// judge judges an order of this workspace.
func (rs *ruleset) judge(o order.Order) (order.Ruling, error) {
	r, ok := rs.people[o.Person.User]
	switch {
	case !ok:
		return order.Ruling{}, &order.Error{Code: order.CodeBarred, Detail: "the requester is not on the allowlist anymore"}
	case !rs.allows(r, o.Server.ID):
		return order.Ruling{}, &order.Error{Code: order.CodeBarred, Detail: "the requester may not use the server anymore"}
	case r.account != o.Account:
		return order.Ruling{}, &order.Error{Code: order.CodeBarred, Detail: "another account would pay now"}
	default:
		return order.Ruling{Complete: o.ApprovedBy(o.Person.User)}, nil
	}
}

// MayDecline implements [order.Policy].
func (p *Policy) MayDecline(_ context.Context, who order.Person, o order.Order) (order.State, error) {
	_, _, err := p.rightsOf(who)
	switch {
	case err != nil:
		return "", err
	case who != o.Person:
		return "", &order.Error{Code: order.CodeNotYours, Detail: "another person requested it"}
	default:
		return order.Cancelled, nil
	}
}

// MaySee implements [order.Policy].
func (p *Policy) MaySee(_ context.Context, who order.Person, o order.Order) error {
	rs, err := p.rulesFor(who)
	if err != nil {
		return err
	}
	r, known := rs.people[who.User]
	admin := slices.Contains(rs.admins, who.User)
	switch exists := o.ID != "" && o.Person.Team == who.Team; {
	case !known && !admin:
		return &order.Error{Code: order.CodeStranger, Detail: "the person is not on the allowlist"}
	case exists && (admin || o.Person == who || known && rs.allows(r, o.Server.ID)):
		return nil
	default:
		return &order.Error{Code: order.CodeNotFound}
	}
}

// MaySettle implements [order.Policy].
func (p *Policy) MaySettle(_ context.Context, who order.Person, o order.Order) error {
	rs, err := p.rulesFor(who)
	switch {
	case err != nil:
		return err
	case !slices.Contains(rs.admins, who.User):
		return &order.Error{Code: order.CodeNotAdmin, Detail: "the person is not an admin"}
	case who == o.Person && len(rs.admins) > 1:
		return &order.Error{Code: order.CodeOwnOrder, Detail: "another admin has to settle it"}
	default:
		return nil
	}
}

// Admins returns the Slack user ids of the people who may settle an unknown
// outcome; none if the rules cannot be read.
func (p *Policy) Admins() []string {
	if p.rules == nil {
		return nil
	}
	rs, err := p.rules.current()
	if err != nil {
		return nil
	}
	return slices.Clone(rs.admins)
}

// Servers returns the servers that a person may use by name, sorted by name. It
// returns none if the rules list no servers: the person may then use any server
// by its id. It fails with [order.CodeStranger] for people who are not on the
// allowlist and with [order.CodeUnavailable] if the rules cannot be read.
func (p *Policy) Servers(who order.Person) ([]order.Server, error) {
	rs, r, err := p.rightsOf(who)
	if err != nil {
		return nil, err
	}
	return rs.serversOf(r), nil
}

// rulesFor returns the current rules, if the person belongs to this workspace.
func (p *Policy) rulesFor(who order.Person) (*ruleset, error) {
	if p.team == "" || who.Team != p.team {
		return nil, &order.Error{Code: order.CodeStranger, Detail: "the person belongs to another workspace"}
	}
	rs, err := p.rules.current()
	if err != nil {
		return nil, &order.Error{Code: order.CodeUnavailable, Detail: "the rules cannot be used", Err: err}
	}
	return rs, nil
}

// rightsOf returns the current rules, and what they allow this person.
func (p *Policy) rightsOf(who order.Person) (*ruleset, rights, error) {
	rs, err := p.rulesFor(who)
	if err != nil {
		return nil, rights{}, err
	}
	r, ok := rs.people[who.User]
	if !ok {
		return nil, rights{}, &order.Error{Code: order.CodeStranger, Detail: "the person is not on the allowlist"}
	}
	return rs, r, nil
}
