package message

import (
	"slices"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
)

// Slack's limits for what this package builds: characters, or numbers of
// elements.
//
// https://docs.slack.dev/reference/block-kit/blocks
const (
	maxText        = 3000 // a message's text, below the 4,000 of chat.update
	maxSection     = 3000
	maxFields      = 10 // in a section
	maxField       = 2000
	maxHeader      = 150
	maxContext     = 10 // elements in a context block
	maxButton      = 75 // a button's text and its accessibility label
	maxButtonValue = 2000
	maxBlockID     = 255
	// For a confirmation dialog: its title, its text, each of its buttons.
	maxDialogTitle  = 100
	maxDialogText   = 300
	maxDialogButton = 30
	maxModalTitle   = 24 // also its buttons
)

// The builders of blocks. Each cuts what exceeds Slack's limits: a message may
// lose its end, but Slack never refuses it. All mrkdwn is verbatim, so that
// Slack does not look for names and links in it.

func markdown(text string, limit int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, mrkdwn.CutMarkup(text, limit), false, true)
}

func plainText(text string, limit int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, mrkdwn.Plain(text, limit), false, false)
}

func header(text string) slack.Block {
	return slack.NewHeaderBlock(plainText(text, maxHeader))
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(markdown(text, maxSection), nil, nil)
}

// field is a labeled value on a card or a receipt.
type field struct{ label, value string }

// fieldSections shows fields in as many sections as needed. It leaves out fields
// without a value.
func fieldSections(list ...field) []slack.Block {
	var blocks []slack.Block
	var texts []*slack.TextBlockObject
	flush := func() {
		if len(texts) > 0 {
			blocks = append(blocks, slack.NewSectionBlock(nil, texts, nil))
			texts = nil
		}
	}
	for _, f := range list {
		if f.value == "" {
			continue
		}
		texts = append(texts, markdown("*"+f.label+":*\n"+f.value, maxField))
		if len(texts) == maxFields {
			flush()
		}
	}
	flush()
	return blocks
}

// footnotes returns a block that shows lines in small print.
func footnotes(lines ...string) slack.Block {
	var elements []slack.MixedElement
	for _, line := range lines {
		if line != "" && len(elements) < maxContext {
			elements = append(elements, markdown(line, maxField))
		}
	}
	return slack.NewContextBlock("", elements...)
}

// dialog returns the confirmation dialog that Slack shows before it sends a
// click.
func dialog(title, text, confirm string) *slack.ConfirmationBlockObject {
	return slack.NewConfirmationBlockObject(plainText(title, maxDialogTitle), plainText(text, maxDialogText),
		plainText(confirm, maxDialogButton), plainText("Not now", maxDialogButton))
}

// button returns a button. Its label is what it shows, and spoken is what a
// screen reader reads aloud.
func button(action, value, label, spoken string, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, firstRunes(value, maxButtonValue), plainText(label, maxButton))
	b.Style = style
	b.AccessibilityLabel = mrkdwn.Plain(spoken, maxButton)
	return b
}

// list returns a message with a heading, entries of a few lines, and an end, in as
// many sections as they need. Its text has the entries that fit.
func list(heading string, entries []string, end string) Message {
	all := slices.Concat([]string{heading}, entries)
	if end != "" {
		all = append(all, end)
	}
	text := heading
	for _, entry := range all[1:] {
		if mrkdwn.Len(text)+1+mrkdwn.Len(entry) <= maxText {
			text += "\n" + entry
		}
	}
	return newMessage(text, sections(all)...)
}

// sections puts as many entries as fit into each section.
func sections(entries []string) []slack.Block {
	var blocks []slack.Block
	text := ""
	for _, entry := range entries {
		if text != "" && mrkdwn.Len(text)+1+mrkdwn.Len(entry) > maxSection {
			blocks = append(blocks, section(text))
			text = ""
		}
		if text != "" {
			text += "\n"
		}
		text += entry
	}
	return append(blocks, section(text))
}
