package slacksim

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// Message is the current state of a message in a conversation.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string // the TS of the parent; "" outside threads
	User     string // the user id of the author; the bot's for its own messages
	Text     string
	Blocks   json.RawMessage // nil without blocks; missing ids are filled in
	Metadata json.RawMessage // nil without metadata
	Via      string          // how it was sent: "chat.postMessage", [SourceAck], [SourceResponseURL] or "person"
	Edits    int             // how often it was updated
	Deleted  bool
	PostedAt time.Time
	EditedAt time.Time

	replies   int
	lastReply string
}

// Flat returns the text of the blocks, or Text if there are none.
func (m Message) Flat() string {
	if m.Blocks == nil {
		return m.Text
	}
	return blockkit.FlattenText(m.Blocks)
}

// Buttons returns the message's buttons, in order.
func (m Message) Buttons() []blockkit.Button { return blockkit.Buttons(m.Blocks) }

// Button returns the first button with this action id.
func (m Message) Button(actionID string) (blockkit.Button, bool) {
	return blockkit.FindButton(m.Blocks, actionID)
}

// Messages returns the messages of a conversation, oldest first, with replies and without
// deleted ones.
func (s *Server) Messages(channelID string) []Message {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch := s.workspace.channels[channelID]
	if ch == nil {
		return nil
	}
	all := make([]Message, 0, len(ch.messages))
	for _, m := range ch.messages {
		if !m.Deleted {
			all = append(all, m.Message)
		}
	}
	return all
}

// Thread returns the replies to a message, oldest first, without the message itself.
func (s *Server) Thread(channelID, ts string) []Message {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch := s.workspace.channels[channelID]
	if ch == nil {
		return nil
	}
	var replies []Message
	for _, m := range ch.messages {
		if m.ThreadTS == ts && m.TS != ts && !m.Deleted {
			replies = append(replies, m.Message)
		}
	}
	return replies
}

// Message returns the current state of a message, and reports whether there is one.
func (s *Server) Message(channelID, ts string) (Message, bool) {
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	ch := s.workspace.channels[channelID]
	if ch == nil || ch.byTS[ts] == nil || ch.byTS[ts].Deleted {
		return Message{}, false
	}
	return ch.byTS[ts].Message, true
}

// WaitMessage returns the first message of a conversation that match accepts, as
// posted or after an update, and waits for one if necessary. match may read from
// the server but must not block.
func (s *Server) WaitMessage(ctx context.Context, channelID string, match func(Message) bool) (Message, error) {
	return s.messageWaits.Wait(ctx, s.done, s.history(channelID), func(m Message) bool {
		return m.Channel == channelID && !m.Deleted && match(m)
	})
}

// WaitDeleted waits until a message has been deleted.
func (s *Server) WaitDeleted(ctx context.Context, channelID, ts string) error {
	_, err := s.messageWaits.Wait(ctx, s.done, s.history(channelID), func(m Message) bool {
		return m.Channel == channelID && m.TS == ts && m.Deleted
	})
	return err
}

// history yields the messages of a conversation. It reads them in pieces, so
// that a long conversation is neither copied as a whole nor locked for long.
func (s *Server) history(channelID string) iter.Seq[Message] {
	const piece = 128
	return func(yield func(Message) bool) {
		batch := make([]Message, 0, piece)
		for from := 0; ; from += piece {
			batch = batch[:0]
			s.workspace.mu.Lock()
			if ch := s.workspace.channels[channelID]; ch != nil && from < len(ch.messages) {
				for _, m := range ch.messages[from:min(from+piece, len(ch.messages))] {
					batch = append(batch, m.Message)
				}
			}
			s.workspace.mu.Unlock()
			for _, m := range batch {
				if !yield(m) {
					return
				}
			}
			if len(batch) < piece {
				return
			}
		}
	}
}

// notifyMessage passes the current state of a message to everyone who waits for
// one and to the configured function.
func (s *Server) notifyMessage(m Message) {
	s.messageWaits.Notify(m)
	s.watchers.tell()
	if s.cfg.OnMessage != nil {
		s.cfg.OnMessage(m)
	}
}

// Say posts a message from a person, in a thread if threadTS is not "". The app
// gets no event for it.
func (s *Server) Say(channelID, user, text, threadTS string) (Message, error) {
	s.workspace.mu.Lock()
	ch := s.workspace.channels[channelID]
	if ch == nil {
		s.workspace.mu.Unlock()
		return Message{}, ErrUnknownChannel
	}
	if _, ok := s.workspace.users[user]; !ok {
		s.workspace.mu.Unlock()
		return Message{}, ErrUnknownUser
	}
	m := s.workspace.post(ch, Message{User: user, Text: text, ThreadTS: threadTS, Via: "person"})
	ch.countReply(m)
	out := m.Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
	return out, nil
}

// DeleteMessage deletes a message, as a person with the right to do so would.
func (s *Server) DeleteMessage(channelID, ts string) error {
	s.workspace.mu.Lock()
	ch := s.workspace.channels[channelID]
	if ch == nil || ch.byTS[ts] == nil || ch.byTS[ts].Deleted {
		s.workspace.mu.Unlock()
		return ErrNoSuchMessage
	}
	ch.delete(ch.byTS[ts])
	out := ch.byTS[ts].Message
	s.workspace.mu.Unlock()
	s.notifyMessage(out)
	return nil
}

// countReply counts a new reply in its parent.
func (c *channel) countReply(m *message) {
	if parent := c.byTS[m.ThreadTS]; parent != nil && parent != m {
		parent.replies++
		parent.lastReply = m.TS
	}
}
