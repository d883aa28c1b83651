package auth

import (
	"fmt"
	"slices"
	"time"

	"extendbot/order"
)

// Question is a request that nobody made: what would the rules say about it?
type Question struct {
	User   string // the Slack user id
	Server string // a name or an id
	Hours  order.Hours
	// MaxHours is the most that one order of anybody may buy; 0: no limit.
	MaxHours order.Hours
	// LastReceipt is the newest receipt for the server; nil: none is known.
	LastReceipt *order.Receipt
}

// Explanation is the decision about a request, and what of the rules led to it.
type Explanation struct {
	// Code is why the request is refused; "" if it is not.
	Code order.Code `json:"code"`
	// Why is the reason in words.
	Why  string   `json:"why"`
	Near []string `json:"near,omitempty"` // similar names of servers

	ServerName string    `json:"server_name,omitempty"`
	ServerID   string    `json:"server_id,omitempty"`
	About      string    `json:"about,omitempty"`
	Expires    time.Time `json:"expires,omitzero"` // according to the rules

	// Entry is the user or group whose entry in the rules allows the request; "" if
	// there is none.
	Entry       string      `json:"entry,omitempty"`
	Line        int         `json:"line,omitempty"` // of the entry in the policy file; 0 in the short form
	Account     string      `json:"account,omitempty"`
	AccountName string      `json:"account_name,omitempty"`
	MaxHours    order.Hours `json:"max_hours,omitempty"` // the most for this person; 0: no limit

	// Estimate is what the order is expected to cost: at the price of the last receipt, or
	// else of the rules. From is "" if neither is known.
	Estimate order.Estimate `json:"-"`
	// NeedsPrice reports whether a limit or an approval rule is about amounts.
	NeedsPrice bool `json:"-"`
	// Limits are all limits of the rules. What is left of them is not theirs to say.
	Limits []order.Limit `json:"-"`

	// Rules are all approval rules, if the person may order from the server. If none
	// of them matches, the requester confirms the order.
	Rules []RuleExplanation `json:"rules"`
	// Unreadable are the groups of the rules whose members are not known.
	Unreadable []string `json:"unreadable,omitempty"`
}

// RuleExplanation is what one approval rule says about a request.
type RuleExplanation struct {
	Name       string      `json:"name"`
	Line       int         `json:"line"` // in the policy file
	Matches    bool        `json:"matches"`
	Conditions []Condition `json:"conditions,omitempty"` // none: it always matches
	Approvers  []string    `json:"approvers"`            // ids of users and groups, as in the rules
	// Users are those whose yes counts for this request, as far as the members of the
	// groups are known.
	Users      []string `json:"users"`
	Count      int      `json:"count"`                // how many of them have to say yes
	Price      bool     `json:"price,omitempty"`      // it is there because the price is not known; the rules do not have it
	Unreadable []string `json:"unreadable,omitempty"` // groups of Approvers whose members are not known
}

// Condition is one condition of an approval rule.
type Condition struct {
	Name  string `json:"name"` // as in a policy file
	Holds bool   `json:"holds"`
	Why   string `json:"why"`
}

// Explain returns the decision about a request, by the same code that decides in
// Slack. members are those of the groups. It fails if the rules cannot be read.
func (r *Rules) Explain(q Question, members Members) (Explanation, error) {
	rs, err := r.current()
	if err != nil {
		return Explanation{}, fmt.Errorf("the rules cannot be used: %w", err)
	}
	x := newMoment(rs, members).explain(q)
	x.Expires = r.expires(rs.facts[x.ServerID])
	return x, nil
}

func (m moment) explain(q Question) Explanation {
	x := Explanation{Unreadable: m.unreadable(m.groupIDs()), Rules: []RuleExplanation{}}
	server, e, a := m.grant(q.User, q.Server)
	if a.code != "" {
		x.Code, x.Why, x.Near = a.code, a.why, a.near
		return x
	}
	x.ServerName, x.ServerID, x.About = server.Name, server.ID, m.facts[server.ID].about
	x.Entry, x.Line, x.Account, x.AccountName = e.id, e.line, e.account, m.accounts[e.account]
	x.MaxHours = most(q.MaxHours, e.maxHours)
	x.Limits, x.NeedsPrice, x.Estimate = slices.Clone(m.limits), m.needPrices(), m.estimate(q, server.ID)
	o := x.Order(order.Person{User: q.User}, q.Hours)
	for _, op := range m.opinions(o) {
		x.Rules = append(x.Rules, m.explainRule(op, o))
	}
	if _, a = m.judge(o); q.Hours < 1 || x.MaxHours > 0 && q.Hours > x.MaxHours {
		a = no(order.CodeBadHours, "an order of %s is for 1 to %d hours", q.User, x.MaxHours)
	}
	x.Code, x.Why = a.code, a.why
	return x
}

// Order returns the order of a person that was explained.
func (x Explanation) Order(p order.Person, hours order.Hours) order.Order {
	server := order.Server{Name: x.ServerName, ID: x.ServerID}
	return order.Order{Person: p, Account: x.Account, Server: server, Hours: hours, Estimate: x.Estimate}
}

// estimate returns what a request is expected to cost.
func (m moment) estimate(q Question, serverID string) order.Estimate {
	stated := order.Receipt{PlanPrice: m.facts[serverID].price}
	found := order.Estimate{Amount: stated.Estimate(q.Hours), From: order.PriceFromPolicy}
	if last := q.LastReceipt; last != nil && last.Estimate(q.Hours).Valid {
		found = order.Estimate{Amount: last.Estimate(q.Hours), From: order.PriceFromReceipt}
	}
	if !found.Known() {
		return order.Estimate{}
	}
	return found
}

// most returns the lower of two limits; 0 is no limit.
func most(a, b order.Hours) order.Hours {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

func (m moment) explainRule(op opinion, o order.Order) RuleExplanation {
	possible := slices.Sorted(m.users(op.approvers))
	possible = slices.DeleteFunc(slices.Compact(possible), func(user string) bool { return !op.canCount(user, o) })
	x := RuleExplanation{
		Name: op.name, Line: op.line, Matches: op.matches(), Approvers: op.approvers, Users: append([]string{}, possible...),
		Count: op.count, Price: op.state.Price, Unreadable: op.state.Unreadable,
	}
	add := func(name, holds, not string) {
		c := Condition{Name: name, Holds: !slices.Contains(op.unmet, name), Why: holds}
		if !c.Holds {
			c.Why = not
		}
		x.Conditions = append(x.Conditions, c)
	}
	if op.hoursOver > 0 {
		add(fieldHoursOver, fmt.Sprintf("%s are more than %d", o.Hours.Short(), op.hoursOver),
			fmt.Sprintf("%s are not more than %d", o.Hours.Short(), op.hoursOver))
	}
	if op.amountOver.Valid {
		estimate, over := order.FormatAmount(o.Estimate.Amount), order.FormatAmount(op.amountOver)
		not := fmt.Sprintf("%s is not more than %s", estimate, over)
		if op.unpriced {
			not = "the price is not known"
		}
		add(fieldAmountOver, fmt.Sprintf("%s is more than %s", estimate, over), not)
	}
	if op.state.Price {
		add(fieldPrice, "the price is not known, and "+op.because, "")
	}
	if op.serverIDs != nil {
		add(fieldServers, o.Server.Label()+" is one of its servers", o.Server.Label()+" is none of its servers")
	}
	if op.people != nil {
		holds := o.Person.User + " is one of its people"
		if len(op.state.Assumed) > 0 {
			holds = fmt.Sprintf(whyGroupUnread+", so it counts as matching", op.state.Assumed[0])
		}
		add(fieldPeople, holds, o.Person.User+" is none of its people")
	}
	return x
}
