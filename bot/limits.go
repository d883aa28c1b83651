package bot

import (
	"errors"
	"fmt"

	"github.com/slack-go/slack"
)

// Slack's limits for what this package builds, in characters or pieces.
//
// https://docs.slack.dev/reference/block-kit/blocks
const (
	maxText        = 3000 // a message's text, below the 4,000 of chat.update
	maxBlocks      = 50   // of a message
	maxHomeBlocks  = 100  // of a home tab
	maxSection     = 3000
	maxFields      = 10 // of a section
	maxField       = 2000
	maxHeader      = 150
	maxContext     = 10 // elements of a context block
	maxActions     = 25
	maxButton      = 75 // a button's text and its accessibility label
	maxButtonValue = 2000
	// Of the dialog that asks back: its title, its text, each of its buttons.
	maxDialogTitle  = 100
	maxDialogText   = 300
	maxDialogButton = 30
	maxID           = 255 // a block_id or action_id
	// maxTotal is below the undocumented size at which Slack says
	// msg_blocks_too_long, about 13,000.
	maxTotal = 12000
)

// Check says what Slack would refuse of a message's blocks: every limit that
// is exceeded and every kind of block that a message of this bot must not
// have. Nil means that nothing is wrong.
func Check(blocks []slack.Block) error { return check(blocks, maxBlocks) }

func check(blocks []slack.Block, most int) error {
	var c checker
	c.most("blocks", len(blocks), most)
	for i, b := range blocks {
		c.at = fmt.Sprintf("block %d", i)
		c.block(b)
	}
	c.at = "all blocks"
	c.most("characters", c.total, maxTotal)
	return errors.Join(c.found...)
}

// checker collects what is wrong.
type checker struct {
	at    string
	total int
	found []error
}

func (c *checker) fail(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf("%s: %s", c.at, fmt.Sprintf(format, args...)))
}

func (c *checker) most(what string, n, limit int) {
	if n > limit {
		c.fail("%d %s, at most %d", n, what, limit)
	}
}

func (c *checker) block(b slack.Block) {
	c.most("characters of block_id", len(b.ID()), maxID)
	switch b := b.(type) {
	case *slack.DividerBlock:
	case *slack.HeaderBlock:
		c.text("header", b.Text, maxHeader)
		if b.Text != nil && b.Text.Type != slack.PlainTextType {
			c.fail("a header is plain_text")
		}
	case *slack.SectionBlock:
		c.section(b)
	case *slack.ContextBlock:
		c.most("elements", len(b.ContextElements.Elements), maxContext)
		for _, e := range b.ContextElements.Elements {
			t, ok := e.(*slack.TextBlockObject)
			if !ok {
				c.fail("context element %T", e)
				continue
			}
			c.text("element", t, maxField)
		}
	case *slack.ActionBlock:
		c.actions(b)
	default:
		c.fail("%s is no classic block", b.BlockType())
	}
}

func (c *checker) section(b *slack.SectionBlock) {
	if b.Text == nil && len(b.Fields) == 0 {
		c.fail("a section without text and fields")
	}
	if b.Text != nil {
		c.text("section", b.Text, maxSection)
	}
	c.most("fields", len(b.Fields), maxFields)
	for _, f := range b.Fields {
		c.text("field", f, maxField)
	}
}

func (c *checker) actions(b *slack.ActionBlock) {
	if b.Elements == nil || len(b.Elements.ElementSet) == 0 {
		c.fail("actions without elements")
		return
	}
	c.most("elements", len(b.Elements.ElementSet), maxActions)
	seen := map[string]bool{}
	for _, e := range b.Elements.ElementSet {
		button, ok := e.(*slack.ButtonBlockElement)
		if !ok {
			c.fail("action element %T", e)
			continue
		}
		if seen[button.ActionID] {
			c.fail("action_id %q twice", button.ActionID)
		}
		seen[button.ActionID] = true
		c.button(button)
	}
}

func (c *checker) button(b *slack.ButtonBlockElement) {
	c.text("button", b.Text, maxButton)
	c.most("characters of action_id", len(b.ActionID), maxID)
	c.most("characters of value", runes(b.Value), maxButtonValue)
	c.most("characters of accessibility_label", runes(b.AccessibilityLabel), maxButton)
	if d := b.Confirm; d != nil {
		c.text("dialog title", d.Title, maxDialogTitle)
		c.text("dialog text", d.Text, maxDialogText)
		c.text("dialog button", d.Confirm, maxDialogButton)
		c.text("dialog button", d.Deny, maxDialogButton)
	}
	switch b.Style {
	case slack.StyleDefault, slack.StylePrimary, slack.StyleDanger:
	default:
		c.fail("style %q", b.Style)
	}
}

func (c *checker) text(what string, t *slack.TextBlockObject, limit int) {
	if t == nil || t.Text == "" {
		c.fail("%s has no text", what)
		return
	}
	c.total += runes(t.Text)
	c.most("characters of "+what, runes(t.Text), limit)
	if t.Type == slack.MarkdownType && !t.Verbatim {
		c.fail("%s is not verbatim", what)
	}
}
