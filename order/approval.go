package order

import (
	"slices"
	"time"
)

// MaxDeclineReason is how many characters of the reason for a decline are stored.
const MaxDeclineReason = 300

// Approval is one person's yes to an order. The confirmation of the requester is
// one, too, if no rule of the policy asks for others.
type Approval struct {
	User string    `json:"user"` // the Slack user id
	At   time.Time `json:"at"`
}

// ApprovedBy reports whether a person of the order's workspace said yes to it.
func (o Order) ApprovedBy(user string) bool {
	return slices.ContainsFunc(o.Approvals, func(a Approval) bool { return a.User == user })
}

// RuleState is a rule of the policy that matches an order, and what it still
// misses.
type RuleState struct {
	Name string
	// Approvers are the ids of the Slack users and user groups who may say yes, as the
	// policy lists them.
	Approvers []string
	// Count is how many of them have to say yes, at least 1.
	Count int
	// By are the users whose recorded yes counts now, in the order of their
	// approvals.
	By []string
	// Unreadable are the groups of Approvers whose members are not known now. The yes
	// of their members does not count.
	Unreadable []string
	// Price is whether the rule is not one of the policy: an admin has to approve the
	// order because its price is not known, and a limit or a rule needs it.
	Price bool
	// Assumed are the groups whose members are not known now, if the rule matches only
	// because one of them may have the requester.
	Assumed []string
}

// Missing returns how many people still have to say yes.
func (r RuleState) Missing() int { return max(r.Count-len(r.By), 0) }

// Ruling is what the policy says about an order at one moment. The zero value
// means that the requester confirms the order, and has not done so.
type Ruling struct {
	// Rules are the rules that match the order. Without one, the requester confirms
	// it.
	Rules []RuleState
	// Complete reports whether everybody who must say yes did.
	Complete bool
	// Limits are those under which the order may be approved.
	Limits []Limit
}
