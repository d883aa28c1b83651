package slacksim

import (
	"encoding/json"
	"unicode/utf8"

	"extendbot/internal/slacksim/blockkit"
)

// maxText is the length in characters at which Slack cuts a message's text.
const maxText = 40000

// outgoing is a message in an ack or a post to a response_url.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type outgoing struct {
	ResponseType    string          `json:"response_type"`
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	ThreadTS        string          `json:"thread_ts"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
}

func (o outgoing) empty() bool {
	return o.Text == "" && len(o.Blocks) == 0 && blockkit.Empty(o.Attachments)
}

// parseOutgoing reads and checks a message; nothing at all is an empty one.
func parseOutgoing(raw json.RawMessage) (outgoing, error) {
	var o outgoing
	if blockkit.Empty(raw) {
		return o, nil
	}
	if json.Unmarshal(raw, &o) != nil {
		return o, refuse("invalid_payload")
	}
	blocks, err := parseBlocks(string(o.Blocks))
	o.Blocks = blocks
	o.Text = cutText(o.Text)
	return o, err
}

// shown says to whom and where an outgoing message goes.
type shown struct {
	user, channel, source string
	url                   string // the response_url it belongs to, "" if none
}

// show puts the message in front of the person or the channel.
func (s *Server) show(o outgoing, to shown) {
	s.world.mu.Lock()
	url := s.world.urls[to.url]
	if o.ResponseType == "in_channel" {
		ch := s.world.channels[to.channel]
		m := s.world.post(ch, Message{
			User: s.cfg.BotUserID, Text: o.Text, Blocks: o.Blocks, ThreadTS: o.ThreadTS, Via: to.source,
		})
		ch.countReply(m)
		if url != nil && url.original == nil {
			url.original = &original{message: m}
		}
		out := m.Message
		s.world.mu.Unlock()
		s.announce(out)
		return
	}
	e := s.world.whisper(Ephemeral{
		User: to.user, Channel: to.channel, Text: o.Text, Blocks: o.Blocks,
		ThreadTS: o.ThreadTS, Source: to.source,
	})
	if url != nil && url.original == nil {
		url.original = &original{ephemeral: e}
	}
	out := *e
	s.world.mu.Unlock()
	s.announceEphemeral(out)
}

func cutText(text string) string {
	if len(text) <= maxText || utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText])
}
