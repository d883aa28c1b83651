package slackweb

import (
	"sync"

	"extendbot/internal/slacksim"
)

// readMarks say up to which message people have read conversations.
type readMarks struct {
	mu   sync.Mutex
	upTo map[[2]string]string // the ts, by the ids of the person and the conversation
}

// read returns up to which message a person has read a conversation: "" for nothing.
func (r *readMarks) read(user, channel string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.upTo[[2]string{user, channel}]
}

// mark records that a person has read a conversation up to a message.
func (r *readMarks) mark(user, channel, ts string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.upTo == nil {
		r.upTo = map[[2]string]string{}
	}
	key := [2]string{user, channel}
	r.upTo[key] = max(r.upTo[key], ts)
}

// unread counts the messages of others that a person has not seen in a conversation. As in
// Slack, replies do not count.
func (s *Site) unread(user, channel string) int {
	n, read := 0, s.marks.read(user, channel)
	for _, m := range s.cfg.Slack.Messages(channel) {
		if m.TS > read && m.User != user && !isReply(m) {
			n++
		}
	}
	return n
}

// isReply reports whether a message is in the thread of another one.
func isReply(m slacksim.Message) bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }
