package auth

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxCompared is how many comparisons of a pattern with a name a file may need: it is
// read while people wait for an answer. It is enough for 1000 patterns and 5000 servers.
const maxCompared = 5_000_000

// people parses what each person may do into a ruleset that already has its servers.
func (y *policyYAML) people(rs *ruleset, n *yaml.Node) {
	for _, e := range y.entries(n, fieldPeople) {
		y.report(e.line, checkUser(e.key))
		rs.people[e.key] = y.entry(rs, e, "a person")
	}
}

// groups parses what the members of each group may do, likewise.
func (y *policyYAML) groups(rs *ruleset, n *yaml.Node) {
	for _, e := range y.entries(n, fieldGroups) {
		y.report(e.line, checkGroup(e.key))
		rs.groups = append(rs.groups, y.entry(rs, e, "a group"))
	}
}

// entry parses what a person, or the members of a group, may do.
func (y *policyYAML) entry(rs *ruleset, from yamlEntry, what string) *entry {
	fields := y.fields(from.value, what, []string{fieldAccount}, fieldServers, fieldMaxHours)
	e := &entry{id: from.key, line: from.line, allServers: true}
	if n := fields[fieldAccount]; n != nil {
		e.account = y.hostID(n, checkAccount)
	}
	if n := fields[fieldServers]; n != nil {
		e.allServers, e.serverIDs = y.entryServers(rs, n)
	}
	if n := fields[fieldMaxHours]; n != nil {
		e.maxHours = y.hours(n, fieldMaxHours)
	}
	return e
}

// entryServers parses which servers an entry allows: "*", or a list of names, ids and
// patterns.
func (y *policyYAML) entryServers(rs *ruleset, n *yaml.Node) (all bool, ids map[string]bool) {
	if n.Kind == yaml.ScalarNode && n.Value == everyServer {
		return true, nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		y.report(n.Line, `servers must be a list of names, ids or patterns, or "*"; leave it out to allow all servers of the file`)
		return false, nil
	}
	ids = map[string]bool{}
	seen := firstSeen{}
	for _, item := range n.Content {
		word := y.scalar(item)
		all = all || word == everyServer
		y.serverIDs(rs, item, word, ids, seen)
	}
	return all, ids
}

// serverIDs adds the ids of the servers that an item of a list means: a name, an id,
// or a pattern for names. seen has what the list had so far: a server twice is a mistake,
// also by its name and its id, but a pattern may match a server that is in the list.
func (y *policyYAML) serverIDs(rs *ruleset, item *yaml.Node, word string, ids map[string]bool, seen firstSeen) {
	if !strings.Contains(word, everyServer) {
		found := rs.find(word)
		if len(found) == 0 {
			y.report(item.Line, "no such server: it must be a name, an id or a pattern from servers")
			return
		}
		ids[found[0].ID] = true
		y.report(item.Line, seen.duplicate(found[0].ID, item.Line, "the same server as line %d"))
		return
	}
	if !validPattern.MatchString(word) {
		y.report(item.Line, "a pattern must be 1 to 64 letters, digits, dots, underscores, hyphens and asterisks")
		return
	}
	y.report(item.Line, seen.duplicate(fold(word), item.Line, "the same pattern as line %d"))
	if y.compared += len(rs.servers); y.compared > maxCompared {
		y.report(item.Line, "too many patterns for so many servers")
		return
	}
	matches, some := glob(word), false
	for _, server := range rs.servers {
		if matches(server.Name) {
			ids[server.ID], some = true, true
		}
	}
	if !some {
		y.report(item.Line, "no server has a name that matches this pattern")
	}
}

// glob returns a function that reports whether a name matches a pattern in any case.
// An asterisk matches any characters, also none.
func glob(pattern string) func(name string) bool {
	parts := strings.Split(fold(pattern), everyServer)
	first, middle, last := parts[0], parts[1:len(parts)-1], parts[len(parts)-1]
	return func(name string) bool {
		rest, ok := strings.CutPrefix(fold(name), first)
		for _, part := range middle {
			if ok {
				_, rest, ok = strings.Cut(rest, part)
			}
		}
		return ok && strings.HasSuffix(rest, last)
	}
}
