package slacksim

import (
	"context"
	"encoding/json"
	"fmt"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// ViewSubmission is a click on the submit button of a modal.
type ViewSubmission struct {
	User   string
	ViewID string                    // "" for the visible one
	Values map[string]map[string]any // state.values: the state of each element, by block_id and action_id

	// What a forged payload says instead of what the modal has; "" changes nothing, and
	// [Nothing] leaves it out.
	CallbackID, PrivateMetadata string
}

// SubmitView delivers the submission of a modal and does what the ack demands:
// it closes, updates or clears the modal, pushes another one, or shows errors.
// It fails with [ErrNotSubmitted], before anything is delivered, if a client would
// not submit these values, and with [ErrBadAck] if the errors name a block that is
// not an input, or if Slack would refuse the view.
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
func (s *Server) SubmitView(ctx context.Context, v ViewSubmission) (*Delivery, error) {
	s.workspace.mu.Lock()
	view := s.workspace.modal(v.User, v.ViewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	values, err := blockkit.Submission(view.Blocks, v.Values)
	if err != nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %w", ErrNotSubmitted, err)
	}
	view.values = values
	p := s.viewPayload("view_submission", view)
	p["view"] = v.forged(s.viewJSON(view))
	trigger := s.workspace.newTrigger(v.User, view.ID)
	p["trigger_id"], p["response_urls"] = trigger, []any{}
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{
		TriggerID: trigger,
		Effect:    func(ack json.RawMessage) error { return s.applySubmission(view, ack) },
	})
}

// forged returns the view of a payload as the submission says it is.
func (v ViewSubmission) forged(view object) object {
	for key, value := range map[string]string{"callback_id": v.CallbackID, "private_metadata": v.PrivateMetadata} {
		if value != "" {
			view[key] = said(value, "")
		}
	}
	return view
}

// applySubmission does what the ack of a submission demands.
func (s *Server) applySubmission(view *View, payload json.RawMessage) error {
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
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	switch r.Action {
	case "":
		s.workspace.views.remove(view)
	case "clear":
		s.workspace.views.clear(view.User)
	case "update":
		s.workspace.replaceView(view, next)
	case "push":
		if err := s.workspace.pushModal(next, view.User); err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
	case "errors":
		return checkFieldErrors(view, r.Errors)
	default:
		return fmt.Errorf("%w: response_action %q", ErrBadAck, r.Action)
	}
	return nil
}

// checkFieldErrors accepts only errors of input blocks. For anything else, Slack shows a
// generic failure.
func checkFieldErrors(view *View, errs map[string]string) error {
	for id := range errs {
		if !blockkit.HasInput(view.Blocks, id) {
			return fmt.Errorf("%w: %q is not an input block", ErrBadAck, id)
		}
	}
	if len(errs) == 0 {
		return fmt.Errorf("%w: no errors", ErrBadAck)
	}
	return nil
}

// BlockSuggestion types a value into the external select with this action id in a modal.
// The options are in the payload of the ack.
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (s *Server) BlockSuggestion(ctx context.Context, user, viewID, actionID, value string) (*Delivery, error) {
	s.workspace.mu.Lock()
	view := s.workspace.modal(user, viewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	blockID, ok := blockkit.FindElement(view.Blocks, actionID)
	p := s.viewPayload("block_suggestion", view)
	p["container"] = object{"type": "view", "view_id": view.ID}
	s.workspace.mu.Unlock()
	if !ok {
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	p["action_id"], p["block_id"], p["value"] = actionID, blockID, value
	return s.deliverInteractive(ctx, p, socket.Envelope{Effect: checkSuggestion})
}

// checkSuggestion checks the options in the ack of a suggestion.
func checkSuggestion(payload json.RawMessage) error {
	if err := blockkit.CheckOptions(payload); err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	return nil
}
