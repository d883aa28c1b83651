package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

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
	// ForgedValues replace values in a forged payload. Nothing is then checked that a client
	// checks.
	ForgedValues map[string]map[string]any
}

// SubmitView delivers the submission of a modal and does what the ack demands:
// it closes, updates or clears the modal, pushes another one, or shows errors.
// It fails with [ErrNotSubmitted], before anything is delivered, if a client would
// not submit these values, and with [ErrBadAck] if the errors name a block that is
// not an input, or if Slack would refuse the view. The payload has no response_urls.
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
func (s *Server) SubmitView(ctx context.Context, v ViewSubmission) (*Delivery, error) {
	s.workspace.mu.Lock()
	view := s.workspace.modal(v.User, v.ViewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, ErrNoSuchView
	}
	if v.ForgedValues == nil {
		if err := s.workspace.fill(view, v.Values); err != nil {
			s.workspace.mu.Unlock()
			return &Delivery{Type: Interactive}, fmt.Errorf("%w: %w", ErrNotSubmitted, err)
		}
	}
	view.Errors = nil
	p := s.viewPayload("view_submission", view)
	p["view"] = v.forged(s.viewJSON(view))
	trigger := s.workspace.newTrigger(v.User, view.ID, view.channel)
	p["trigger_id"], p["response_urls"] = trigger, []any{}
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{
		TriggerID: trigger,
		Effect:    func(ack json.RawMessage) error { return s.applySubmission(view, ack) },
	})
}

// fill sets what is chosen and typed in a modal, if a client would submit that.
func (w *workspace) fill(view *View, values blockkit.State) error {
	given := make(blockkit.State, len(values))
	for block, actions := range values {
		given[block] = maps.Clone(actions)
	}
	for _, in := range blockkit.Inputs(view.Blocks) {
		value, ok := given[in.BlockID][in.ActionID]
		if !ok || in.Element["type"] == "plain_text_input" {
			continue
		}
		chosen, err := w.choice(view, in, blockkit.Chosen(value))
		if err != nil {
			return fmt.Errorf("field %s: %w", in.BlockID, err)
		}
		given[in.BlockID][in.ActionID] = chosen
	}
	state, err := blockkit.Submission(view.Blocks, view.State, given)
	if err == nil {
		view.State = state
	}
	return err
}

// forged returns the view of a payload as the submission says it is.
func (v ViewSubmission) forged(view object) object {
	for key, value := range map[string]string{"callback_id": v.CallbackID, "private_metadata": v.PrivateMetadata} {
		if value != "" {
			view[key] = said(value, "")
		}
	}
	if v.ForgedValues != nil {
		state, _ := view["state"].(object)
		values, _ := state["values"].(blockkit.State)
		values = maps.Clone(values)
		maps.Copy(values, v.ForgedValues)
		view["state"] = object{"values": values}
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
		s.watchers.tell()
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
		next.channel = view.channel
		pushed := *next
		if err := s.workspace.pushModal(&pushed, view.User); err != nil {
			return fmt.Errorf("%w: %w", ErrBadAck, err)
		}
		*next, shown = pushed, true
	case "errors":
		if err := checkFieldErrors(view, r.Errors); err != nil {
			return err
		}
		view.Errors = r.Errors
	default:
		return fmt.Errorf("%w: response_action %q", ErrBadAck, r.Action)
	}
	return nil
}

// checkFieldErrors accepts only errors of input blocks. For anything else, Slack shows a
// generic failure.
// https://docs.slack.dev/surfaces/modals#displaying_errors
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

// defaultMinQuery is how many characters people type before Slack asks for options, if the
// app does not say.
const defaultMinQuery = 3

// BlockSuggestion types a value into the external select with this action id in a modal.
// The options are in the payload of the ack. While fewer characters are typed than its
// min_query_length, nothing is delivered, and the delivery has no envelope id. It fails with
// [ErrNoSuchButton] if there is no such select.
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
func (s *Server) BlockSuggestion(ctx context.Context, user, viewID, actionID, value string) (*Delivery, error) {
	none := &Delivery{Type: Interactive}
	s.workspace.mu.Lock()
	view := s.workspace.modal(user, viewID)
	if view == nil {
		s.workspace.mu.Unlock()
		return none, ErrNoSuchView
	}
	blockID, element, _ := blockkit.FindElement(view.Blocks, actionID)
	p := s.viewPayload("block_suggestion", view)
	p["container"] = object{"type": "view", "view_id": view.ID}
	s.workspace.mu.Unlock()
	if kind := element["type"]; kind != "external_select" && kind != "multi_external_select" {
		return none, fmt.Errorf("%w: %s", ErrNoSuchButton, actionID)
	}
	least, ok := element["min_query_length"].(float64)
	if !ok {
		least = defaultMinQuery
	}
	if float64(utf8.RuneCountInString(value)) < least {
		return none, nil
	}
	p["action_id"], p["block_id"], p["value"] = actionID, blockID, value
	return s.deliverInteractive(ctx, p, socket.Envelope{Effect: func(ack json.RawMessage) error { return s.offer(view, actionID, ack) }})
}

// offer shows the options in the ack of a suggestion.
func (s *Server) offer(view *View, actionID string, payload json.RawMessage) error {
	options, err := blockkit.Options(payload)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadAck, err)
	}
	s.workspace.mu.Lock()
	defer s.workspace.mu.Unlock()
	if view.offered == nil {
		view.offered = make(map[string][]any)
	}
	view.offered[actionID] = options
	return nil
}

// Choose chooses a value in the input with this action id of a modal, or types it: the value
// of an option, the id of a conversation, or a text; "" for nothing. viewID "" means the
// visible modal. If the input's block has dispatch_action, the choice is delivered as a
// block_actions payload, as after Enter for a text; otherwise nothing is, and the delivery
// has no envelope id. It fails with [ErrNoSuchChoice], before anything is delivered, if a
// client does not have that choice.
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
	chosen, err := s.workspace.choice(view, input, value)
	if err != nil {
		s.workspace.mu.Unlock()
		return none, fmt.Errorf("%w: %w", ErrNoSuchChoice, err)
	}
	view.set(input, chosen)
	defer s.watchers.tell()
	if !input.Dispatch {
		s.workspace.mu.Unlock()
		return none, nil
	}
	action := maps.Clone(chosen)
	action["block_id"], action["action_id"], action["action_ts"] = input.BlockID, actionID, s.workspace.newTS()
	p := s.viewPayload("block_actions", view)
	p["actions"] = []object{action}
	p["container"] = object{"type": "view", "view_id": view.ID}
	trigger := s.workspace.newTrigger(user, view.ID, view.channel)
	p["trigger_id"] = trigger
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger})
}

// choice returns the state of an input after a value was chosen in it. It fails if a client
// does not have that choice.
func (w *workspace) choice(view *View, in blockkit.Input, value string) (object, error) {
	if in.Element["type"] == "conversations_select" && value != "" && !w.listed(in.Element, view.User, value) {
		return nil, fmt.Errorf("there is no conversation %s", value)
	}
	offered := view.offered[in.ActionID]
	if in.Element["type"] == "external_select" {
		state, _ := view.State[in.BlockID][in.ActionID].(object)
		offered = append(slices.Clip(offered), state["selected_option"]) // may stay as it is
	}
	return blockkit.Choice(in.Element, value, offered)
}

// listed reports whether a menu lists a conversation for a person: it is public, or the
// person is in it, and the filter of the menu does not exclude it.
// https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
func (w *workspace) listed(menu object, user, id string) bool {
	ch := w.channels[id]
	if ch == nil || ch.Archived || ch.Private && !ch.members[user] {
		return false
	}
	kind := "public"
	switch {
	case ch.IM:
		kind = "im"
	case ch.Private:
		kind = "private"
	}
	filter, _ := menu["filter"].(object)
	include, limited := filter["include"].([]any)
	return (!limited || slices.Contains(include, any(kind))) &&
		(filter["exclude_external_shared_channels"] != true || !ch.ExtShared) &&
		(filter["exclude_bot_users"] != true || w.directChannels[user] != id)
}

// Shortcut chooses a global shortcut of the app. Its payload has no channel, no response_url
// and no id of the app.
// https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
func (s *Server) Shortcut(ctx context.Context, user, callbackID string) (*Delivery, error) {
	s.workspace.mu.Lock()
	who, known := s.workspace.users[user]
	if !known {
		s.workspace.mu.Unlock()
		return &Delivery{Type: Interactive}, fmt.Errorf("%w: %s", ErrUnknownUser, user)
	}
	p := s.basePayload(who, Click{})
	delete(p, "api_app_id")
	trigger := s.workspace.newTrigger(user, "", "")
	p["type"], p["callback_id"], p["trigger_id"], p["action_ts"] = "shortcut", callbackID, trigger, s.workspace.newTS()
	s.workspace.mu.Unlock()
	return s.deliverInteractive(ctx, p, socket.Envelope{TriggerID: trigger})
}
