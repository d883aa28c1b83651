package auth

import (
	"iter"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

// The fields of an approval rule.
const (
	fieldWhen            = "when"
	fieldApprovers       = "approvers"
	fieldCount           = "count"
	fieldRequesterCounts = "requester_counts"
)

// approvals parses the approval rules into a ruleset that already has its servers,
// people and groups.
func (y *policyYAML) approvals(rs *ruleset, n *yaml.Node) {
	names, users := firstSeen{}, newUsersOf(rs)
	for _, item := range y.items(n, fieldApprovals, "approval rules; leave it out if there are none") {
		r := y.approval(rs, users, item)
		if r.name != "" {
			y.report(item.Line, names.duplicate(fold(r.name), item.Line, "the same name as the rule in line %d"))
		}
		rs.approvals = append(rs.approvals, r)
	}
}

// approval parses one approval rule.
func (y *policyYAML) approval(rs *ruleset, users usersOf, n *yaml.Node) *rule {
	fields := y.fields(n, "an approval rule", []string{fieldName, fieldApprovers}, fieldWhen, fieldCount, fieldRequesterCounts)
	r := &rule{line: n.Line, count: 1}
	if n := fields[fieldName]; n != nil {
		r.name = y.text(n, fieldName)
	}
	if n := fields[fieldWhen]; n != nil {
		y.when(rs, r, n)
	}
	if n := fields[fieldApprovers]; n != nil {
		r.approvers = y.ids(n, fieldApprovers, "ids of Slack users and user groups", checkMember)
	}
	counted := n
	if n := fields[fieldCount]; n != nil {
		counted, r.count = n, y.count(n, fieldCount)
	}
	if n := fields[fieldRequesterCounts]; n != nil {
		r.requesterCounts = y.yesOrNo(n, fieldRequesterCounts)
	}
	y.report(counted.Line, r.neverSatisfied(rs, users))
	return r
}

// when parses the conditions of an approval rule.
func (y *policyYAML) when(rs *ruleset, r *rule, n *yaml.Node) {
	fields := y.fields(n, "when", nil, fieldHoursOver, fieldAmountOver, fieldServers, fieldPeople)
	if n := fields[fieldHoursOver]; n != nil {
		r.hoursOver = y.hours(n, fieldHoursOver)
	}
	if n := fields[fieldAmountOver]; n != nil {
		r.amountOver = y.amount(n, fieldAmountOver)
	}
	if n := fields[fieldServers]; n != nil {
		r.serverIDs = map[string]bool{}
		seen := firstSeen{}
		for _, item := range y.items(n, fieldServers, "names, ids or patterns; leave it out if the rule is for all servers") {
			word := y.scalar(item)
			y.serverIDs(rs, item, word, r.serverIDs, seen)
			r.servers = append(r.servers, word)
		}
	}
	if n := fields[fieldPeople]; n != nil {
		r.people = y.ids(n, fieldPeople, "ids of Slack users and user groups; leave it out if the rule is for everybody", checkMember)
		y.whenPeople(rs, n)
	}
}

// whenPeople reports people who can never be the requester. If there are groups, any
// person can be.
func (y *policyYAML) whenPeople(rs *ruleset, n *yaml.Node) {
	if len(rs.groups) > 0 || n.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range n.Content {
		if user := item.Value; checkUser(user) == "" && rs.people[user] == nil {
			y.report(item.Line, "no such person: the person is not in people, so the rule never matches for them")
		}
	}
}

// neverSatisfied returns why nobody can ever give the approvals that a rule asks for,
// or "" if that is not certain from the file alone.
func (r *rule) neverSatisfied(rs *ruleset, users usersOf) string {
	if len(r.approvers) == 0 || slices.ContainsFunc(r.approvers, isGroup) {
		return ""
	}
	if len(r.approvers) < r.count {
		return "the rule asks for more approvals than it has approvers"
	}
	people := len(r.people) > 0 && !slices.ContainsFunc(r.people, isGroup)
	if r.requesterCounts || len(r.approvers) > r.count || len(rs.groups) > 0 && !people {
		return ""
	}
	requesters := users.requesters(rs, r)
	if people {
		requesters = slices.Values(r.people)
	}
	approvers := map[string]bool{}
	for _, user := range r.approvers {
		approvers[user] = true
	}
	some := false
	for user := range requesters {
		if !approvers[user] {
			return ""
		}
		some = true
	}
	return messageUnless(!some, "everybody for whom the rule matches is one of its approvers and does not count, so it can never have enough approvals")
}

// usersOf has the people who may use each server, by its id. Those who may use all
// servers are under [everyServer]. Without it, a file with many rules, people, and
// servers would take minutes.
type usersOf map[string][]string

func newUsersOf(rs *ruleset) usersOf {
	users := usersOf{}
	for user, e := range rs.people {
		if e.allServers {
			users[everyServer] = append(users[everyServer], user)
			continue
		}
		for id := range e.serverIDs {
			users[id] = append(users[id], user)
		}
	}
	return users
}

// requesters iterates over the people for whose orders a rule can match, some of them
// more than once. It leaves out the members of groups.
func (users usersOf) requesters(rs *ruleset, r *rule) iter.Seq[string] {
	ids := maps.Keys(r.serverIDs)
	if r.serverIDs == nil {
		ids = maps.Keys(rs.byID)
	}
	return func(yield func(string) bool) {
		everywhere := users[everyServer]
		for id := range ids {
			for _, user := range slices.Concat(everywhere, users[id]) {
				if !yield(user) {
					return
				}
			}
			everywhere = nil // once is enough
		}
	}
}
