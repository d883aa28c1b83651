package slacksim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// usersInfo follows https://docs.slack.dev/reference/methods/users.info
func usersInfo(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	u, ok := s.workspace.users[req.str("user")]
	if !ok {
		return nil, refuse("user_not_found")
	}
	label, offset := s.zoneOf(u)
	return map[string]any{"user": map[string]any{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName,
		"deleted": u.Deleted, "is_bot": u.IsBot, "is_admin": u.IsAdmin, "is_app_user": false,
		"is_restricted": u.IsRestricted, "is_ultra_restricted": u.IsUltraRestricted,
		"is_stranger": u.IsStranger, "tz": u.TZ, "tz_label": label, "tz_offset": offset,
		"profile": map[string]any{
			"real_name": u.RealName, "display_name": u.Name, "email": u.Email, "team": u.TeamID,
		},
	}}, nil
}

// zoneOf returns the label of a user's time zone now, and its offset from UTC in
// seconds. Slack's labels are names such as "Greenwich Mean Time"; here they are
// abbreviations. A zone that this machine does not know has the label and offset
// of UTC.
func (s *Server) zoneOf(u User) (label string, offset int) {
	zone, err := time.LoadLocation(u.TZ)
	if err != nil {
		zone = time.UTC
	}
	return s.cfg.Now().In(zone).Zone()
}

// usergroupsList follows https://docs.slack.dev/reference/methods/usergroups.list
func usergroupsList(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	list := make([]map[string]any, 0, len(s.workspace.groups))
	for _, id := range slices.SortedFunc(maps.Keys(s.workspace.groups), cmp.Compare[string]) {
		g := s.workspace.groups[id]
		if g.Disabled && !req.flag("include_disabled") {
			continue
		}
		d := map[string]any{
			"id": g.ID, "team_id": s.cfg.TeamID, "is_usergroup": true, "name": g.Name,
			"handle": g.Handle, "user_count": len(g.Members), "date_delete": deletedAt(g),
		}
		if req.flag("include_users") {
			d["users"] = g.Members
		}
		list = append(list, d)
	}
	return map[string]any{"usergroups": list}, nil
}

func deletedAt(g Usergroup) int {
	if g.Disabled {
		return 1
	}
	return 0
}

// usergroupsUsersList follows
// https://docs.slack.dev/reference/methods/usergroups.users.list
func usergroupsUsersList(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	g, ok := s.workspace.groups[req.str("usergroup")]
	if !ok || g.Disabled && !req.flag("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return map[string]any{"users": append([]string{}, g.Members...)}, nil
}
