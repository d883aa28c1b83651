package slacksim

import (
	"encoding/json"
	"slices"
	"strings"
)

// Button is one button of a message or view.
type Button struct {
	BlockID, ActionID, Text, Value, Style, URL string

	element object
}

// Buttons returns the buttons in blocks, in order; nil if there are none.
func Buttons(blocks json.RawMessage) []Button {
	var all []Button
	for _, b := range decodeBlocks(blocks) {
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
				Value: str(o, "value"), Style: str(o, "style"), URL: str(o, "url"), element: o,
			})
		}
	}
	return all
}

func findButton(blocks json.RawMessage, actionID string) (Button, bool) {
	all := Buttons(blocks)
	i := slices.IndexFunc(all, func(b Button) bool { return b.ActionID == actionID })
	if i < 0 {
		return Button{}, false
	}
	return all[i], true
}

// FlattenText is all text in blocks, top to bottom, one line for each text object;
// buttons stand in brackets. It shows mrkdwn as it was sent. Anything that is not a
// list of blocks gives "".
func FlattenText(blocks json.RawMessage) string {
	var lines []string
	for _, b := range decodeBlocks(blocks) {
		if line := flatten(b); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func decodeBlocks(blocks json.RawMessage) []object {
	var all []object
	if json.Unmarshal(blocks, &all) != nil {
		return nil
	}
	return all
}

// reading is the order in which the parts of a block are read; what they hold is
// text or has text inside.
var reading = []string{"title", "subtitle", "label", "text", "body", "hint", "fields", "elements", "element",
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
		var text string
		for _, key := range reading {
			text = joinText(text, flatten(v[key]))
		}
		if v["type"] == "button" {
			text = "[" + text + "]"
		}
		return text
	}
	return ""
}

func joinText(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}
