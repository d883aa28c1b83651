package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"extendbot/order"
)

// The keys of a policy file, and the value that means every server.
const (
	fieldServers = "servers"
	fieldPeople  = "people"
	fieldAccount = "account"
	fieldAdmins  = "admins"
	everyServer  = "*"
)

// policyYAML parses the text of a policy file. It walks the YAML nodes itself
// instead of decoding into structs, so that each mistake has its line and no
// message quotes a value.
type policyYAML struct {
	file     string // its path, for mistakes
	mistakes []*Mistake
}

// parsePolicyYAML parses the text of a policy file. The error joins one
// [*Mistake] for each thing that is wrong, in the order of their lines.
func parsePolicyYAML(file string, text []byte) (*ruleset, error) {
	y := &policyYAML{file: file}
	var rs *ruleset
	if root := y.root(text); root != nil {
		top := y.fields(root, "the file", []string{fieldServers, fieldPeople}, fieldAdmins)
		rs = newRuleset(y.servers(top[fieldServers]))
		if people := top[fieldPeople]; people != nil {
			y.people(rs, people)
		}
		if admins := top[fieldAdmins]; admins != nil {
			rs.admins = y.admins(admins)
		}
	}
	if len(y.mistakes) == 0 {
		return rs, nil
	}
	slices.SortStableFunc(y.mistakes, func(x, y *Mistake) int { return cmp.Compare(x.Line, y.Line) })
	all := make([]error, len(y.mistakes))
	for i, m := range y.mistakes {
		all[i] = m
	}
	return nil, errors.Join(all...)
}

// servers parses the names and ids of the servers.
func (y *policyYAML) servers(n *yaml.Node) []order.Server {
	if n == nil {
		return nil
	}
	var servers []order.Server
	var lines []int
	names, ids := firstSeen{}, firstSeen{}
	for _, e := range y.entries(n, "servers") {
		id := y.scalar(e.value)
		y.report(e.line, checkName(e.key))
		y.report(e.line, checkServer(id))
		y.report(e.line, names.duplicate(fold(e.key), e.line, "the same name as line %d"))
		y.report(e.line, ids.duplicate(id, e.line, "the same server id as line %d"))
		servers, lines = append(servers, order.Server{Name: e.key, ID: id}), append(lines, e.line)
	}
	for i, other := range namesThatAreIDs(servers) {
		y.report(lines[i], fmt.Sprintf("the name is the server id of line %d", lines[other]))
	}
	return servers
}

// people parses the rights of all people into a ruleset that already has its
// servers.
func (y *policyYAML) people(rs *ruleset, n *yaml.Node) {
	for _, e := range y.entries(n, "people") {
		y.report(e.line, checkUser(e.key))
		rs.people[e.key] = y.person(rs, e.value)
	}
}

// admins parses the list of people who may settle an unknown outcome.
func (y *policyYAML) admins(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		y.report(n.Line, "admins must be a list of Slack user ids; leave it out if there are none")
		return nil
	}
	var admins []string
	seen := firstSeen{}
	for _, item := range n.Content {
		user := y.scalar(item)
		y.report(item.Line, checkUser(user))
		y.report(item.Line, seen.duplicate(user, item.Line, "the same person as line %d"))
		admins = append(admins, user)
	}
	return admins
}

// person parses the rights of one person.
func (y *policyYAML) person(rs *ruleset, n *yaml.Node) rights {
	fields := y.fields(n, "a person", []string{fieldAccount}, fieldServers)
	r := rights{allServers: true}
	if account := fields[fieldAccount]; account != nil {
		r.account = y.scalar(account)
		y.report(account.Line, checkAccount(r.account))
	}
	if list := fields[fieldServers]; list != nil {
		r.allServers, r.serverIDs = y.personServers(rs, list)
	}
	return r
}

// personServers parses which servers a person may use: "*", or a list of names
// and ids.
func (y *policyYAML) personServers(rs *ruleset, n *yaml.Node) (all bool, ids map[string]bool) {
	if n.Kind == yaml.ScalarNode && n.Value == everyServer {
		return true, nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		y.report(n.Line, `servers must be a list of names or ids, or "*"; leave it out to allow all servers of the file`)
		return false, nil
	}
	ids = map[string]bool{}
	for _, item := range n.Content {
		nameOrID := y.scalar(item)
		if nameOrID == everyServer {
			all = true
			continue
		}
		server, ok := rs.find(rights{allServers: true}, nameOrID)
		if !ok {
			y.report(item.Line, "no such server: it must be a name or an id from servers")
		}
		ids[server.ID] = true
	}
	return all, ids
}
