package demo

import (
	"encoding/json"
	"slices"
	"strings"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
)

// block is the part of a block that the demo shows:
// https://docs.slack.dev/reference/block-kit/blocks
type block struct {
	Type      string      `json:"type"`
	Text      blockText   `json:"text"`
	Fields    []blockText `json:"fields"`
	Elements  []element   `json:"elements"`
	Accessory *element    `json:"accessory"`

	// Of an input block.

	BlockID  string    `json:"block_id"`
	Label    blockText `json:"label"`
	Element  *element  `json:"element"`
	Optional bool      `json:"optional"`
}

// element is a button of an actions block, a text of a context block, or the field of
// an input block.
type element struct {
	Type     string    `json:"type"`
	Text     blockText `json:"text"`
	Style    string    `json:"style"`
	ActionID string    `json:"action_id"`
	Value    string    `json:"value"`
	Confirm  *dialog   `json:"confirm"`

	// Of the field of an input block.

	Placeholder blockText `json:"placeholder"`
	Options     []option  `json:"options"`
}

// option is a choice in a select menu:
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
type option struct {
	Text  blockText `json:"text"`
	Value string    `json:"value"`
}

// buttons returns the buttons of a block.
func (b block) buttons() []element {
	all := b.Elements
	if b.Accessory != nil {
		all = append(slices.Clone(all), *b.Accessory)
	}
	return slices.DeleteFunc(slices.Clone(all), func(e element) bool { return e.Type != "button" })
}

// dialog is what Slack asks before it sends a click:
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
type dialog struct {
	Title   blockText `json:"title"`
	Text    blockText `json:"text"`
	Confirm blockText `json:"confirm"`
	Deny    blockText `json:"deny"`
	Style   string    `json:"style"`
}

// blockText is a text object, or the plain string that an element of a context
// block has instead.
type blockText struct {
	Type string
	Text string
}

// UnmarshalJSON reads both forms.
func (t *blockText) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &t.Text); err == nil {
		t.Type = "mrkdwn"
		return nil
	}
	var object struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	err := json.Unmarshal(data, &object)
	t.Type, t.Text = object.Type, object.Text
	return err
}

// blocksOf parses a message's blocks. If there are none, or they cannot be
// parsed, it returns a section with the message's text, as Slack would show it.
func blocksOf(text string, raw json.RawMessage) []block {
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil || len(blocks) == 0 {
		return []block{{Type: "section", Text: blockText{Type: "mrkdwn", Text: text}}}
	}
	return blocks
}

// findButton returns the first button with this action id.
func findButton(blocks json.RawMessage, action string) (element, bool) {
	e, _, found := findButtonOf(blocks, action, "")
	return e, found
}

// findButtonOf returns the first button with this action id whose value has this prefix, and
// the id of its block.
func findButtonOf(blocks json.RawMessage, action, value string) (e element, blockID string, found bool) {
	for _, b := range blocksOf("", blocks) {
		for _, e := range b.buttons() {
			if e.ActionID == action && strings.HasPrefix(e.Value, value) {
				return e, b.BlockID, true
			}
		}
	}
	return element{}, "", false
}

// decided reports whether nobody can confirm what the message shows.
func decided(m slacksim.Message) bool {
	_, pending := findButton(m.Blocks, message.ActionConfirm)
	return !pending
}

// isReply reports whether a message is in the thread of another one.
func isReply(m slacksim.Message) bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }
