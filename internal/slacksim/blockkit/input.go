package blockkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxInputText is the length of a text input that sets no other limit, in
// characters.
const maxInputText = 3000

var errEmptyField = errors.New("is required, and empty")

// Submission returns state.values as a client sends it for the blocks of a modal:
// values, by block id and action id, and null for each plain text input that has
// none. It fails if a client would not submit that: a value is not that of an input
// block, a required field is empty, or a text is too short or too long.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
func Submission(blocks json.RawMessage, values map[string]map[string]any) (map[string]map[string]any, error) {
	all := make(map[string]map[string]any, len(values))
	for _, b := range decode(blocks) {
		element, _ := b["element"].(object)
		if b["type"] != "input" || element == nil {
			continue
		}
		block, action := str(b, "block_id"), str(element, "action_id")
		value, given := values[block][action]
		if !given {
			value = object{"type": element["type"], "value": nil}
		}
		all[block] = map[string]any{action: value}
		if err := checkValue(element, value, given, b["optional"] == true); err != nil {
			return nil, fmt.Errorf("field %s: %w", block, err)
		}
	}
	for block, actions := range values {
		for action := range actions {
			if _, known := all[block][action]; !known {
				return nil, fmt.Errorf("field %s: there is no input %s", block, action)
			}
		}
	}
	return all, nil
}

// checkValue checks the value of one input as a client does. Of values that are no
// text, only whether there is one is checked.
func checkValue(element object, value any, given, optional bool) error {
	if element["type"] != "plain_text_input" {
		if !given && !optional {
			return errEmptyField
		}
		return nil
	}
	o, _ := value.(object)
	text := str(o, "value")
	least, hasLeast := element["min_length"].(float64)
	most, hasMost := element["max_length"].(float64)
	if !hasMost {
		most = maxInputText
	}
	switch n := float64(utf8.RuneCountInString(text)); {
	case n == 0 && optional:
		return nil
	case n == 0:
		return errEmptyField
	case hasLeast && n < least:
		return fmt.Errorf("less than %v characters", least)
	case n > most:
		return fmt.Errorf("more than %v characters", most)
	}
	return nil
}
