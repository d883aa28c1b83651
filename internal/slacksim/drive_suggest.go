package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
)

// BlockSuggestion is a person typing value into the external select with that
// action_id of a modal; the options are in the ack's payload.
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (s *Server) BlockSuggestion(ctx context.Context, user, viewID, actionID, value string) (*Delivery, error) {
	s.world.mu.Lock()
	view := s.world.modal(user, viewID)
	if view == nil {
		s.world.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	blockID, ok := externalSelect(view.Blocks, actionID)
	p := s.viewPayload("block_suggestion", view)
	p["container"] = object{"type": "view", "view_id": view.ID}
	s.world.mu.Unlock()
	if !ok {
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	p["action_id"], p["block_id"], p["value"] = actionID, blockID, value
	return s.interact(ctx, p, &Delivery{effect: suggested})
}

// suggested checks the options in an ack.
func suggested(payload json.RawMessage) error {
	var o object
	if json.Unmarshal(payload, &o) != nil {
		return fmt.Errorf("%w: no options", ErrBadAck)
	}
	k := &checker{surface: inModal}
	if _, grouped := o["option_groups"]; grouped {
		k.list(o, "", "option_groups", 0, 100)
	} else if items := k.list(o, "", "options", 0, 100); len(items) > 0 {
		k.options(o, "", 100)
	}
	if len(k.problems) > 0 {
		return fmt.Errorf("%w: %w", ErrBadAck, &apiError{code: "invalid_arguments", messages: k.problems})
	}
	return nil
}

func externalSelect(blocks json.RawMessage, actionID string) (blockID string, ok bool) {
	for _, b := range decodeBlocks(blocks) {
		elements, _ := b["elements"].([]any)
		for _, e := range append(elements, b["element"], b["accessory"]) {
			o, _ := e.(object)
			if o["action_id"] == actionID {
				return str(b, "block_id"), true
			}
		}
	}
	return "", false
}
