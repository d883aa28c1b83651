package auth

import (
	"slices"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// rule is one approval rule. It matches an order if all of its conditions hold; a
// condition that is not set always holds.
type rule struct {
	name string
	line int // in the policy file

	hoursOver  order.Hours         // 0: not set
	amountOver decimal.NullDecimal // of the estimate
	servers    []string            // as the rules write them
	serverIDs  map[string]bool     // the servers that these are; nil: not set
	people     []string            // ids of users and groups; nil: not set

	approvers       []string // ids of users and groups
	count           int      // how many of them have to say yes, at least 1
	requesterCounts bool     // whether the requester can be one of them
}

// The names of the conditions, as in a policy file.
const (
	fieldHoursOver  = "hours_over"
	fieldAmountOver = "amount_over"
)

// opinion is what one approval rule says about an order.
type opinion struct {
	*rule
	unmet    []string // the conditions that do not hold, or of which that is not known
	unpriced bool     // whether amountOver is one of them, because the price is not known
	because  string   // why the rule is there, if it is not one of the policy
	state    order.RuleState
}

func (op opinion) matches() bool { return len(op.unmet) == 0 }

// needsPrice reports whether the rule matches if the price of the order is high enough,
// which is not known.
func (op opinion) needsPrice() bool { return op.unpriced && len(op.unmet) == 1 }

// mayBe reports whether a person may be an approver by a group that cannot be read.
func (op opinion) mayBe(user string, o order.Order) bool {
	return len(op.state.Unreadable) > 0 && op.canCount(user, o)
}

// canCount reports whether the yes of an approver counts for this order: that of the
// requester only if the rule says so.
func (r *rule) canCount(user string, o order.Order) bool {
	return r.requesterCounts || user != o.Person.User
}

// approves reports whether the yes of a user counts in a rule, as far as the groups
// can be read.
func (m moment) approves(user string, r *rule, o order.Order) bool {
	return r.canCount(user, o) && m.lists(r.approvers, user)
}

// able returns how many people can say yes, as far as the groups can be read. It
// counts no further than the rule asks for, because groups can be large.
func (m moment) able(r *rule, o order.Order) int {
	users := map[string]bool{}
	for user := range m.users(r.approvers) {
		if len(users) == r.count {
			break
		}
		if r.canCount(user, o) {
			users[user] = true
		}
	}
	return len(users)
}

// opinions returns what each approval rule says about an order, also those that do
// not match. If the price of the order is needed, and not known, the last one is that an
// admin has to approve it.
func (m moment) opinions(o order.Order) []opinion {
	all := make([]opinion, 0, len(m.approvals)+1)
	for _, r := range m.approvals {
		all = append(all, m.opinion(r, o))
	}
	if needs, assumed := m.needsPrice(o, all); needs != "" {
		op := m.opinion(&rule{name: "price not known", approvers: m.admins, count: 1}, o)
		op.because = needs + " needs it"
		op.state.Price, op.state.Assumed = true, assumed
		all = append(all, op)
	}
	return all
}

// needsPrice returns what needs the price of an order and cannot have it, because it is
// not known; "" if there is nothing. assumed are the groups whose members are not known
// now, if it is only needed because one of them may have the requester.
func (m moment) needsPrice(o order.Order, ops []opinion) (what string, assumed []string) {
	switch {
	case o.Estimate.Known():
		return "", nil
	case m.limitsAmounts():
		return "a limit on amounts", nil
	}
	for _, op := range ops {
		switch {
		case !op.needsPrice():
		case len(op.state.Assumed) == 0:
			return "rule " + op.name, nil
		case what == "":
			what, assumed = "rule "+op.name, op.state.Assumed
		}
	}
	return what, assumed
}

func (m moment) opinion(r *rule, o order.Order) opinion {
	op := opinion{rule: r}
	var assumed []string
	if r.hoursOver > 0 && o.Hours <= r.hoursOver {
		op.unmet = append(op.unmet, fieldHoursOver)
	}
	switch {
	case !r.amountOver.Valid:
	case !o.Estimate.Known():
		op.unmet, op.unpriced = append(op.unmet, fieldAmountOver), true
	case o.Estimate.Amount.Decimal.LessThanOrEqual(r.amountOver.Decimal):
		op.unmet = append(op.unmet, fieldAmountOver)
	}
	if r.serverIDs != nil && !r.serverIDs[o.Server.ID] {
		op.unmet = append(op.unmet, fieldServers)
	}
	if r.people != nil && !m.lists(r.people, o.Person.User) {
		// A group that cannot be read may have the requester: the stricter answer is that
		// the rule matches.
		if assumed = m.unreadable(r.people); len(assumed) == 0 {
			op.unmet = append(op.unmet, fieldPeople)
		}
	}
	op.state = order.RuleState{
		Name: r.name, Approvers: slices.Clone(r.approvers), Count: r.count,
		Unreadable: m.unreadable(r.approvers), Assumed: assumed,
	}
	for _, yes := range o.Approvals {
		if m.approves(yes.User, r, o) && !slices.Contains(op.state.By, yes.User) {
			op.state.By = append(op.state.By, yes.User)
		}
	}
	return op
}

// matching returns what the approval rules that match an order say about it.
func (m moment) matching(o order.Order) []opinion {
	return slices.DeleteFunc(m.opinions(o), func(op opinion) bool { return !op.matches() })
}

// missing returns those that still need somebody's yes.
func missing(ops []opinion) []opinion {
	var open []opinion
	for _, op := range ops {
		if op.state.Missing() > 0 {
			open = append(open, op)
		}
	}
	return open
}

func states(ops []opinion) []order.RuleState {
	var all []order.RuleState
	for _, op := range ops {
		all = append(all, op.state)
	}
	return all
}

// rulingOf returns the ruling that follows from the approval rules that match an
// order.
func (m moment) rulingOf(o order.Order, ops []opinion) order.Ruling {
	ruling := order.Ruling{Rules: states(ops), Limits: slices.Clone(m.limits)}
	if len(ops) == 0 {
		ruling.Complete = o.ApprovedBy(o.Person.User)
	} else {
		ruling.Complete = len(missing(ops)) == 0
	}
	return ruling
}
