package slacksim

import (
	"context"
	"encoding/json"
	"fmt"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// ViewSubmission is a person pressing the submit button of a modal.
type ViewSubmission struct {
	User   string
	ViewID string                    // "" for the one on top
	Values map[string]map[string]any // state.values: block_id, action_id, what the element holds
}

// SubmitView delivers the submission of a modal and does what the ack says: closes
// it, shows errors, updates, pushes or clears. [ErrBadAck] is an ack whose errors
// name no input block or whose view Slack would refuse.
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
func (s *Server) SubmitView(ctx context.Context, v ViewSubmission) (*Delivery, error) {
	s.world.mu.Lock()
	view := s.world.modal(v.User, v.ViewID)
	if view == nil {
		s.world.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	view.values = v.Values
	p := s.viewPayload("view_submission", view)
	trigger := s.world.mint(v.User, view.ID)
	p["trigger_id"], p["response_urls"] = trigger, []any{}
	s.world.mu.Unlock()
	return s.interact(ctx, p, socket.Envelope{
		TriggerID: trigger,
		Effect:    func(ack json.RawMessage) error { return s.submitted(view, ack) },
	})
}

// submitted does what the ack of a submission says.
func (s *Server) submitted(view *View, payload json.RawMessage) error {
	var r struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if !blockkit.Empty(payload) && json.Unmarshal(payload, &r) != nil {
		return fmt.Errorf("%w: not a response_action", ErrBadAck)
	}
	var next *View
	if r.Action == "update" || r.Action == "push" {
		var err error
		if next, err = parseView(string(r.View), blockkit.Modal); err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	switch r.Action {
	case "":
		s.world.views.drop(view)
	case "clear":
		s.world.views.clear(view.User)
	case "update":
		s.world.become(view, next)
	case "push":
		if err := s.world.push(next, view.User); err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
	case "errors":
		return checkErrors(view, r.Errors)
	default:
		return fmt.Errorf("%w: response_action %q", ErrBadAck, r.Action)
	}
	return nil
}

// checkErrors wants errors of input blocks only; for anything else people see a
// generic failure.
func checkErrors(view *View, errs map[string]string) error {
	for id := range errs {
		if !blockkit.HasInput(view.Blocks, id) {
			return fmt.Errorf("%w: %q is no input block", ErrBadAck, id)
		}
	}
	if len(errs) == 0 {
		return fmt.Errorf("%w: no errors", ErrBadAck)
	}
	return nil
}
