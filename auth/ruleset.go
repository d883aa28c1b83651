package auth

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// ruleset is the content of the rules at one moment. It is immutable.
type ruleset struct {
	people    map[string]*entry // by Slack user id
	groups    []*entry          // Slack user groups, in the order of the rules
	approvals []*rule
	limits    []order.Limit          // in the order of the rules
	admins    []string               // Slack user ids, in the order of the rules
	accounts  map[string]string      // names of accounts, by id
	servers   []order.Server         // sorted by name
	facts     map[string]serverFacts // by server id
	byName    map[string]order.Server
	byID      map[string]order.Server
	anyID     bool // servers that are not listed may be used by their id
}

// serverFacts is what the rules say about a server besides its name and id. The
// zero value means nothing.
type serverFacts struct {
	price   decimal.NullDecimal // of its plan, for 720 hours
	expires time.Time           // the digits of a clock, in UTC; [Rules.In] says whose
	about   string
}

// entry is what the rules allow one person, or the members of a group.
type entry struct {
	id         string          // of the Slack user or the group
	line       int             // in the policy file; 0 in the short form
	account    string          // the 0xhost account that pays
	allServers bool            // every listed server
	serverIDs  map[string]bool // otherwise, the ids of the servers that may be used
	maxHours   order.Hours     // the most per order; 0: no limit of its own
}

func newRuleset(servers []order.Server) *ruleset {
	rs := &ruleset{
		people:   map[string]*entry{},
		accounts: map[string]string{},
		servers:  slices.Clone(servers),
		facts:    map[string]serverFacts{},
		byName:   make(map[string]order.Server, len(servers)),
		byID:     make(map[string]order.Server, len(servers)),
	}
	slices.SortFunc(rs.servers, func(x, y order.Server) int {
		return cmp.Or(cmp.Compare(fold(x.Name), fold(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	for _, s := range servers {
		rs.byName[fold(s.Name)] = s
		rs.byID[s.ID] = s
	}
	return rs
}

// find returns the servers that nameOrID can mean. A name matches in any case, an
// id only exactly. What matches exactly comes first.
func (rs *ruleset) find(nameOrID string) []order.Server {
	matches := []order.Server{rs.byID[nameOrID], rs.byName[fold(nameOrID)]}
	if matches[1].Name == nameOrID {
		slices.Reverse(matches)
	}
	matches = slices.DeleteFunc(matches, func(s order.Server) bool { return s.ID == "" })
	if len(matches) == 0 && rs.anyID && order.ValidHostID(nameOrID) {
		return []order.Server{{ID: nameOrID}}
	}
	return matches
}

// allows reports whether an entry allows the server with this id.
func (rs *ruleset) allows(e *entry, id string) bool {
	if _, ok := rs.byID[id]; ok {
		return e.allServers || e.serverIDs[id]
	}
	return rs.anyID && order.ValidHostID(id)
}

// limitsAmounts reports whether a limit is on amounts.
func (rs *ruleset) limitsAmounts() bool {
	return slices.ContainsFunc(rs.limits, func(l order.Limit) bool { return l.Amount.Valid })
}

// needPrices reports whether a limit or an approval rule is about amounts.
func (rs *ruleset) needPrices() bool {
	return rs.limitsAmounts() || slices.ContainsFunc(rs.approvals, func(r *rule) bool { return r.amountOver.Valid })
}

// userIDs returns the ids of all users in the rules, sorted.
func (rs *ruleset) userIDs() []string {
	ids := slices.AppendSeq(slices.Clone(rs.admins), maps.Keys(rs.people))
	for _, r := range rs.approvals {
		ids = append(append(ids, r.people...), r.approvers...)
	}
	ids = slices.DeleteFunc(ids, isGroup)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groupIDs returns the ids of all groups in the rules, each once, sorted.
func (rs *ruleset) groupIDs() []string {
	var ids []string
	for _, g := range rs.groups {
		ids = append(ids, g.id)
	}
	for _, r := range rs.approvals {
		ids = append(ids, r.people...)
		ids = append(ids, r.approvers...)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !isGroup(id) })
	slices.Sort(ids)
	return slices.Compact(ids)
}
