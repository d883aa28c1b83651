package slacksim

import (
	"encoding/json"
	"unicode/utf8"

	"extendbot/internal/slacksim/blockkit"
)

// maxTextChars is the length at which Slack cuts the text of a message.
const maxTextChars = 40000

// messageResponse is a message in an ack or in a post to a response_url.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
type messageResponse struct {
	ResponseType    string          `json:"response_type"`
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	ThreadTS        string          `json:"thread_ts"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
}

func (o messageResponse) empty() bool {
	return o.Text == "" && len(o.Blocks) == 0 && blockkit.Empty(o.Attachments)
}

// parseMessageResponse parses and checks a message. Without JSON, the message is
// empty.
func parseMessageResponse(raw json.RawMessage) (messageResponse, error) {
	var o messageResponse
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

// recipient says who gets a message response, and where.
type recipient struct {
	user, channel, source string
	url                   string // the response_url that it belongs to; "" if there is none
}

// showResponse posts a message response to the channel, or shows it only to the
// person.
func (s *Server) showResponse(o messageResponse, to recipient) {
	s.workspace.mu.Lock()
	url := s.workspace.urls[to.url]
	if o.ResponseType == "in_channel" {
		ch := s.workspace.channels[to.channel]
		m := s.workspace.post(ch, Message{
			User: s.cfg.BotUserID, Text: o.Text, Blocks: o.Blocks, ThreadTS: o.ThreadTS, Via: to.source,
		})
		ch.countReply(m)
		if url != nil && url.original == nil {
			url.original = &original{message: m}
		}
		out := m.Message
		s.workspace.mu.Unlock()
		s.notifyMessage(out)
		return
	}
	e := s.workspace.addEphemeral(Ephemeral{
		User: to.user, Channel: to.channel, Text: o.Text, Blocks: o.Blocks,
		ThreadTS: o.ThreadTS, Source: to.source,
	})
	if url != nil && url.original == nil {
		url.original = &original{ephemeral: e}
	}
	out := *e
	s.workspace.mu.Unlock()
	s.notifyEphemeral(out)
}

func cutText(text string) string {
	if len(text) <= maxTextChars || utf8.RuneCountInString(text) <= maxTextChars {
		return text
	}
	return string([]rune(text)[:maxTextChars])
}
