package slacksim

import (
	"encoding/json"
	"strings"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/request"
)

// maxMetadataSize is the limit of metadata in bytes. Slack does not publish its own.
const maxMetadataSize = 8000

// messageContent is the checked content of a message from the arguments of a
// call.
type messageContent struct {
	text     string
	blocks   json.RawMessage
	metadata json.RawMessage
	blocked  bool // there were blocks, possibly an empty list
}

func readContent(req *request.Request) (messageContent, error) {
	c := messageContent{text: cutText(req.Str("text"))}
	raw, given := req.Args["blocks"]
	c.blocked = given && raw != ""
	var err error
	if c.blocks, err = parseBlocks(raw); err != nil {
		return c, err
	}
	if c.metadata, err = parseMetadata(req.Str("metadata")); err != nil {
		return c, err
	}
	clears := c.blocked && req.Method == "chat.update"
	if c.text == "" && c.blocks == nil && !clears && blockkit.Empty(json.RawMessage(req.Str("attachments"))) {
		return c, refuse("no_text")
	}
	return c, nil
}

// parseMetadata checks metadata. It returns nil if there is none.
// https://docs.slack.dev/messaging/message-metadata
func parseMetadata(raw string) (json.RawMessage, error) {
	if blockkit.Empty(json.RawMessage(raw)) {
		return nil, nil
	}
	if len(raw) > maxMetadataSize {
		return nil, refuse("metadata_too_large")
	}
	var m struct {
		EventType    *string         `json:"event_type"`
		EventPayload *map[string]any `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &m) != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if m.EventType == nil && m.EventPayload == nil {
		return nil, nil
	}
	if m.EventType == nil || *m.EventType == "" || m.EventPayload == nil {
		return nil, refuse("invalid_metadata_schema")
	}
	return json.RawMessage(raw), nil
}

// postableChannel returns the conversation for chat.postMessage, if the bot may
// post there. A user's id means the direct messages with that user.
func (s *Server) postableChannel(target string) (*channel, error) {
	w := &s.workspace
	if strings.HasPrefix(target, "U") || strings.HasPrefix(target, "W") {
		// Slack does not document the error for a deactivated user.
		if u, ok := w.users[target]; !ok || u.Deleted {
			return nil, refuse("channel_not_found")
		}
		ch, _ := w.openDM(target)
		return ch, nil
	}
	ch := w.findChannel(target)
	if ch == nil || ch.Private && !ch.members[w.bot] {
		return nil, refuse("channel_not_found")
	}
	switch {
	case ch.Archived:
		return nil, refuse("is_archived")
	case !ch.members[w.bot] && !s.hasScope("chat:write.public"):
		return nil, refuse("not_in_channel")
	case ch.ReadOnly:
		return nil, refuse("restricted_action_read_only_channel")
	}
	return ch, nil
}

// threadTS returns the thread to post in for a thread_ts argument. If the parent
// was deleted, Slack posts outside the thread without an error.
func (c *channel) threadTS(ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	switch parent := c.byTS[ts]; {
	case parent == nil:
		return "", refuse("thread_not_found")
	case parent.Deleted:
		return "", nil
	case parent.ThreadTS != "" && parent.ThreadTS != parent.TS:
		return "", refuse("cannot_reply_to_message")
	}
	return ts, nil
}
