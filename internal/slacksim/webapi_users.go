package slacksim

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"extendbot/internal/slacksim/request"
)

// usersInfo follows https://docs.slack.dev/reference/methods/users.info
func usersInfo(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	u, ok := s.workspace.users[req.Str("user")]
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

// botsInfo follows https://docs.slack.dev/reference/methods/bots.info. There is one
// bot: that of the app.
func botsInfo(s *Server, req *request.Request) (map[string]any, error) {
	if req.Str("bot") != s.cfg.BotID {
		return nil, refuse("bot_not_found")
	}
	return map[string]any{"bot": map[string]any{
		"id": s.cfg.BotID, "deleted": false, "name": s.cfg.BotName, "app_id": s.cfg.BotAppID, "user_id": s.cfg.BotUserID,
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
func usergroupsList(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if s.workspace.noUsergroups {
		return nil, refuse("plan_upgrade_required")
	}
	list := make([]object, 0, len(s.workspace.groups))
	for _, id := range slices.SortedFunc(maps.Keys(s.workspace.groups), cmp.Compare[string]) {
		g := s.workspace.groups[id]
		if g.Disabled && !req.Flag("include_disabled") {
			continue
		}
		shown := s.usergroupJSON(g)
		if req.Flag("include_users") {
			shown["users"] = g.Members
		}
		list = append(list, shown)
	}
	return map[string]any{"usergroups": list}, nil
}

// usergroupsUsersList follows
// https://docs.slack.dev/reference/methods/usergroups.users.list
func usergroupsUsersList(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	g := s.workspace.groups[req.Str("usergroup")]
	switch {
	case s.workspace.noUsergroups:
		return nil, refuse("plan_upgrade_required")
	case g == nil || g.Disabled && !req.Flag("include_disabled"):
		return nil, refuse("no_such_subteam")
	}
	return map[string]any{"users": g.Members}, nil
}
