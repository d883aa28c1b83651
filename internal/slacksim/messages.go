package slacksim

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"extendbot/internal/slacksim/blockkit"
)

// Message is one message of a conversation as it is now.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string // the parent's TS, "" outside threads
	User     string // who posted it; the bot's user id for the app's own
	Text     string
	Blocks   json.RawMessage // nil without blocks; block ids that were left out are filled in
	Metadata json.RawMessage // nil without metadata
	Via      string          // what made it: "chat.postMessage", [SourceAck], [SourceResponseURL], "person"
	Edits    int             // how often it was updated
	Deleted  bool
	PostedAt time.Time
	EditedAt time.Time

	replies   int
	lastReply string
}

// Flat is the text of the blocks, or Text if there are none.
func (m Message) Flat() string {
	if m.Blocks == nil {
		return m.Text
	}
	return blockkit.FlattenText(m.Blocks)
}

// Buttons returns the message's buttons, in order.
func (m Message) Buttons() []blockkit.Button { return blockkit.Buttons(m.Blocks) }

// Button returns the button with that action_id.
func (m Message) Button(actionID string) (blockkit.Button, bool) {
	return blockkit.FindButton(m.Blocks, actionID)
}

// Messages returns the conversation's messages in the order in which they were
// posted, replies included, deleted ones not.
func (s *Server) Messages(channelID string) []Message {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	ch := s.world.channels[channelID]
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

// Thread returns the replies to the message, in order, without the message itself.
func (s *Server) Thread(channelID, ts string) []Message {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	ch := s.world.channels[channelID]
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

// Message returns the message as it is now.
func (s *Server) Message(channelID, ts string) (Message, bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	ch := s.world.channels[channelID]
	if ch == nil || ch.byTS[ts] == nil || ch.byTS[ts].Deleted {
		return Message{}, false
	}
	return ch.byTS[ts].Message, true
}

// WaitMessage returns the first message of the conversation that match accepts,
// as it is or as it becomes by an update; it waits for one if there is none yet.
// match may read from the server but must not wait for anything.
func (s *Server) WaitMessage(ctx context.Context, channelID string, match func(Message) bool) (Message, error) {
	return s.messageWaits.wait(ctx, s.done, s.history(channelID), func(m Message) bool {
		return m.Channel == channelID && !m.Deleted && match(m)
	})
}

// WaitDeleted waits until the message is gone.
func (s *Server) WaitDeleted(ctx context.Context, channelID, ts string) error {
	_, err := s.messageWaits.wait(ctx, s.done, s.history(channelID), func(m Message) bool {
		return m.Channel == channelID && m.TS == ts && m.Deleted
	})
	return err
}

// history yields the conversation in pieces, so that a long one is neither copied
// whole nor locked for long.
func (s *Server) history(channelID string) iter.Seq[Message] {
	const piece = 128
	return func(yield func(Message) bool) {
		batch := make([]Message, 0, piece)
		for from := 0; ; from += piece {
			batch = batch[:0]
			s.world.mu.Lock()
			if ch := s.world.channels[channelID]; ch != nil && from < len(ch.messages) {
				for _, m := range ch.messages[from:min(from+piece, len(ch.messages))] {
					batch = append(batch, m.Message)
				}
			}
			s.world.mu.Unlock()
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

// announce tells those who wait, and the configured listener, what m is now.
func (s *Server) announce(m Message) {
	s.messageWaits.offer(m)
	if s.cfg.OnMessage != nil {
		s.cfg.OnMessage(m)
	}
}

// Say posts a message of a person, in a thread if threadTS is not empty. The app
// hears nothing of it: it subscribes to no messages.
func (s *Server) Say(channelID, user, text, threadTS string) (Message, error) {
	s.world.mu.Lock()
	ch := s.world.channels[channelID]
	if ch == nil {
		s.world.mu.Unlock()
		return Message{}, ErrUnknownChannel
	}
	if _, ok := s.world.users[user]; !ok {
		s.world.mu.Unlock()
		return Message{}, ErrUnknownUser
	}
	m := s.world.post(ch, Message{User: user, Text: text, ThreadTS: threadTS, Via: "person"})
	ch.countReply(m)
	out := m.Message
	s.world.mu.Unlock()
	s.announce(out)
	return out, nil
}

// DeleteMessage removes a message as a person with the right to do so would.
func (s *Server) DeleteMessage(channelID, ts string) error {
	s.world.mu.Lock()
	ch := s.world.channels[channelID]
	if ch == nil || ch.byTS[ts] == nil || ch.byTS[ts].Deleted {
		s.world.mu.Unlock()
		return ErrNoSuchMessage
	}
	ch.remove(ch.byTS[ts])
	out := ch.byTS[ts].Message
	s.world.mu.Unlock()
	s.announce(out)
	return nil
}

// countReply notes a new reply at its parent.
func (c *channel) countReply(m *message) {
	if parent := c.byTS[m.ThreadTS]; parent != nil && parent != m {
		parent.replies++
		parent.lastReply = m.TS
	}
}
