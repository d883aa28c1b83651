package slacksim

import "strconv"

// conversationsReplies follows
// https://docs.slack.dev/reference/methods/conversations.replies
func conversationsReplies(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.readableChannel(req)
	if err != nil {
		return nil, err
	}
	ts := req.str("ts")
	parent := ch.byTS[ts]
	if parent == nil || parent.Deleted && parent.replies == 0 {
		return nil, refuse("thread_not_found")
	}
	return s.page(req, ch, func(m *message) bool { return m.TS == ts || m.ThreadTS == ts }, false), nil
}

// conversationsHistory follows
// https://docs.slack.dev/reference/methods/conversations.history: newest first,
// without replies.
func conversationsHistory(s *Server, req *request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.readableChannel(req)
	if err != nil {
		return nil, err
	}
	return s.page(req, ch, func(m *message) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS }, true), nil
}

func (s *Server) readableChannel(req *request) (*channel, error) {
	ch, err := s.workspace.joined(req.str("channel"))
	if err != nil {
		return nil, err
	}
	return ch, s.checkScope(ch, "history")
}

// page returns one page of the messages that want accepts. The cursor is the
// number of messages before the page.
func (s *Server) page(req *request, ch *channel, want func(*message) bool, newestFirst bool) map[string]any {
	size, err := strconv.Atoi(req.str("limit"))
	if err != nil || size < 1 || size > 999 {
		size = 100
	}
	start, _ := strconv.Atoi(req.str("cursor")) // 0 without a cursor
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
		if req.flag("include_all_metadata") {
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
func inRange(req *request, ts string) bool {
	oldest, latest := req.str("oldest"), req.str("latest")
	if req.flag("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || oldest == "0" || ts > oldest) && (latest == "" || ts < latest)
}
