package auth

import (
	"cmp"
	"slices"

	"extendbot/order"
)

// ruleset is the content of the rules at one moment. It is immutable.
type ruleset struct {
	people  map[string]rights // by Slack user id
	admins  []string          // Slack user ids, in the order of the rules
	servers []order.Server    // sorted by name
	byName  map[string]order.Server
	byID    map[string]order.Server
	anyID   bool // servers that are not listed may be used by their id
}

// rights are what one person may use.
type rights struct {
	account    string          // the 0xhost account that pays
	allServers bool            // every listed server
	serverIDs  map[string]bool // otherwise, the ids of the servers that the person may use
}

func (r rights) mayUse(id string) bool { return r.allServers || r.serverIDs[id] }

func newRuleset(servers []order.Server) *ruleset {
	rs := &ruleset{
		people:  map[string]rights{},
		servers: slices.Clone(servers),
		byName:  make(map[string]order.Server, len(servers)),
		byID:    make(map[string]order.Server, len(servers)),
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

// find returns the server that nameOrID means for a person with these rights,
// and reports whether there is one. A name matches in any case, an id only
// exactly. What matches exactly comes first.
func (rs *ruleset) find(r rights, nameOrID string) (order.Server, bool) {
	matches := []order.Server{rs.byID[nameOrID], rs.byName[fold(nameOrID)]}
	if matches[1].Name == nameOrID {
		slices.Reverse(matches)
	}
	for _, server := range matches {
		if server.ID != "" && r.mayUse(server.ID) {
			return server, true
		}
	}
	if rs.anyID && order.ValidHostID(nameOrID) {
		return order.Server{ID: nameOrID}, true
	}
	return order.Server{}, false
}

// allows reports whether a person with these rights may use the server with
// this id.
func (rs *ruleset) allows(r rights, id string) bool {
	if _, ok := rs.byID[id]; ok {
		return r.mayUse(id)
	}
	return rs.anyID && order.ValidHostID(id)
}

// serversOf returns the listed servers that a person with these rights may use.
func (rs *ruleset) serversOf(r rights) []order.Server {
	var allowed []order.Server
	for _, server := range rs.servers {
		if r.mayUse(server.ID) {
			allowed = append(allowed, server)
		}
	}
	return allowed
}
