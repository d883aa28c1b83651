package slackweb

import (
	"net/url"
	"strings"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// shownField is the field of an input block as the templates see it.
type shownField struct {
	ID       string // of its element
	Type     string
	Name     string // "BLOCK ACTION"
	ActionID string

	Label, Hint, Placeholder string
	Error                    string // "" if there is none
	Described                string // the ids of its hint and its error
	Optional, Multiline      bool
	MinLength, MaxLength     int

	Value    string // what is chosen or typed
	Shown    string // the text of the chosen option of an external select
	Options  []shownOption
	Dispatch string // the address for each choice; "" if choices are not sent
	Suggest  string // the address of an external select's options
	MinQuery int    // how many characters are typed before it offers some
}

// shownOption is an entry of a menu.
type shownOption struct {
	Value, Text string
	Chosen      bool
}

// defaultMinQuery is how many characters Slack waits for if the app does not say.
const defaultMinQuery = 3

// field returns the field of an input block, with what is chosen and typed in it.
func (s *Site) field(on surface, b blockkit.Block) shownField {
	e := b.Element
	f := shownField{
		ID: on.Form + "-" + slug(b.ID), Type: e.Type, Name: fieldName(b.ID, e.ActionID), ActionID: e.ActionID,
		Label: b.Label.Shown(), Hint: b.Hint.Shown(), Placeholder: e.Placeholder.Shown(),
		Optional: b.Optional, Multiline: e.Multiline, MinLength: e.MinLength, MaxLength: e.MaxLength, MinQuery: defaultMinQuery,
	}
	if e.MinQuery != nil {
		f.MinQuery = *e.MinQuery
	}
	as := "/as/" + url.PathEscape(on.at.Viewer.Name)
	if b.Dispatch {
		f.Dispatch = as + "/choose"
	}
	if on.View == nil {
		return f
	}
	f.Suggest = as + "/options?" + url.Values{"view": {on.View.ID}, "action": {e.ActionID}}.Encode()
	state := on.View.State[b.ID][e.ActionID]
	f.Value, f.Shown, f.Error = blockkit.Chosen(state), chosenText(state), on.View.Errors[b.ID]
	if e.Current && f.Value == "" {
		f.Value = on.at.Channel.ID
	}
	f.Options = s.options(on, *e, f.Value)
	var described []string
	if f.Error != "" {
		described = append(described, f.ID+"-error")
	}
	if f.Hint != "" {
		described = append(described, f.ID+"-hint")
	}
	f.Described = strings.Join(described, " ")
	return f
}

// chosenText returns the text of the chosen option, or "".
func chosenText(state any) string {
	o, _ := state.(map[string]any)
	option, _ := o["selected_option"].(map[string]any)
	text, _ := option["text"].(map[string]any)
	shown, _ := text["text"].(string)
	return shown
}

// options returns the entries of a menu.
func (s *Site) options(on surface, e blockkit.Element, chosen string) []shownOption {
	var all []shownOption
	if e.Type == "conversations_select" {
		in, _ := blockkit.FindInput(on.View.Blocks, e.ActionID)
		for _, ch := range s.cfg.Slack.Listed(on.at.Viewer.ID, in.Element) {
			all = append(all, shownOption{ch.ID, conversationName(ch), ch.ID == chosen})
		}
	}
	for _, o := range e.Options {
		all = append(all, shownOption{o.Value, o.Text.Shown(), o.Value == chosen})
	}
	return all
}

func conversationName(ch slacksim.Channel) string {
	if ch.IM {
		return "Direct messages with the app"
	}
	return "#" + ch.Name
}
