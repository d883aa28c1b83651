package slacksim

import (
	"cmp"
	"maps"
	"slices"
)

// usergroupsList follows https://docs.slack.dev/reference/methods/usergroups.list
func usergroupsList(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if s.workspace.noUsergroups {
		return nil, refuse("plan_upgrade_required")
	}
	list := make([]object, 0, len(s.workspace.groups))
	for _, id := range slices.SortedFunc(maps.Keys(s.workspace.groups), cmp.Compare[string]) {
		g := s.workspace.groups[id]
		if g.Disabled && !req.flag("include_disabled") {
			continue
		}
		shown := s.usergroupJSON(g)
		if req.flag("include_users") {
			shown["users"] = g.Members
		}
		list = append(list, shown)
	}
	return map[string]any{"usergroups": list}, nil
}

// usergroupsUsersList follows
// https://docs.slack.dev/reference/methods/usergroups.users.list
func usergroupsUsersList(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	g := s.workspace.groups[req.str("usergroup")]
	switch {
	case s.workspace.noUsergroups:
		return nil, refuse("plan_upgrade_required")
	case g == nil || g.Disabled && !req.flag("include_disabled"):
		return nil, refuse("no_such_subteam")
	}
	return map[string]any{"users": g.Members}, nil
}

// SetUsergroupsInPlan sets whether the plan of the workspace has user groups. While it
// has not, the methods about them answer plan_upgrade_required. By default it has.
func (s *Server) SetUsergroupsInPlan(has bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	s.workspace.noUsergroups = !has
}
