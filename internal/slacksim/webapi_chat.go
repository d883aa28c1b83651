package slacksim

import (
	"strings"
	"unicode/utf8"

	"extendbot/internal/slacksim/request"
)

// maxUpdateChars is the length of the longest text that chat.update accepts.
const maxUpdateChars = 4000

// chatPostMessage follows https://docs.slack.dev/reference/methods/chat.postMessage
func chatPostMessage(s *Server, req *request.Request) (map[string]any, error) {
	c, err := readContent(req)
	if err != nil {
		return nil, err
	}
	s.workspace.mu.Lock()
	ch, err := s.postableChannel(req.Str("channel"))
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	thread, err := ch.threadTS(req.Str("thread_ts"))
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	m := s.workspace.post(ch, Message{
		User: s.cfg.BotUserID, Text: c.text, Blocks: c.blocks, Metadata: c.metadata,
		ThreadTS: thread, Via: "chat.postMessage",
	})
	ch.countReply(m)
	wire, out := s.messageJSON(ch, m), m.Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
	return map[string]any{"channel": out.Channel, "ts": m.TS, "message": wire}, nil
}

// chatPostEphemeral follows
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func chatPostEphemeral(s *Server, req *request.Request) (map[string]any, error) {
	c, err := readContent(req)
	if err != nil {
		return nil, err
	}
	s.workspace.mu.Lock()
	user := req.Str("user")
	ch, err := s.postableChannel(req.Str("channel"))
	if err == nil && !ch.members[user] {
		err = refuse("user_not_in_channel")
	}
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	out := *s.workspace.addEphemeral(Ephemeral{
		User: user, Channel: ch.ID, ThreadTS: req.Str("thread_ts"),
		Text: c.text, Blocks: c.blocks, Source: SourcePost,
	})
	s.workspace.mu.Unlock()
	s.notifyEphemeral(out)
	return map[string]any{"message_ts": out.TS}, nil
}

// chatUpdate follows https://docs.slack.dev/reference/methods/chat.update: text without
// blocks removes the blocks, and metadata stays unless there is new metadata.
func chatUpdate(s *Server, req *request.Request) (map[string]any, error) {
	if utf8.RuneCountInString(req.Str("text")) > maxUpdateChars {
		return nil, refuse("msg_too_long")
	}
	c, err := readContent(req)
	if err != nil {
		return nil, err
	}
	s.workspace.mu.Lock()
	ch, m, err := s.ownMessage(req, "cant_update_message")
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	if req.Str("text") != "" || !c.blocked {
		m.Text = c.text
	}
	m.Blocks = c.blocks
	if c.metadata != nil {
		m.Metadata = c.metadata
	}
	m.Edits++
	m.EditedAt = s.cfg.Now()
	wire, out := s.messageJSON(ch, m), m.Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
	return map[string]any{"channel": out.Channel, "ts": m.TS, "text": wire.Text, "message": wire}, nil
}

// ownMessage returns the app's own message that the arguments channel and ts name.
func (s *Server) ownMessage(req *request.Request, notOwn string) (*channel, *message, error) {
	ch, err := s.workspace.visible(req.Str("channel"))
	if err != nil {
		return nil, nil, err
	}
	m := ch.byTS[req.Str("ts")]
	switch {
	case ch.Archived:
		return nil, nil, refuse("is_archived")
	case m == nil || m.Deleted:
		return nil, nil, refuse("message_not_found")
	case m.User != s.cfg.BotUserID:
		return nil, nil, refuse(notOwn)
	}
	return ch, m, nil
}

// chatDelete follows https://docs.slack.dev/reference/methods/chat.delete
func chatDelete(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	ch, m, err := s.ownMessage(req, "cant_delete_message")
	if err != nil {
		s.workspace.mu.Unlock()
		return nil, err
	}
	ch.delete(m)
	out := m.Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
	return map[string]any{"channel": out.Channel, "ts": out.TS}, nil
}

// chatGetPermalink follows
// https://docs.slack.dev/reference/methods/chat.getPermalink. Slack says that the
// link differs for a message that is part of a thread, and shows that of a reply.
// Here, only a reply has such a link.
func chatGetPermalink(s *Server, req *request.Request) (map[string]any, error) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch, err := s.workspace.visible(req.Str("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.byTS[req.Str("message_ts")]
	if m == nil || m.Deleted {
		return nil, refuse("message_not_found")
	}
	link := "https://" + s.cfg.TeamDomain + ".slack.com/archives/" + ch.ID + "/p" + strings.Replace(m.TS, ".", "", 1)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return map[string]any{"channel": ch.ID, "permalink": link}, nil
}
