package slackweb

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// openModal returns the modal that a form names, which the person has open.
func (s *Site) openModal(viewer, id string) (slacksim.View, error) {
	for _, v := range s.cfg.Slack.Views(viewer) {
		if v.ID == id {
			return v, nil
		}
	}
	return slacksim.View{}, slacksim.ErrNoSuchView
}

// submit submits a modal with the values of its fields, whose names are "BLOCK ACTION".
// What the app finds wrong with them is in the modal afterwards.
func (s *Site) submit(ctx context.Context, viewer string, form url.Values) error {
	v, err := s.openModal(viewer, form.Get("view"))
	if err != nil {
		return err
	}
	values := map[string]map[string]any{}
	for _, in := range blockkit.Inputs(v.Blocks) {
		given, ok := form[fieldName(in.BlockID, in.ActionID)]
		if !ok {
			continue // as it is
		}
		values[in.BlockID] = map[string]any{in.ActionID: stateOf(in.Element, given[0])}
	}
	_, err = s.cfg.Slack.SubmitView(ctx, slacksim.ViewSubmission{User: viewer, ViewID: v.ID, Values: values})
	return err
}

// stateOf returns a value of a field as a client sends it. Slack looks up what else an
// option has.
func stateOf(element map[string]any, value string) map[string]any {
	state := map[string]any{"type": element["type"]}
	if value == "" {
		return state
	}
	switch element["type"] {
	case "static_select", "external_select", "radio_buttons":
		state["selected_option"] = map[string]any{"value": value}
	case "conversations_select":
		state["selected_conversation"] = value
	default:
		state["value"] = value
	}
	return state
}

// choose chooses a value in a field of a modal.
func (s *Site) choose(ctx context.Context, viewer string, form url.Values) error {
	v, err := s.openModal(viewer, form.Get("view"))
	if err == nil {
		_, err = s.cfg.Slack.Choose(ctx, viewer, v.ID, form.Get("action"), form.Get("value"))
	}
	return err
}

// closeModal closes a modal. It is closed whether the app hears of it or not.
func (s *Site) closeModal(ctx context.Context, viewer string, form url.Values) error {
	_, err := s.cfg.Slack.CloseView(ctx, viewer, form.Get("view"))
	if codeOf(err) != "" {
		return nil
	}
	return err
}

// pressModal presses a button in a modal.
func (s *Site) pressModal(ctx context.Context, viewer string, form url.Values) error {
	v, err := s.openModal(viewer, form.Get("view"))
	if err != nil {
		return err
	}
	b, err := pressed(v, form)
	if err == nil {
		_, err = s.cfg.Slack.PressModal(ctx, viewer, v.ID, b)
	}
	return err
}

// suggestion is an option that the app offers for what somebody typed.
type suggestion struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

// suggest answers with what the app offers for a text in a field of a modal, as JSON.
func (s *Site) suggest(w http.ResponseWriter, r *http.Request) {
	viewer, err := s.viewer(r)
	if err != nil {
		s.notFound(w, r)
		return
	}
	q := r.URL.Query()
	v, err := s.openModal(viewer.ID, q.Get("view"))
	all := []suggestion{}
	if err == nil {
		var d *slacksim.Delivery
		d, err = s.cfg.Slack.BlockSuggestion(r.Context(), viewer.ID, v.ID, q.Get("action"), q.Get("q"))
		if err == nil && d.EnvelopeID != "" {
			all = suggested(d.Payload)
		}
	}
	if err != nil {
		http.Error(w, words(err), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // the window may be gone
}

// suggested returns the options in the ack of a suggestion, which Slack has accepted.
func suggested(ack json.RawMessage) []suggestion {
	all := []suggestion{}
	offered, _ := blockkit.Options(ack)
	for _, o := range offered {
		option, _ := o.(map[string]any)
		text, _ := option["text"].(map[string]any)
		value, _ := option["value"].(string)
		label, _ := text["text"].(string)
		all = append(all, suggestion{Value: value, Text: strings.TrimSpace(label)})
	}
	return all
}
