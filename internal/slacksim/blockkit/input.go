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
	for _, in := range Inputs(blocks) {
		value, kept := old[in.BlockID][in.ActionID].(object)
		if !kept || value["type"] != in.Element["type"] {
			value = initialValue(in.Element)
		}
		all[in.BlockID] = map[string]any{in.ActionID: value}
	}
	return all
}

// initialValue returns the state of an input that nobody has changed.
func initialValue(element object) object {
	kind := str(element, "type")
	name := selected(kind)
	initial := map[string]string{
		"selected_option": "initial_option", "selected_conversation": "initial_conversation", "value": "initial_value",
	}[name]
	value := element[initial]
	if value == "" {
		value = nil
	}
	return object{"type": kind, name: value}
}

// Choice returns the state of an input after a person chose a value in it, or typed it; ""
// chooses nothing. offered are the options that an external select showed last. It fails if
// a client does not have that choice.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
func Choice(element map[string]any, value string, offered []any) (map[string]any, error) {
	kind := str(element, "type")
	state := object{"type": kind, selected(kind): nil}
	switch {
	case value == "":
		return state, nil
	case kind == "static_select":
		offered = optionsOf(element)
	case kind == "external_select":
	default:
		state[selected(kind)] = value
		return state, nil
	}
	for _, option := range offered {
		if o, _ := option.(object); str(o, "value") == value {
			state["selected_option"] = o
			return state, nil
		}
	}
	return nil, fmt.Errorf("there is no option %q", value)
}

// selected returns the property of an input's state that has what is chosen or typed.
func selected(kind string) string {
	switch kind {
	case "static_select", "external_select", "radio_buttons":
		return "selected_option"
	case "conversations_select":
		return "selected_conversation"
	default:
		return "value"
	}
}

// Chosen returns what is chosen or typed according to the state of an input, as Choice
// takes it.
func Chosen(state any) string {
	o, _ := state.(object)
	name := selected(str(o, "type"))
	if option, ok := o[name].(object); ok {
		return str(option, "value")
	}
	return str(o, name)
}

// Submission returns state.values as a client sends it for the blocks of a modal: filled,
// which has the state of every input, with the values that are set. It fails if a client
// would not submit that: a value is not that of an input block, a required field is empty,
// or a text is too short or too long.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
func Submission(blocks json.RawMessage, filled, values State) (State, error) {
	all := make(State, len(filled))
	for _, in := range Inputs(blocks) {
		value, given := values[in.BlockID][in.ActionID]
		if !given {
			value = filled[in.BlockID][in.ActionID]
		}
		all[in.BlockID] = map[string]any{in.ActionID: value}
		if err := checkValue(in.Element, value, in.Optional); err != nil {
			return nil, fmt.Errorf("field %s: %w", in.BlockID, err)
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
