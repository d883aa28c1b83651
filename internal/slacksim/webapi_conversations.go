package slacksim

import (
	"strconv"
	"strings"

	"extendbot/internal/slacksim/request"
)

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
func (s *Server) visibleChannel(req *request.Request) (*channel, error) {
	ch, err := s.workspace.visible(req.Str("channel"))
	if err != nil {
		return nil, err
	}
	return ch, s.checkScope(ch, "read")
}

// conversationsInfo follows
// https://docs.slack.dev/reference/methods/conversations.info
func conversationsInfo(s *Server, req *request.Request) (map[string]any, error) {
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
func conversationsMembers(s *Server, req *request.Request) (map[string]any, error) {
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
func conversationsOpen(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if id := req.Str("channel"); id != "" {
		ch, err := s.workspace.visible(id)
		if err != nil {
			return nil, err
		}
		return map[string]any{"no_op": true, "already_open": true, "channel": s.channelJSON(ch)}, nil
	}
	users := strings.FieldsFunc(req.Str("users"), func(r rune) bool { return strings.ContainsRune(`,[]" `, r) })
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
	if req.Flag("return_im") {
		answer = s.channelJSON(ch)
	}
	out := map[string]any{"channel": answer}
	if open {
		out["no_op"], out["already_open"] = true, true
	}
	return out, nil
}

// conversationsReplies follows
// https://docs.slack.dev/reference/methods/conversations.replies
func conversationsReplies(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.readableChannel(req)
	if err != nil {
		return nil, err
	}
	ts := req.Str("ts")
	parent := ch.byTS[ts]
	if parent == nil || parent.Deleted && parent.replies == 0 {
		return nil, refuse("thread_not_found")
	}
	return s.page(req, ch, func(m *message) bool { return m.TS == ts || m.ThreadTS == ts }, false), nil
}

// conversationsHistory follows
// https://docs.slack.dev/reference/methods/conversations.history: newest first,
// without replies.
func conversationsHistory(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.readableChannel(req)
	if err != nil {
		return nil, err
	}
	return s.page(req, ch, func(m *message) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS }, true), nil
}

func (s *Server) readableChannel(req *request.Request) (*channel, error) {
	ch, err := s.workspace.joined(req.Str("channel"))
	if err != nil {
		return nil, err
	}
	return ch, s.checkScope(ch, "history")
}

// page returns one page of the messages that want accepts. The cursor is the
// number of messages before the page.
func (s *Server) page(req *request.Request, ch *channel, want func(*message) bool, newestFirst bool) map[string]any {
	size, err := strconv.Atoi(req.Str("limit"))
	if err != nil || size < 1 || size > 999 {
		size = 100
	}
	start, _ := strconv.Atoi(req.Str("cursor")) // 0 without a cursor
	messages := make([]jsonMessage, 0, size)
	next, seen := "", 0
	for i := range ch.messages {
		m := ch.messages[i]
		if newestFirst {
			m = ch.messages[len(ch.messages)-1-i]
		}
		if !want(m) || m.Deleted || !inRange(req, m.TS) {
			continue
		}
		if seen++; seen <= start {
			continue
		}
		if len(messages) == size {
			next = strconv.Itoa(start + size)
			break
		}
		w := s.messageJSON(ch, m)
		if req.Flag("include_all_metadata") {
			w.Metadata = m.Metadata
		}
		messages = append(messages, w)
	}
	return map[string]any{
		"messages": messages, "has_more": next != "",
		"response_metadata": map[string]any{"next_cursor": next},
	}
}

// inRange reports whether a timestamp is in the range of the arguments oldest, latest and
// inclusive. Timestamps have the same length and compare as text.
func inRange(req *request.Request, ts string) bool {
	oldest, latest := req.Str("oldest"), req.Str("latest")
	if req.Flag("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || oldest == "0" || ts > oldest) && (latest == "" || ts < latest)
}
