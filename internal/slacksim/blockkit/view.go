package blockkit

import "encoding/json"

// The limits of a view, in characters unless it says otherwise.
// https://docs.slack.dev/reference/views/modal-views
const (
	maxViewBytes       = 250_000 // bytes: https://docs.slack.dev/reference/methods/views.open
	maxViewText        = 24      // title, submit and close
	maxPrivateMetadata = 3000
	maxCallbackID      = 255
	maxExternalID      = 255
)

// View is a modal or a Home tab that an app sent.
type View struct {
	Surface         Surface
	Title           string // "" for a Home tab
	Submit, Close   string // what the buttons of a modal say, if the app set it
	CallbackID      string
	ExternalID      string
	PrivateMetadata string
	Blocks          json.RawMessage
	Fields          map[string]any // the view as the app sent it
}

// ParseView checks a view argument as Slack does. The error is an [*Error].
// https://docs.slack.dev/reference/views
func ParseView(want Surface, raw string) (View, error) {
	if len(raw) > maxViewBytes {
		return View{}, &Error{Code: "view_too_large"}
	}
	var fields object
	if json.Unmarshal([]byte(raw), &fields) != nil || fields == nil {
		return View{}, &Error{Code: "invalid_arguments", Problems: []string{"[ERROR] must be a view [json-pointer:/view]"}}
	}
	kind := Surface(str(fields, "type"))
	where := Modal
	if kind == Home {
		where = Home
	}
	c := newChecker(where)
	if kind != want {
		c.report("/view/type", "unsupported type: %s", kind)
	}
	c.optionalString(fields, "/view", "private_metadata", maxPrivateMetadata)
	c.optionalString(fields, "/view", "callback_id", maxCallbackID)
	c.optionalString(fields, "/view", "external_id", maxExternalID)
	blocks := c.list(fields, "/view", "blocks", 0, where.maxBlocks())
	c.blocks(blocks)
	if kind == Modal {
		c.modal(fields)
	}
	if err := c.err(); err != nil {
		return View{}, err
	}
	text := func(name string) string {
		o, _ := fields[name].(object)
		return str(o, "text")
	}
	return View{
		Surface: kind, Title: text("title"), Submit: text("submit"), Close: text("close"), CallbackID: str(fields, "callback_id"),
		ExternalID: str(fields, "external_id"), PrivateMetadata: str(fields, "private_metadata"),
		Blocks: Encode(blocks), Fields: fields,
	}, nil
}

// modal checks the texts of a modal. Its blocks have been checked. A modal with an
// input block must have a submit button.
// https://docs.slack.dev/reference/views/modal-views
func (c *checker) modal(fields object) {
	c.text(fields, "/view", "title", maxViewText, true)
	for _, name := range []string{"submit", "close"} {
		if v, ok := fields[name]; ok && v != nil {
			c.text(fields, "/view", name, maxViewText, true)
		}
	}
	if fields["submit"] == nil && c.inputs > 0 {
		c.report("/view", "missing required field: submit")
	}
}

// Options returns the options, grouped or not, that an app sends for an external select in
// the ack of a block_suggestion. As an [*Error], it returns what Slack would refuse in them.
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func Options(payload json.RawMessage) ([]any, error) {
	var o object
	if json.Unmarshal(payload, &o) != nil {
		return nil, &Error{Code: "invalid_arguments", Problems: []string{"no options"}}
	}
	c := newChecker(Modal)
	name := "options"
	if _, grouped := o["option_groups"]; grouped {
		name = "option_groups"
	}
	if len(c.list(o, "", name, 0, 100)) > 0 { // nothing may be offered
		options(100, true)(c, o, "")
	}
	return optionsOf(o), c.err()
}
