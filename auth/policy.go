package auth

import (
	"context"
	"slices"

	"extendbot/order"
)

// Policy is the [order.Policy] of one workspace. It is safe for use by many
// goroutines. The zero value refuses everybody.
type Policy struct {
	team  string
	rules *Rules
}

var _ order.Policy = (*Policy)(nil)

// Grant says with which account p may extend the server that they named, by
// its name in any case or by its id. It fails with order.CodeStranger,
// order.CodeUnknownServer with up to three names that p may use in Near, and
// order.CodeUnavailable if the rules cannot be read.
func (p *Policy) Grant(_ context.Context, who order.Person, server string) (order.Grant, error) {
	b, s, err := p.seat(who)
	if err != nil {
		return order.Grant{}, err
	}
	found, ok := b.find(s, server)
	if !ok {
		return order.Grant{}, &order.Error{
			Code: order.CodeUnknownServer,
			Near: nearest(server, b.serversOf(s)),
		}
	}
	return order.Grant{Account: s.account, Server: found}, nil
}

// MayDecide says nil if who may decide o now. Every decision passes here: the
// person must be on the list, be one of those who may approve this order, and
// would still be granted exactly what its card shows, the same server paid by
// the same account. It fails with order.CodeStranger, order.CodeNotYours,
// order.CodeUnknownServer if the server was taken from the person since, and
// order.CodeUnavailable if the rules cannot be read.
func (p *Policy) MayDecide(_ context.Context, who order.Person, o order.Order) error {
	b, s, err := p.seat(who)
	switch {
	case err != nil:
		return err
	case !mayApprove(who, o):
		return &order.Error{Code: order.CodeNotYours, Detail: "somebody else asked for it"}
	case s.account != o.Account:
		return &order.Error{Code: order.CodeNotYours, Detail: "another account would pay by now"}
	case !b.allows(s, o.Server.ID):
		return &order.Error{Code: order.CodeUnknownServer, Detail: "the server is no longer theirs"}
	default:
		return nil
	}
}

// mayApprove says whether a person who is on the list is one of those whose
// word this order waits for: whoever asked, and nobody else. Approval by a
// second person is a change of this function and of what the book says.
func mayApprove(who order.Person, o order.Order) bool { return who == o.Person }

// MaySettle says nil if who may say what became of orders whose outcome is
// unknown: the admins, and nobody else. It fails with order.CodeStranger for
// people of another workspace, order.CodeNotAdmin, and order.CodeUnavailable
// if the rules cannot be read.
func (p *Policy) MaySettle(_ context.Context, who order.Person) error {
	b, err := p.open(who)
	switch {
	case err != nil:
		return err
	case !slices.Contains(b.admins, who.User):
		return &order.Error{Code: order.CodeNotAdmin, Detail: "the person is no admin"}
	default:
		return nil
	}
}

// Admins lists the Slack user ids of those who may settle; none also if the
// rules cannot be read.
func (p *Policy) Admins() []string {
	if p.rules == nil {
		return nil
	}
	b, err := p.rules.read()
	if err != nil {
		return nil
	}
	return slices.Clone(b.admins)
}

// Servers lists the servers that who may use by name, sorted by it; none if
// servers are only known by their ids. It fails with [order.CodeStranger] for
// people who are not on the list and with [order.CodeUnavailable] if the rules
// cannot be read.
func (p *Policy) Servers(who order.Person) ([]order.Server, error) {
	b, s, err := p.seat(who)
	if err != nil {
		return nil, err
	}
	return b.serversOf(s), nil
}

// open gives the rules as they stand now, for people of the workspace.
func (p *Policy) open(who order.Person) (*book, error) {
	if p.team == "" || who.Team != p.team {
		return nil, &order.Error{Code: order.CodeStranger, Detail: "the person is of another workspace"}
	}
	b, err := p.rules.read()
	if err != nil {
		return nil, &order.Error{Code: order.CodeUnavailable, Detail: "the rules cannot be used", Err: err}
	}
	return b, nil
}

// seat looks a person up in the rules as they stand now.
func (p *Policy) seat(who order.Person) (*book, seat, error) {
	b, err := p.open(who)
	if err != nil {
		return nil, seat{}, err
	}
	s, ok := b.people[who.User]
	if !ok {
		return nil, seat{}, &order.Error{Code: order.CodeStranger, Detail: "the person is not on the list"}
	}
	return b, s, nil
}
