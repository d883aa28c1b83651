package blockkit

import (
	"encoding/json"
	"slices"
	"strings"
)

// Button is one button in blocks.
type Button struct {
	BlockID, ActionID, Text, Value, Style, URL string

	Confirm *Dialog // what a client asks before it sends the click; nil if it does not ask

	element object
}

// Action returns the button in the form of a click's payload.
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func (b Button) Action() map[string]any {
	a := object{"block_id": b.BlockID}
	for _, key := range []string{"type", "action_id", "text", "value", "style", "url", "confirm"} {
		if v, ok := b.element[key]; ok {
			a[key] = v
		}
	}
	return a
}

// Buttons returns the buttons in blocks, in order, or nil if there are none.
func Buttons(blocks json.RawMessage) []Button {
	var all []Button
	for _, b := range decode(blocks) {
		id, _ := b["block_id"].(string)
		elements, _ := b["elements"].([]any)
		if a, ok := b["accessory"]; ok {
			elements = append(elements, a)
		}
		for _, e := range elements {
			o, ok := e.(object)
			if !ok || o["type"] != "button" {
				continue
			}
			all = append(all, Button{
				BlockID: id, ActionID: str(o, "action_id"), Text: flatten(o["text"]),
				Value: str(o, "value"), Style: str(o, "style"), URL: str(o, "url"),
				Confirm: dialogOf(o), element: o,
			})
		}
	}
	return all
}

// dialogOf returns the confirmation dialog of an element, or nil if it has none.
func dialogOf(element object) *Dialog {
	d, ok := element["confirm"].(object)
	if !ok {
		return nil
	}
	var dialog Dialog
	_ = json.Unmarshal(Encode(d), &dialog) // what is not a dialog is an empty one
	return &dialog
}

// FindButton returns the first button with this action id.
func FindButton(blocks json.RawMessage, actionID string) (Button, bool) {
	all := Buttons(blocks)
	i := slices.IndexFunc(all, func(b Button) bool { return b.ActionID == actionID })
	if i < 0 {
		return Button{}, false
	}
	return all[i], true
}

// FindElement returns the element with this action id, and the id of its block.
func FindElement(blocks json.RawMessage, actionID string) (blockID string, element map[string]any, ok bool) {
	for _, b := range decode(blocks) {
		elements, _ := b["elements"].([]any)
		for _, e := range append(elements, b["element"], b["accessory"]) {
			o, _ := e.(object)
			if o["action_id"] == actionID {
				return str(b, "block_id"), o, true
			}
		}
	}
	return "", nil, false
}

// Input is the element of an input block.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
type Input struct {
	BlockID, ActionID string
	Label, Hint       string
	Element           map[string]any // as the app sent it
	Optional          bool
	Dispatch          bool // what is chosen in it is sent at once
}

// Inputs returns the inputs in blocks, in order.
func Inputs(blocks json.RawMessage) []Input {
	var all []Input
	for _, b := range decode(blocks) {
		element, _ := b["element"].(object)
		if b["type"] != "input" || element == nil {
			continue
		}
		all = append(all, Input{
			BlockID: str(b, "block_id"), ActionID: str(element, "action_id"), Label: flatten(b["label"]), Hint: flatten(b["hint"]),
			Element: element, Optional: b["optional"] == true, Dispatch: b["dispatch_action"] == true,
		})
	}
	return all
}

// FindInput returns the input with this action id.
func FindInput(blocks json.RawMessage, actionID string) (Input, bool) {
	for _, in := range Inputs(blocks) {
		if in.ActionID == actionID {
			return in, true
		}
	}
	return Input{}, false
}

// HasInput reports whether an input block with this id is in blocks.
func HasInput(blocks json.RawMessage, blockID string) bool {
	return slices.ContainsFunc(Inputs(blocks), func(in Input) bool { return in.BlockID == blockID })
}

// FlattenText returns all text in blocks, from top to bottom, one line for each
// text object, and buttons in brackets. It does not change mrkdwn. It returns ""
// for anything but a list of blocks.
func FlattenText(blocks json.RawMessage) string {
	var lines []string
	for _, b := range decode(blocks) {
		if line := flatten(b); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// decode returns the blocks, or nil for anything but a list of blocks.
func decode(blocks json.RawMessage) []object {
	var all []object
	if json.Unmarshal(blocks, &all) != nil {
		return nil
	}
	return all
}

// textKeys are the properties of a block that are text or contain text, in
// reading order.
var textKeys = []string{"title", "subtitle", "label", "text", "body", "hint", "fields", "elements", "element",
	"accessory", "blocks", "rows", "options", "description", "alt_text"}

func flatten(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var parts []string
		for _, item := range v {
			if s := flatten(item); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "\n")
	case object:
		var parts []string
		for _, key := range textKeys {
			if s := flatten(v[key]); s != "" {
				parts = append(parts, s)
			}
		}
		text := strings.Join(parts, "\n")
		if v["type"] == "button" {
			text = "[" + text + "]"
		}
		return text
	}
	return ""
}

// str returns a string property, or "" if it is missing or not a string.
func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}
