package blockkit

import (
	"encoding/json"

	"extendbot/internal/slacksim/mrkdwn"
)

// Block is a block as a client reads it. Only the fields of its type are set.
// https://docs.slack.dev/reference/block-kit/blocks
type Block struct {
	Type     string    `json:"type"` // "section", …
	ID       string    `json:"block_id"`
	Text     Text      `json:"text"`
	Fields   []Text    `json:"fields"`
	Elements []Element `json:"elements"`
	// Accessory is the element beside the text of a section; nil if there is none.
	Accessory *Element `json:"accessory"`

	// Of an input block.

	Label    Text     `json:"label"`
	Hint     Text     `json:"hint"`
	Element  *Element `json:"element"`
	Optional bool     `json:"optional"`
	Dispatch bool     `json:"dispatch_action"` // what is chosen in it is sent at once

	// Of an image block.

	ImageURL string `json:"image_url"`
	AltText  string `json:"alt_text"`
	Title    Text   `json:"title"`
}

// Element is an element of a block: a button, an image or a text of a context block, or the
// field of an input block. Only the fields of its type are set.
// https://docs.slack.dev/reference/block-kit/block-elements
type Element struct {
	Type     string `json:"type"` // "button", …
	ActionID string `json:"action_id"`
	Text     Text   `json:"text"`

	// Of a button.

	Value   string  `json:"value"`
	URL     string  `json:"url"`
	Style   string  `json:"style"`               // "primary", "danger" or ""
	Confirm *Dialog `json:"confirm"`             // what a client asks before it sends the click; nil if it does not ask
	Spoken  string  `json:"accessibility_label"` // what screen readers say instead of the text; may be ""

	// Of a field.

	Placeholder Text     `json:"placeholder"`
	Options     []Option `json:"options"`
	Multiline   bool     `json:"multiline"`
	MinLength   int      `json:"min_length"`
	MaxLength   int      `json:"max_length"` // 0: Slack's limit
	// MinQuery is how many characters people type before a client asks for the options of an
	// external select; nil if the app does not say.
	MinQuery *int `json:"min_query_length"`
	// Current means that a menu of conversations begins with the one in which the person is.
	Current bool `json:"default_to_current_conversation"`

	// Of an image.

	ImageURL string `json:"image_url"`
	AltText  string `json:"alt_text"`
}

// Option is a choice in a menu.
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
type Option struct {
	Text        Text   `json:"text"`
	Description Text   `json:"description"`
	Value       string `json:"value"`
}

// Dialog is the confirmation dialog of a button.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
type Dialog struct {
	Title   Text   `json:"title"`
	Text    Text   `json:"text"`
	Confirm Text   `json:"confirm"` // of its two buttons
	Deny    Text   `json:"deny"`
	Style   string `json:"style"` // of the first one: "primary", "danger" or ""
}

// Text is a text object.
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
type Text struct {
	Type  string // "mrkdwn" or "plain_text"
	Text  string
	Emoji bool // of a plain_text: names of emoji in colons are shown as emoji
}

// UnmarshalJSON reads a text object, or the plain string that an element of a context block
// has instead.
func (t *Text) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &t.Text) == nil {
		t.Type = "mrkdwn"
		return nil
	}
	var object struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Emoji bool   `json:"emoji"`
	}
	err := json.Unmarshal(data, &object)
	*t = Text(object)
	return err
}

// UnmarshalJSON reads an element. The text of a context block's plain_text has no markup.
func (e *Element) UnmarshalJSON(data []byte) error {
	type plain Element
	err := json.Unmarshal(data, (*plain)(e))
	if e.Type == "plain_text" {
		e.Text.Type = e.Type
	}
	return err
}

// Spans returns a text as a client shows it.
func (t Text) Spans() []mrkdwn.Span {
	switch {
	case t.Type == "mrkdwn":
		return mrkdwn.Parse(t.Text)
	case t.Text == "":
		return nil
	default:
		return []mrkdwn.Span{{Text: t.Shown()}}
	}
}

// Shown returns a plain_text as a client shows it.
func (t Text) Shown() string {
	if t.Emoji {
		return mrkdwn.Emoji(t.Text)
	}
	return t.Text
}

// Buttons returns the buttons of a block, in order.
func (b Block) Buttons() []Element {
	var all []Element
	for _, e := range b.Elements {
		if e.Type == "button" {
			all = append(all, e)
		}
	}
	if b.Accessory != nil && b.Accessory.Type == "button" {
		all = append(all, *b.Accessory)
	}
	return all
}

// Blocks returns blocks as a client reads them, or nil for anything but a list of blocks.
func Blocks(raw json.RawMessage) []Block {
	var blocks []Block
	if json.Unmarshal(raw, &blocks) != nil {
		return nil
	}
	return blocks
}

// MessageBlocks returns the blocks of a message or, if there are none or they cannot be read,
// a section with its text, as a client shows it.
func MessageBlocks(text string, raw json.RawMessage) []Block {
	if blocks := Blocks(raw); len(blocks) > 0 {
		return blocks
	}
	return []Block{{Type: "section", Text: Text{Type: "mrkdwn", Text: text}}}
}
