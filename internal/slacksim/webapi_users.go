package slacksim

import "time"

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
