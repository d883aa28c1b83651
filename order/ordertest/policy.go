package ordertest

import (
	"context"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// Policy is an [order.Policy] in memory that can be changed at any time with
// [Policy.Set]. It is safe for concurrent use.
type Policy struct {
	mu  sync.Mutex
	now Rules
}

// Rules are the content of a [Policy]. The zero value allows nothing.
type Rules struct {
	// People are the user ids that may order. The account of each is "acc-" and the
	// id, unless Account is set.
	People  []string
	Account string
	// MaxHours is the most that one order may buy; 0: no limit.
	MaxHours order.Hours
	// Servers are the servers that they may use; nil: each name, whose id is "srv-"
	// and the name.
	Servers []order.Server
	// Approvals are the approval rules.
	Approvals []Approval
	// Limits are those of every order.
	Limits []order.Limit
	Admins []string
	// Err is why the policy cannot be used, or nil.
	Err error
}

// Approval is one approval rule.
type Approval struct {
	Name      string
	Servers   []string // ids; nil: all
	HoursOver order.Hours
	// AmountOver is the estimate up to which the rule does not match; null: it matches
	// whatever the estimate is.
	AmountOver decimal.NullDecimal
	Approvers  []string // user ids, or names of Groups
	Count      int
	// RequesterCounts is whether the yes of the requester counts.
	RequesterCounts bool
	// Unread is a group that may have the requester and cannot be read, so that the rule
	// matches; "" if it matches without that.
	Unread string
	// Groups are the members of the groups in Approvers. A group whose members are nil
	// cannot be read.
	Groups map[string][]string

	price bool // see [order.RuleState]
}

var _ order.Policy = (*Policy)(nil)

// NewPolicy returns a policy with these rules.
func NewPolicy(r Rules) *Policy { return &Policy{now: r} }

// Set replaces the rules.
func (p *Policy) Set(r Rules) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = r
}

// Rules returns the current rules.
func (p *Policy) Rules() Rules {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (r Rules) account(user string) string {
	if r.Account != "" {
		return r.Account
	}
	return "acc-" + user
}

func (r Rules) server(nameOrID string) (order.Server, bool) {
	if r.Servers == nil {
		return order.Server{Name: nameOrID, ID: "srv-" + nameOrID}, nameOrID != ""
	}
	i := slices.IndexFunc(r.Servers, func(s order.Server) bool { return s.Name == nameOrID || s.ID == nameOrID })
	if i < 0 {
		return order.Server{}, false
	}
	return r.Servers[i], true
}

func (r Rules) names() (list []string) {
	for _, s := range r.Servers {
		list = append(list, s.Name)
	}
	return list
}

// uses reports whether people may use the server with this id.
func (r Rules) uses(id string) bool {
	return r.Servers == nil || slices.ContainsFunc(r.Servers, func(s order.Server) bool { return s.ID == id })
}

// Grant implements [order.Policy].
func (p *Policy) Grant(_ context.Context, who order.Person, server string) (order.Grant, error) {
	r := p.Rules()
	found, ok := r.server(server)
	switch {
	case r.Err != nil:
		return order.Grant{}, r.Err
	case !slices.Contains(r.People, who.User):
		return order.Grant{}, &order.Error{Code: order.CodeStranger}
	case !ok:
		return order.Grant{}, &order.Error{Code: order.CodeUnknownServer, Near: r.names()}
	default:
		return order.Grant{Account: r.account(who.User), Server: found, MaxHours: r.MaxHours}, nil
	}
}

// Judge implements [order.Policy].
func (p *Policy) Judge(_ context.Context, o order.Order) (order.Ruling, error) {
	r := p.Rules()
	switch {
	case r.Err != nil:
		return order.Ruling{}, r.Err
	case !slices.Contains(r.People, o.Person.User), !r.uses(o.Server.ID), r.account(o.Person.User) != o.Account,
		r.MaxHours > 0 && o.Hours > r.MaxHours:
		return order.Ruling{Limits: r.Limits}, &order.Error{Code: order.CodeBarred}
	}
	ruling := order.Ruling{Complete: true, Limits: r.Limits}
	for _, a := range r.matching(o) {
		state, most := a.state(o)
		ruling.Rules = append(ruling.Rules, state)
		ruling.Complete = ruling.Complete && state.Missing() == 0
		if most < state.Count && len(state.Unreadable) == 0 {
			code := order.CodeNoApprovers
			if a.price {
				code = order.CodePriceUnknown
			}
			return ruling, &order.Error{Code: code, Rules: []order.RuleState{state}}
		}
	}
	if len(ruling.Rules) == 0 {
		ruling.Complete = o.ApprovedBy(o.Person.User)
	}
	return ruling, nil
}

// matching returns the rules that match o. If its price is not known, one that asks for an
// admin is among them instead of those that depend on the price.
func (r Rules) matching(o order.Order) (list []Approval) {
	unpriced := !o.Estimate.Known() && slices.ContainsFunc(r.Limits, func(l order.Limit) bool { return l.Amount.Valid })
	for _, a := range r.Approvals {
		switch {
		case o.Hours <= a.HoursOver, a.Servers != nil && !slices.Contains(a.Servers, o.Server.ID):
		case a.AmountOver.Valid && !o.Estimate.Known():
			unpriced = true
		case !a.AmountOver.Valid, o.Estimate.Amount.Decimal.GreaterThan(a.AmountOver.Decimal):
			list = append(list, a)
		}
	}
	if unpriced {
		list = append(list, Approval{Name: "price not known", Approvers: r.Admins, price: true})
	}
	return list
}

// approves reports whether the yes of a user counts for o.
func (a Approval) approves(user string, o order.Order) bool {
	return slices.Contains(a.people(), user) && (a.RequesterCounts || user != o.Person.User)
}

// people returns the users whose yes counts, each once.
func (a Approval) people() (list []string) {
	for _, id := range a.Approvers {
		users, group := a.Groups[id]
		if !group {
			users = []string{id}
		}
		list = append(list, users...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// state returns what the rule says about o, and how many people can say yes.
func (a Approval) state(o order.Order) (state order.RuleState, most int) {
	state = order.RuleState{Name: a.Name, Approvers: a.Approvers, Count: max(a.Count, 1), Price: a.price}
	if a.Unread != "" {
		state.Assumed = []string{a.Unread}
	}
	for _, id := range a.Approvers {
		if users, group := a.Groups[id]; group && users == nil {
			state.Unreadable = append(state.Unreadable, id)
		}
	}
	for _, yes := range o.Approvals {
		if a.approves(yes.User, o) {
			state.By = append(state.By, yes.User)
		}
	}
	for _, user := range a.people() {
		if a.approves(user, o) {
			most++
		}
	}
	return state, most
}

// MayApprove implements [order.Policy].
func (p *Policy) MayApprove(ctx context.Context, who order.Person, o order.Order) (order.Ruling, error) {
	if err := p.Rules().mustKnow(who, o); err != nil {
		return order.Ruling{}, err
	}
	before, err := p.Judge(ctx, o)
	if err != nil {
		return before, err
	}
	with := o
	if !o.ApprovedBy(who.User) {
		with.Approvals = append(slices.Clone(o.Approvals), order.Approval{User: who.User})
	}
	after, err := p.Judge(ctx, with)
	if err != nil {
		return after, err
	}
	if len(after.Rules) == 0 && who != o.Person {
		return after, &order.Error{Code: order.CodeNotYours}
	}
	if len(after.Rules) == 0 {
		return after, nil
	}
	counts, unread := false, false
	for i, a := range after.Rules {
		counts = counts || slices.Contains(a.By, who.User)
		unread = unread || len(a.Unreadable) > 0 && before.Rules[i].Missing() > 0
	}
	switch {
	case !counts && unread:
		return after, &order.Error{Code: order.CodeGroupUnread, Rules: after.Rules}
	case !counts:
		return after, &order.Error{Code: order.CodeNotApprover, Rules: after.Rules}
	case o.ApprovedBy(who.User) && !after.Complete:
		return after, &order.Error{Code: order.CodeApproved, Rules: after.Rules}
	default:
		return after, nil
	}
}

// MayDecline implements [order.Policy].
func (p *Policy) MayDecline(_ context.Context, who order.Person, o order.Order) (order.State, error) {
	r := p.Rules()
	if err := r.mustKnow(who, o); err != nil {
		return "", err
	}
	if who == o.Person {
		return order.Cancelled, nil
	}
	code := order.CodeNotYours
	for _, a := range r.matching(o) {
		code = order.CodeNotApprover
		if slices.Contains(a.people(), who.User) {
			return order.Declined, nil
		}
	}
	return "", &order.Error{Code: code}
}

// mustKnow fails if the policy cannot be read, or does not know a person of the
// order's workspace.
func (r Rules) mustKnow(who order.Person, o order.Order) error {
	approver := slices.ContainsFunc(r.Approvals, func(a Approval) bool { return slices.Contains(a.people(), who.User) })
	known := approver || slices.Contains(r.People, who.User) || slices.Contains(r.Admins, who.User)
	switch {
	case r.Err != nil:
		return r.Err
	case !known, o.ID != "" && who.Team != o.Person.Team:
		return &order.Error{Code: order.CodeStranger}
	default:
		return nil
	}
}

// MaySee implements [order.Policy].
func (p *Policy) MaySee(ctx context.Context, who order.Person, o order.Order) error {
	r := p.Rules()
	if err := r.mustKnow(who, o); err != nil {
		return err
	}
	_, err := p.MayDecline(ctx, who, o)
	uses := slices.Contains(r.People, who.User) && r.uses(o.Server.ID)
	if o.ID != "" && (err == nil || uses || slices.Contains(r.Admins, who.User)) {
		return nil
	}
	return &order.Error{Code: order.CodeNotFound}
}

// MaySettle implements [order.Policy].
func (p *Policy) MaySettle(_ context.Context, who order.Person, o order.Order) error {
	r := p.Rules()
	switch {
	case r.Err != nil:
		return r.Err
	case !slices.Contains(r.Admins, who.User) || who.Team != o.Person.Team:
		return &order.Error{Code: order.CodeNotAdmin}
	case who == o.Person && len(r.Admins) > 1:
		return &order.Error{Code: order.CodeOwnOrder}
	default:
		return nil
	}
}
