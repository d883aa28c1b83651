package auth

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

// The fields of a server in its long form.
const (
	fieldID      = "id"
	fieldPrice   = "price"
	fieldExpires = "expires"
	fieldAbout   = "about"
)

// servers parses the servers into a new ruleset.
func (y *policyYAML) servers(n *yaml.Node) *ruleset {
	if n == nil {
		return newRuleset(nil)
	}
	var servers []order.Server
	var lines []int
	facts := map[string]serverFacts{}
	names, ids := firstSeen{}, firstSeen{}
	for _, e := range y.entries(n, fieldServers) {
		id, about := y.server(e.value)
		y.report(e.line, checkName(e.key))
		y.report(e.line, names.duplicate(fold(e.key), e.line, "the same name as line %d"))
		if id != "" {
			y.report(e.line, ids.duplicate(id, e.line, "the same server id as line %d"))
		}
		servers, lines = append(servers, order.Server{Name: e.key, ID: id}), append(lines, e.line)
		facts[id] = about
	}
	for i, other := range namesThatAreIDs(servers) {
		y.report(lines[i], fmt.Sprintf("the name is the server id of line %d", lines[other]))
	}
	rs := newRuleset(servers)
	rs.facts = facts
	return rs
}

// server parses one server: its id, or a mapping with the id and what else is known.
func (y *policyYAML) server(n *yaml.Node) (id string, about serverFacts) {
	if n.Kind != yaml.MappingNode {
		return y.hostID(n, checkServer), serverFacts{}
	}
	fields := y.fields(n, "a server", []string{fieldID}, fieldPrice, fieldExpires, fieldAbout)
	if n := fields[fieldID]; n != nil {
		id = y.hostID(n, checkServer)
	}
	if n := fields[fieldPrice]; n != nil {
		about.price = y.amount(n, fieldPrice)
	}
	if n := fields[fieldExpires]; n != nil {
		about.expires = y.time(n, fieldExpires)
	}
	if n := fields[fieldAbout]; n != nil {
		about.about = y.text(n, fieldAbout)
	}
	return id, about
}

// accounts parses the names of accounts into a ruleset that already has its people
// and groups.
func (y *policyYAML) accounts(rs *ruleset, n *yaml.Node) {
	used := map[string]bool{}
	for _, e := range rs.people {
		used[e.account] = true
	}
	for _, e := range rs.groups {
		used[e.account] = true
	}
	names := firstSeen{}
	for _, e := range y.entries(n, fieldAccounts) {
		y.hostID(e.node, checkAccount)
		if !used[e.key] {
			y.report(e.line, "no such account: no person and no group has this account")
		}
		if name := y.fields(e.value, "an account", []string{fieldName})[fieldName]; name != nil {
			rs.accounts[e.key] = y.text(name, fieldName)
			y.report(name.Line, names.duplicate(fold(rs.accounts[e.key]), name.Line, "the same name as line %d"))
		}
	}
}
