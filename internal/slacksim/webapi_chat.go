package slacksim

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxUpdateText is the length in characters over which chat.update refuses.
const maxUpdateText = 4000

// chatPostMessage follows https://docs.slack.dev/reference/methods/chat.postMessage
func chatPostMessage(s *Server, req *request) (map[string]any, error) {
	c, err := req.content()
	if err != nil {
		return nil, err
	}
	s.world.mu.Lock()
	ch, err := s.postable(req.str("channel"))
	if err != nil {
		s.world.mu.Unlock()
		return nil, err
	}
	thread, err := ch.threadFor(req.str("thread_ts"))
	if err != nil {
		s.world.mu.Unlock()
		return nil, err
	}
	m := s.world.post(ch, Message{
		User: s.cfg.BotUserID, Text: c.text, Blocks: c.blocks, Metadata: c.metadata,
		ThreadTS: thread, Via: "chat.postMessage",
	})
	ch.countReply(m)
	wire, out := s.wire(ch, m), m.Message
	s.world.mu.Unlock()
	s.announce(out)
	return map[string]any{"channel": ch.ID, "ts": m.TS, "message": wire}, nil
}

// chatPostEphemeral follows
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func chatPostEphemeral(s *Server, req *request) (map[string]any, error) {
	c, err := req.content()
	if err != nil {
		return nil, err
	}
	s.world.mu.Lock()
	user := req.str("user")
	ch, err := s.postable(req.str("channel"))
	if err == nil && !ch.members[user] {
		err = refuse("user_not_in_channel")
	}
	if err != nil {
		s.world.mu.Unlock()
		return nil, err
	}
	out := *s.world.whisper(Ephemeral{
		User: user, Channel: ch.ID, ThreadTS: req.str("thread_ts"),
		Text: c.text, Blocks: c.blocks, Source: SourcePost,
	})
	s.world.mu.Unlock()
	s.announceEphemeral(out)
	return map[string]any{"message_ts": out.TS}, nil
}

// chatUpdate follows https://docs.slack.dev/reference/methods/chat.update: text
// without blocks takes the blocks away, metadata stays unless it is sent.
func chatUpdate(s *Server, req *request) (map[string]any, error) {
	if utf8.RuneCountInString(req.str("text")) > maxUpdateText {
		return nil, refuse("msg_too_long")
	}
	c, err := req.content()
	if err != nil {
		return nil, err
	}
	s.world.mu.Lock()
	ch, m, err := s.own(req, "cant_update_message")
	if err != nil {
		s.world.mu.Unlock()
		return nil, err
	}
	if req.str("text") != "" || !c.blocked {
		m.Text = c.text
	}
	m.Blocks = c.blocks
	if c.metadata != nil {
		m.Metadata = c.metadata
	}
	m.Edits++
	m.EditedAt = s.cfg.Now()
	wire, out := s.wire(ch, m), m.Message
	s.world.mu.Unlock()
	s.announce(out)
	return map[string]any{"channel": ch.ID, "ts": m.TS, "text": wire.Text, "message": wire}, nil
}

// own finds the app's own message that channel and ts name.
func (s *Server) own(req *request, notOwn string) (*channel, *message, error) {
	ch, err := s.world.visible(req.str("channel"))
	if err != nil {
		return nil, nil, err
	}
	m := ch.byTS[req.str("ts")]
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
func chatDelete(s *Server, req *request) (map[string]any, error) {
	s.world.mu.Lock()
	ch, m, err := s.own(req, "cant_delete_message")
	if err != nil {
		s.world.mu.Unlock()
		return nil, err
	}
	ch.remove(m)
	out := m.Message
	s.world.mu.Unlock()
	s.announce(out)
	return map[string]any{"channel": ch.ID, "ts": out.TS}, nil
}

// chatGetPermalink follows https://docs.slack.dev/reference/methods/chat.getPermalink
func chatGetPermalink(s *Server, req *request) (map[string]any, error) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	ch, err := s.world.visible(req.str("channel"))
	if err != nil {
		return nil, err
	}
	ts := req.str("message_ts")
	if !slices.ContainsFunc(ch.messages, func(m *message) bool { return m.TS == ts && !m.Deleted }) {
		return nil, refuse("message_not_found")
	}
	link := "https://" + s.cfg.TeamDomain + ".slack.com/archives/" + ch.ID + "/p" + strings.Replace(ts, ".", "", 1)
	return map[string]any{"channel": ch.ID, "permalink": link}, nil
}
