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

// State is state.values: the state of each input, by block id and action id.
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
type State = map[string]map[string]any

// InitialState returns the state of the inputs in blocks: what old has for an input with
// the same block id, action id and type, and otherwise what it is filled in with.
// https://docs.slack.dev/surfaces/modals
func InitialState(blocks json.RawMessage, old State) State {
	all := make(State)
	for _, b := range decode(blocks) {
		element, _ := b["element"].(object)
		if b["type"] != "input" || element == nil {
			continue
		}
		block, action := str(b, "block_id"), str(element, "action_id")
		value, kept := old[block][action].(object)
		if !kept || value["type"] != element["type"] {
			value = initialValue(element)
		}
		all[block] = map[string]any{action: value}
	}
	return all
}

// initialValue returns the state of an input that nobody has changed.
func initialValue(element object) object {
	kind := str(element, "type")
	value := object{"type": kind}
	switch kind {
	case "static_select", "external_select":
		value["selected_option"] = element["initial_option"]
	case "conversations_select":
		value["selected_conversation"] = element["initial_conversation"]
	default:
		value["value"] = element["initial_value"]
	}
	return value
}

// Choice returns the state of an input after a person chose a value in it, or typed it.
// offered are the options that an external select showed last. It fails if a client does
// not have that choice.
func Choice(element map[string]any, value string, offered []any) (map[string]any, error) {
	kind := str(element, "type")
	switch kind {
	case "conversations_select":
		return object{"type": kind, "selected_conversation": value}, nil
	case "static_select", "external_select":
		options, _ := element["options"].([]any)
		if kind == "external_select" {
			options = offered
		}
		for _, o := range options {
			if option, _ := o.(object); str(option, "value") == value {
				return object{"type": kind, "selected_option": option}, nil
			}
		}
		return nil, fmt.Errorf("there is no option %q", value)
	default:
		return object{"type": kind, "value": value}, nil
	}
}

// Submission returns state.values as a client sends it for the blocks of a modal: filled,
// which has the state of every input, with the values that are set. It fails if a client
// would not submit that: a value is not that of an input block, a required field is empty,
// or a text is too short or too long.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
func Submission(blocks json.RawMessage, filled, values State) (State, error) {
	all := make(State, len(filled))
	for _, b := range decode(blocks) {
		element, _ := b["element"].(object)
		if b["type"] != "input" || element == nil {
			continue
		}
		block, action := str(b, "block_id"), str(element, "action_id")
		value, given := values[block][action]
		if !given {
			value = filled[block][action]
		}
		all[block] = map[string]any{action: value}
		if err := checkValue(element, value, b["optional"] == true); err != nil {
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
func checkValue(element object, value any, optional bool) error {
	o, _ := value.(object)
	if element["type"] != "plain_text_input" {
		empty := true
		for key, v := range o {
			empty = empty && (key == "type" || v == nil)
		}
		if empty && !optional {
			return errEmptyField
		}
		return nil
	}
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
