package slacksim

import "strings"

var (
	readScopes    = []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	historyScopes = []string{"channels:history", "groups:history", "im:history", "mpim:history"}
)

// checkScope checks that the token has the scope for a conversation; kind is "read" or
// "history".
func (s *Server) checkScope(ch *channel, kind string) error {
	scope := "channels:" + kind
	switch {
	case ch.IM:
		scope = "im:" + kind
	case ch.Private:
		scope = "groups:" + kind
	}
	if !s.hasScope(scope) {
		return s.missingScope(scope)
	}
	return nil
}

// visibleChannel returns the conversation in the argument channel, if the bot
// can see it and the token has the scope for reading about it.
func (s *Server) visibleChannel(req *request) (*channel, error) {
	ch, err := s.workspace.visible(req.str("channel"))
	if err != nil {
		return nil, err
	}
	return ch, s.checkScope(ch, "read")
}

// conversationsInfo follows
// https://docs.slack.dev/reference/methods/conversations.info
func conversationsInfo(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.visibleChannel(req)
	if err != nil {
		return nil, err
	}
	return map[string]any{"channel": s.channelJSON(ch)}, nil
}

func (s *Server) channelJSON(ch *channel) map[string]any {
	d := map[string]any{
		"id": ch.ID, "created": s.cfg.Now().Unix(), "is_im": ch.IM, "is_mpim": false,
		"is_org_shared": false, "context_team_id": s.cfg.TeamID,
	}
	if ch.IM {
		d["user"] = ch.User
		d["is_open"] = true
		return d
	}
	d["name"], d["name_normalized"] = ch.Name, ch.Name
	d["is_channel"], d["is_group"] = !ch.Private, ch.Private
	d["is_private"], d["is_archived"] = ch.Private, ch.Archived
	d["is_member"], d["is_read_only"] = ch.members[s.workspace.bot], ch.ReadOnly
	d["is_shared"], d["is_ext_shared"] = ch.ExtShared, ch.ExtShared
	d["num_members"] = len(ch.joinOrder)
	return d
}

// conversationsMembers follows
// https://docs.slack.dev/reference/methods/conversations.members
func conversationsMembers(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.visibleChannel(req)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"members":           append([]string{}, ch.joinOrder...),
		"response_metadata": map[string]any{"next_cursor": ""},
	}, nil
}

// conversationsOpen follows
// https://docs.slack.dev/reference/methods/conversations.open, for one user.
func conversationsOpen(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if id := req.str("channel"); id != "" {
		ch, err := s.workspace.visible(id)
		if err != nil {
			return nil, err
		}
		return map[string]any{"no_op": true, "already_open": true, "channel": s.channelJSON(ch)}, nil
	}
	users := strings.FieldsFunc(req.str("users"), func(r rune) bool { return strings.ContainsRune(`,[]" `, r) })
	if len(users) == 0 {
		return nil, refuse("users_list_not_supplied")
	}
	if len(users) > 1 {
		return nil, refuse("method_not_supported_for_channel_type") // group messages are not simulated
	}
	u, ok := s.workspace.users[users[0]]
	switch {
	case !ok:
		return nil, refuse("user_not_found")
	case u.Deleted:
		return nil, refuse("user_disabled")
	case u.IsBot:
		return nil, refuse("cannot_dm_bot")
	}
	ch, open := s.workspace.openDM(u.ID)
	answer := map[string]any{"id": ch.ID}
	if req.flag("return_im") {
		answer = s.channelJSON(ch)
	}
	out := map[string]any{"channel": answer}
	if open {
		out["no_op"], out["already_open"] = true, true
	}
	return out, nil
}
