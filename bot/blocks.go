package bot

import (
	"github.com/slack-go/slack"
)

// The builders of blocks. Each cuts what would exceed Slack's limits, so that
// a message may lose its end but is never refused; mrkdwn is verbatim, so that
// Slack looks for no names and links in it.

func mrkdwn(text string, limit int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, cutMarkup(text, limit), false, true)
}

func plainText(text string, limit int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, plain(text, limit), false, false)
}

func header(text string) slack.Block {
	return slack.NewHeaderBlock(plainText(text, maxHeader))
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(mrkdwn(text, maxSection), nil, nil)
}

// fact is one thing that a card or a receipt says, with its label.
type fact struct{ label, value string }

// facts shows facts as fields, in as many sections as it takes; those without
// a value are left out.
func facts(list ...fact) []slack.Block {
	var blocks []slack.Block
	var fields []*slack.TextBlockObject
	flush := func() {
		if len(fields) > 0 {
			blocks = append(blocks, slack.NewSectionBlock(nil, fields, nil))
			fields = nil
		}
	}
	for _, f := range list {
		if f.value == "" {
			continue
		}
		fields = append(fields, mrkdwn("*"+f.label+":*\n"+f.value, maxField))
		if len(fields) == maxFields {
			flush()
		}
	}
	flush()
	return blocks
}

// footnotes shows lines in small print.
func footnotes(lines ...string) slack.Block {
	var elements []slack.MixedElement
	for _, line := range lines {
		if line != "" && len(elements) < maxContext {
			elements = append(elements, mrkdwn(line, maxField))
		}
	}
	return slack.NewContextBlock("", elements...)
}

// dialog makes what Slack asks back before it sends a click.
func dialog(title, text, confirm string) *slack.ConfirmationBlockObject {
	return slack.NewConfirmationBlockObject(plainText(title, maxDialogTitle), plainText(text, maxDialogText),
		plainText(confirm, maxDialogButton), plainText("Not now", maxDialogButton))
}

// button makes a button; label is what it says and spoken what a screen reader
// says.
func button(action, value, label, spoken string, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, firstRunes(value, maxButtonValue), plainText(label, maxButton))
	b.Style = style
	b.AccessibilityLabel = plain(spoken, maxButton)
	return b
}
