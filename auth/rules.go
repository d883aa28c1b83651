package auth

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/fileaccess"
	"extendbot/order"
)

// Rules say who may extend what. They come from settings or a policy file. They
// are not bound to a workspace yet, because they are read before the bot knows
// its workspace; [Rules.ForTeam] binds them. They are safe for concurrent use.
type Rules struct {
	// current returns the current rules.
	current func() (*ruleset, error)
	file    string         // the path of the policy file; "" for the short form
	zone    *time.Location // of times in the policy file; nil: UTC
}

// NewRules returns rules from the short form, the results of [ParseAllowlist],
// [ParseServers] and [ParseAdmins].
//
// Everybody on the allowlist may use every server, by its name in any case or by
// its exact id. If there are no servers, they may use any server by its id;
// 0xhost then decides whether the account that pays owns it. There may be no
// admins, and admins need not be on the allowlist.
func NewRules(people []AllowlistEntry, servers []order.Server, admins ...string) *Rules {
	rs := newRuleset(servers)
	rs.anyID = len(servers) == 0
	rs.admins = admins
	for _, p := range people {
		rs.people[p.User] = &entry{id: p.User, account: p.Account, allServers: true}
	}
	return &Rules{current: func() (*ruleset, error) { return rs, nil }}
}

// ParseRules returns the rules in the text of a policy file, which is not read again.
// file names it in mistakes. The error joins one [*Mistake] for each thing that is
// wrong. A text of more than 1 MiB is a mistake.
func ParseRules(file string, text []byte) (*Rules, error) {
	if len(text) > maxFileSize {
		return nil, tooLarge(file)
	}
	rs, err := parsePolicyYAML(file, text)
	if err != nil {
		return nil, err
	}
	return &Rules{current: func() (*ruleset, error) { return rs, nil }}, nil
}

// Size is how much there is in the rules.
type Size struct {
	Servers   int `json:"servers"`
	People    int `json:"people"`
	Groups    int `json:"groups"` // that may order
	Approvals int `json:"approvals"`
	Limits    int `json:"limits"`
	Admins    int `json:"admins"`
}

// Size returns how much there is in the rules. It fails if they cannot be read.
func (r *Rules) Size() (Size, error) {
	rs, err := r.current()
	if err != nil {
		return Size{}, fmt.Errorf("the rules cannot be used: %w", err)
	}
	return Size{
		Servers: len(rs.servers), People: len(rs.people), Groups: len(rs.groups),
		Approvals: len(rs.approvals), Limits: len(rs.limits), Admins: len(rs.admins),
	}, nil
}

// In returns the same rules. The times in the policy file are those of clocks in
// zone. Without In, they are in UTC.
func (r *Rules) In(zone *time.Location) *Rules {
	in := *r
	in.zone = zone
	return &in
}

// Price returns the price of the plan of the server with this id, for
// [order.HoursPerPlanPrice], according to the rules; null if they do not say so or cannot
// be read. It has no currency: that is the one of all amounts.
func (r *Rules) Price(serverID string) decimal.NullDecimal {
	rs, err := r.current()
	if err != nil {
		return decimal.NullDecimal{}
	}
	return rs.facts[serverID].price
}

// Expires returns when the server with this id expires, according to the rules; zero if
// they do not say so. It fails if they cannot be read. A receipt knows better.
func (r *Rules) Expires(serverID string) (time.Time, error) {
	rs, err := r.current()
	if err != nil {
		return time.Time{}, fmt.Errorf("the rules cannot be used: %w", err)
	}
	return r.expires(rs.facts[serverID]), nil
}

// expires returns when a server expires, or zero.
func (r *Rules) expires(f serverFacts) time.Time {
	if f.expires.IsZero() || r.zone == nil {
		return f.expires
	}
	year, month, day := f.expires.Date()
	hour, minute, _ := f.expires.Clock()
	return time.Date(year, month, day, hour, minute, 0, 0, r.zone)
}

// ForTeam binds the rules to the workspace with this Slack team id. The policy
// refuses people of any other workspace, and everybody if team is "". members are
// those of the workspace's user groups; nil: no group can be read.
func (r *Rules) ForTeam(team string, members Members) *Policy {
	return &Policy{team: team, rules: r, members: members}
}

// Groups returns the ids of the Slack user groups in the rules, each once, sorted;
// none if the rules cannot be read.
func (r *Rules) Groups() []string {
	rs, err := r.current()
	if err != nil {
		return nil
	}
	return rs.groupIDs()
}

// Users returns the ids of the Slack users in the rules, each once, sorted: who may
// order, whom approvals name, and the admins. It fails if the rules cannot be read.
func (r *Rules) Users() ([]string, error) {
	rs, err := r.current()
	if err != nil {
		return nil, fmt.Errorf("the rules cannot be used: %w", err)
	}
	return rs.userIDs(), nil
}

// Err returns nil if the rules can be used now. Otherwise everybody is refused,
// and the error says why.
func (r *Rules) Err() error {
	_, err := r.current()
	return err
}

// Warnings returns what is probably a mistake, although the rules can be used: that no
// admin could approve an order whose price is not known, and that others on this machine
// can read the policy file.
func (r *Rules) Warnings() []string {
	var all []string
	if rs, err := r.current(); err == nil && rs.refusesUnpriced() {
		all = append(all, "orders whose price is not known are refused, because no admin could approve them: add admins, or the price of each server")
	}
	if r.file != "" && readByEveryone(r.file) {
		all = append(all, r.file+" can be read by everyone on this machine; run chmod o-r on it")
	}
	return all
}

// refusesUnpriced reports whether an order can be refused because its price is needed,
// and nobody is admin.
func (rs *ruleset) refusesUnpriced() bool {
	unpriced := func(s order.Server) bool { return !rs.facts[s.ID].price.Valid }
	return len(rs.admins) == 0 && rs.needPrices() && slices.ContainsFunc(rs.servers, unpriced)
}

// readByEveryone reports whether others on this machine can read a file. What is mounted
// read-only is in a container, which has no other users.
func readByEveryone(path string) bool {
	info, err := os.Stat(path)
	return err == nil && fileaccess.Of(info).EveryoneReads() && !fileaccess.ReadOnly(path)
}

// AllServers returns all servers that the rules list, sorted by name, and reports whether
// others may be used by their ids. It fails if the rules cannot be read.
func (r *Rules) AllServers() (list []order.Server, others bool, err error) {
	rs, err := r.current()
	if err != nil {
		return nil, false, fmt.Errorf("the rules cannot be used: %w", err)
	}
	return slices.Clone(rs.servers), rs.anyID, nil
}

// AccountsOf returns the ids of the 0xhost accounts that can pay for the server with this
// id, each once, sorted; none if the rules cannot be read.
func (r *Rules) AccountsOf(serverID string) []string {
	rs, err := r.current()
	if err != nil {
		return nil
	}
	accounts := map[string]bool{}
	for _, e := range slices.AppendSeq(slices.Clone(rs.groups), maps.Values(rs.people)) {
		if rs.allows(e, serverID) {
			accounts[e.account] = true
		}
	}
	return slices.Sorted(maps.Keys(accounts))
}

// Accounts returns the ids of the 0xhost accounts that can pay, each once,
// sorted. It fails if the rules cannot be read.
func (r *Rules) Accounts() ([]string, error) {
	rs, err := r.current()
	if err != nil {
		return nil, fmt.Errorf("the rules cannot be used: %w", err)
	}
	accounts := map[string]bool{}
	for _, p := range rs.people {
		accounts[p.account] = true
	}
	for _, g := range rs.groups {
		accounts[g.account] = true
	}
	return slices.Sorted(maps.Keys(accounts)), nil
}
