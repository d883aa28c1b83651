package slackweb

import (
	"cmp"
	"encoding/json"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// surface is where blocks are: a message, a modal, or the Home tab.
type surface struct {
	reader

	Form string         // the id of the form to which buttons belong
	View *slacksim.View // the modal; nil elsewhere
}

// shownBlock is a block as the templates see it.
type shownBlock struct {
	Type      string
	Text      shownText
	Fields    []shownText
	Accessory *shownElement
	Elements  []shownElement
	Field     *shownField // of an input block
}

// shownElement is a text or an image of a context block, or a button.
type shownElement struct {
	Type  string
	Text  shownText
	Label string // what a screen reader says instead

	// Of a button.

	Form, Name string // Name is "BLOCK ACTION"
	Style, URL string
	Confirm    *shownDialog
}

// shownDialog is what a button asks before it is pressed.
type shownDialog struct {
	Title, Text, Confirm, Deny shownText
	Style                      string
}

// messageBlocks returns the blocks of a message, or a block with its text, as they are shown.
func (s *Site) messageBlocks(on surface, text string, raw json.RawMessage) []shownBlock {
	return s.blocks(on, blockkit.MessageBlocks(text, raw))
}

// blocks returns blocks as they are shown on a surface.
func (s *Site) blocks(on surface, blocks []blockkit.Block) []shownBlock {
	var all []shownBlock
	for _, b := range blocks {
		all = append(all, s.block(on, b))
	}
	return all
}

func (s *Site) block(on surface, b blockkit.Block) shownBlock {
	out := shownBlock{Type: b.Type, Text: on.text(b.Text)}
	for _, f := range b.Fields {
		out.Fields = append(out.Fields, on.text(f))
	}
	for _, e := range b.Elements {
		out.Elements = append(out.Elements, s.element(on, b, e))
	}
	if b.Accessory != nil {
		e := s.element(on, b, *b.Accessory)
		out.Accessory = &e
	}
	switch {
	case b.Type == "input" && b.Element != nil:
		f := s.field(on, b)
		out.Field = &f
	case b.Type == "image":
		out.Text = plain(b.AltText)
	}
	return out
}

func (s *Site) element(on surface, b blockkit.Block, e blockkit.Element) shownElement {
	out := shownElement{
		Type: e.Type, Text: on.text(e.Text), Label: cmp.Or(e.Spoken, e.AltText),
		Form: on.Form, Name: fieldName(b.ID, e.ActionID), Style: e.Style, URL: e.URL,
	}
	if e.Type == "mrkdwn" || e.Type == "plain_text" {
		out.Type = "text"
	}
	if d := e.Confirm; d != nil {
		out.Confirm = &shownDialog{
			on.text(d.Title), on.text(d.Text), on.text(d.Confirm), on.text(d.Deny), cmp.Or(d.Style, "primary"),
		}
	}
	return out
}
