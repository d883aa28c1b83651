package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/slacksim/socket"
)

// ViewSubmission is a click on the submit button of a modal.
type ViewSubmission struct {
	User   string
	ViewID string // "" for the visible one
	// Values replace what was chosen and typed in the modal: the state of each element, by
	// block_id and action_id.
	Values map[string]map[string]any

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
	values, err := blockkit.Submission(view.Blocks, view.State, v.Values)
	if err != nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %w", ErrNotSubmitted, err)
	}
	view.State = values
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
	shown := false
	defer func() {
		if shown {
			s.notifyView(*next)
		}
	}()
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	switch r.Action {
	case "":
		s.workspace.views.remove(view)
	case "clear":
		s.workspace.views.clear(view.User)
	case "update":
		s.workspace.replaceView(view, next)
		shown = true
	case "push":
		if err := s.workspace.pushModal(next, view.User); err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
		shown = true
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
	return s.deliverInteractive(ctx, p, socket.Envelope{Effect: func(ack json.RawMessage) error { return s.offer(view, ack) }})
}

// offer shows the options in the ack of a suggestion.
func (s *Server) offer(view *View, payload json.RawMessage) error {
	if err := blockkit.CheckOptions(payload); err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	var ack struct {
		Options []any `json:"options"`
		Groups  []struct {
			Options []any `json:"options"`
		} `json:"option_groups"`
	}
	if err := json.Unmarshal(payload, &ack); err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	for _, g := range ack.Groups {
		ack.Options = append(ack.Options, g.Options...)
	}
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	view.offered = ack.Options
	return nil
}

// Choose chooses a value in the input with this action id of a modal, or types it: the value
// of an option, the id of a conversation, or a text. viewID "" means the visible modal. If
// the input's block has dispatch_action, the choice is delivered as a block_actions payload;
// otherwise nothing is, and the delivery has no envelope id. It fails with
// [ErrNoSuchChoice], before anything is delivered, if a client does not have that choice.
// https://docs.slack.dev/reference/block-kit/blocks/input-block
func (s *Server) Choose(ctx context.Context, user, viewID, actionID, value string) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	s.workspace.mu.Lock()
	view := s.workspace.modal(user, viewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return none, ErrNoSuchView
	}
	input, ok := blockkit.FindInput(view.Blocks, actionID)
	if !ok {
		s.workspace.mu.Unlock()
		return none, fmt.Errorf("%w: there is no input %s", ErrNoSuchChoice, actionID)
	}
	chosen, err := blockkit.Choice(input.Element, value, view.offered)
	if kind := input.Element["type"]; err == nil && kind == "conversations_select" && s.workspace.channels[value] == nil {
		err = fmt.Errorf("there is no conversation %s", value)
	}
	if err != nil {
		s.workspace.mu.Unlock()
		return none, fmt.Errorf("%w: %w", ErrNoSuchChoice, err)
	}
	state := maps.Clone(view.State)
	state[input.BlockID] = map[string]any{actionID: chosen}
	view.State = state
	if !input.Dispatch {
		s.workspace.mu.Unlock()
		return none, nil
	}
	action := maps.Clone(chosen)
	action["block_id"], action["action_id"], action["action_ts"] = input.BlockID, actionID, s.workspace.newTS()
	p := s.viewPayload("block_actions", view)
	p["actions"] = []object{action}
	p["container"] = object{"type": "view", "view_id": view.ID}
	trigger := s.workspace.newTrigger(user, view.ID)
	p["trigger_id"] = trigger
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger})
}

// Shortcut chooses a global shortcut of the app. Its payload has no channel and no
// response_url.
// https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
func (s *Server) Shortcut(ctx context.Context, user, callbackID string) (*Delivery, error) {
	s.workspace.mu.Lock()
	who, known := s.workspace.users[user]
	if !known {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %s", ErrUnknownUser, user)
	}
	p := s.basePayload(who, Click{})
	trigger := s.workspace.newTrigger(user, "")
	p["type"], p["callback_id"], p["trigger_id"], p["action_ts"] = "shortcut", callbackID, trigger, s.workspace.newTS()
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger})
}
