package slacksim

import (
	"context"
	"encoding/json"
	"fmt"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
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
	blockID, ok := blockkit.FindElement(view.Blocks, actionID)
	p := s.viewPayload("block_suggestion", view)
	p["container"] = object{"type": "view", "view_id": view.ID}
	s.world.mu.Unlock()
	if !ok {
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	p["action_id"], p["block_id"], p["value"] = actionID, blockID, value
	return s.interact(ctx, p, socket.Envelope{Effect: suggested})
}

// suggested checks the options in an ack.
func suggested(payload json.RawMessage) error {
	if err := blockkit.CheckOptions(payload); err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	return nil
}
