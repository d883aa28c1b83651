package auth

import (
	"cmp"
	"errors"
	"slices"

	"go.yaml.in/yaml/v4"
)

// The keys of a policy file, and the value that means every server.
const (
	fieldServers   = "servers"
	fieldAccounts  = "accounts"
	fieldPeople    = "people"
	fieldGroups    = "groups"
	fieldApprovals = "approvals"
	fieldLimits    = "limits"
	fieldAdmins    = "admins"
	fieldAccount   = "account"
	fieldName      = "name"
	fieldMaxHours  = "max_hours"
	everyServer    = "*"
)

// policyYAML parses the text of a policy file. It walks the YAML nodes itself
// instead of decoding into structs, so that each mistake has its line and no
// message quotes a value.
type policyYAML struct {
	file     string // its path, for mistakes
	mistakes []*Mistake
	compared int // patterns with names of servers
}

// parsePolicyYAML parses the text of a policy file. The error joins one
// [*Mistake] for each thing that is wrong, in the order of their lines.
func parsePolicyYAML(file string, text []byte) (*ruleset, error) {
	y := &policyYAML{file: file}
	var rs *ruleset
	if root := y.root(text); root != nil {
		rs = y.ruleset(root)
	}
	if len(y.mistakes) == 0 {
		return rs, nil
	}
	y.explainMistakes(text)
	slices.SortStableFunc(y.mistakes, func(x, y *Mistake) int { return cmp.Compare(x.Line, y.Line) })
	all := make([]error, len(y.mistakes))
	for i, m := range y.mistakes {
		all[i] = m
	}
	return nil, errors.Join(all...)
}

// ruleset parses the whole file. What other parts refer to comes first, whatever the
// order in the file.
func (y *policyYAML) ruleset(root *yaml.Node) *ruleset {
	top := y.fields(root, "the file", []string{fieldServers},
		fieldAccounts, fieldPeople, fieldGroups, fieldApprovals, fieldLimits, fieldAdmins)
	rs := y.servers(top[fieldServers])
	if top[fieldPeople] == nil && top[fieldGroups] == nil && root.Kind == yaml.MappingNode {
		y.report(root.Line, "the file has no field people, and no field groups")
	}
	if people := top[fieldPeople]; people != nil {
		y.people(rs, people)
	}
	if groups := top[fieldGroups]; groups != nil {
		y.groups(rs, groups)
	}
	if accounts := top[fieldAccounts]; accounts != nil {
		y.accounts(rs, accounts)
	}
	if approvals := top[fieldApprovals]; approvals != nil {
		y.approvals(rs, approvals)
	}
	if limits := top[fieldLimits]; limits != nil {
		y.limits(rs, limits)
	}
	if admins := top[fieldAdmins]; admins != nil {
		rs.admins = y.ids(admins, fieldAdmins, "Slack user ids; leave it out if there are none", checkUser)
	}
	return rs
}
