package slackweb

import "encoding/json"

// block is the part of a block that the page shows:
// https://docs.slack.dev/reference/block-kit/blocks
type block struct {
	Type      string       `json:"type"`
	BlockID   string       `json:"block_id"`
	Text      textObject   `json:"text"`
	Fields    []textObject `json:"fields"`
	Elements  []element    `json:"elements"`
	Accessory *element     `json:"accessory"`
	AltText   string       `json:"alt_text"`

	// Of an input block.

	Label    textObject `json:"label"`
	Hint     textObject `json:"hint"`
	Element  *element   `json:"element"`
	Optional bool       `json:"optional"`
	Dispatch bool       `json:"dispatch_action"`
}

// element is an element of a block.
type element struct {
	Type     string     `json:"type"`
	Text     textObject `json:"text"`
	AltText  string     `json:"alt_text"`
	Spoken   string     `json:"accessibility_label"`
	Style    string     `json:"style"`
	ActionID string     `json:"action_id"`
	URL      string     `json:"url"`
	Confirm  *dialog    `json:"confirm"`

	// Of the field of an input block.

	Placeholder textObject `json:"placeholder"`
	Multiline   bool       `json:"multiline"`
	MinLength   int        `json:"min_length"`
	MaxLength   int        `json:"max_length"`
	MinQuery    *int       `json:"min_query_length"`
	Options     []option   `json:"options"`
	Filter      struct {
		Include []string `json:"include"`
	} `json:"filter"`
}

type option struct {
	Text  textObject `json:"text"`
	Value string     `json:"value"`
}

type dialog struct {
	Title   textObject `json:"title"`
	Text    textObject `json:"text"`
	Confirm textObject `json:"confirm"`
	Deny    textObject `json:"deny"`
	Style   string     `json:"style"`
}

// textObject is a text object, or the plain string that a text of a context block has.
type textObject struct{ Type, Text string }

// UnmarshalJSON reads both forms.
func (t *textObject) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &t.Text) == nil {
		t.Type = "mrkdwn"
		return nil
	}
	var o struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	err := json.Unmarshal(data, &o)
	t.Type, t.Text = o.Type, o.Text
	return err
}

func decodeBlocks(raw json.RawMessage) []block {
	var all []block
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}
