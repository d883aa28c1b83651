package slacksim

import (
	"encoding/json"

	"extendbot/internal/slacksim/blockkit"
)

// maxMetadata stands for the unpublished limit of metadata, in bytes.
const maxMetadata = 8000

// content is the checked part of a message's arguments.
type content struct {
	text     string
	blocks   json.RawMessage
	metadata json.RawMessage
	blocked  bool // blocks were given, be it an empty list
}

func (req *request) content() (content, error) {
	c := content{text: cutText(req.str("text"))}
	raw, given := req.args["blocks"]
	c.blocked = given && raw != ""
	var err error
	if c.blocks, err = parseBlocks(raw); err != nil {
		return c, err
	}
	if c.metadata, err = parseMetadata(req.str("metadata")); err != nil {
		return c, err
	}
	clears := c.blocked && req.method == "chat.update"
	if c.text == "" && c.blocks == nil && !clears && blockkit.Empty(json.RawMessage(req.str("attachments"))) {
		return c, refuse("no_text")
	}
	return c, nil
}

// parseMetadata follows https://docs.slack.dev/messaging/message-metadata
func parseMetadata(raw string) (json.RawMessage, error) {
	if blockkit.Empty(json.RawMessage(raw)) {
		return nil, nil
	}
	if len(raw) > maxMetadata {
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
