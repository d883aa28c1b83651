package slackweb

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// rendered keeps the messages that were rendered, so that a stream renders only what
// changed. The zero value is empty.
type rendered struct {
	mu     sync.Mutex
	pieces map[messageKey]piece
}

// messageKey is all that the piece of a message depends on.
type messageKey struct {
	viewer, zone, id, thread string // who reads it, and where
	author                   shownPerson
	edited, follows, private bool
	source                   source
	replies, around          string
}

// source is what the blocks of a message are made of.
type source struct{ text, blocks string }

// maxRendered is how many messages are kept: those of a few windows.
const maxRendered = 5000

func (r *rendered) get(key messageKey) (piece, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.pieces[key]
	return p, ok
}

func (r *rendered) put(key messageKey, p piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pieces == nil || len(r.pieces) >= maxRendered {
		r.pieces = map[messageKey]piece{}
	}
	r.pieces[key] = p
}

// around returns what messages show of the world around them: the day, from which they say
// "today", and the names of people and channels.
func (s *Site) around(at place) string {
	var b strings.Builder
	b.WriteString(s.cfg.Now().In(zoneOf(at.Viewer)).Format(time.DateOnly))
	for _, u := range s.cfg.Slack.Users() {
		_, _ = fmt.Fprintf(&b, " %s %q", u.ID, u.Name)
	}
	for _, ch := range s.cfg.Slack.Channels(at.Viewer.ID) {
		_, _ = fmt.Fprintf(&b, " %s %q", ch.ID, ch.Name)
	}
	return b.String()
}

// addMessage adds a message to a container. around is what [Site.around] returns.
func (s *Site) addMessage(c *container, around string, m shownMessage) error {
	key := messageKey{
		viewer: m.At.Viewer.ID, zone: m.At.Viewer.TZ, id: m.At.Channel.ID + m.ID, thread: m.Thread,
		author: m.Author, edited: m.Edited, follows: m.Follows, private: m.Private, source: m.source, around: around,
	}
	if m.Replies != nil {
		key.replies = fmt.Sprint(*m.Replies)
	}
	if p, ok := s.rendered.get(key); ok {
		c.Pieces = append(c.Pieces, p)
		return nil
	}
	var raw json.RawMessage
	if m.source.blocks != "" {
		raw = json.RawMessage(m.source.blocks)
	}
	m.Blocks = s.messageBlocks(surface{reader: s.readerAt(m.At), Form: m.Form}, m.source.text, raw)
	m.HasButtons = len(blockkit.Buttons(raw)) > 0
	err := s.add(c, m.ID, "message.html", m)
	if err == nil {
		s.rendered.put(key, c.Pieces[len(c.Pieces)-1])
	}
	return err
}
