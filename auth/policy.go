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

// MayDecide returns nil if a person may decide o now. Every decision goes
// through this method. The person must be on the allowlist and be allowed to
// approve this order, and must still be granted exactly what its card shows: the
// same server, paid by the same account.
//
// It fails with [order.CodeStranger], with [order.CodeUnknownServer] if the
// person may not use the server, with [order.CodeNotYours], and with
// [order.CodeUnavailable] if the rules cannot be read.
func (p *Policy) MayDecide(_ context.Context, who order.Person, o order.Order) error {
	rs, r, err := p.rightsOf(who)
	switch {
	case err != nil:
		return err
	case !rs.allows(r, o.Server.ID):
		return &order.Error{Code: order.CodeUnknownServer, Detail: "the person may not use the server"}
	case !mayApprove(who, o):
		return &order.Error{Code: order.CodeNotYours, Detail: "another person requested it"}
	case r.account != o.Account:
		return &order.Error{Code: order.CodeNotYours, Detail: "another account would pay now"}
	default:
		return nil
	}
}

// mayApprove reports whether a person on the allowlist may approve this order:
// only the requester may. To add approval by a second person, change this
// function and the ruleset.
func mayApprove(who order.Person, o order.Order) bool { return who == o.Person }

// MaySettle returns nil if a person may settle an order whose outcome is
// unknown: only admins may. It fails with [order.CodeStranger] for people of
// another workspace, with [order.CodeNotAdmin], and with [order.CodeUnavailable]
// if the rules cannot be read.
func (p *Policy) MaySettle(_ context.Context, who order.Person) error {
	rs, err := p.rulesFor(who)
	switch {
	case err != nil:
		return err
	case !slices.Contains(rs.admins, who.User):
		return &order.Error{Code: order.CodeNotAdmin, Detail: "the person is not an admin"}
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
