package message

import (
	"strings"

	"github.com/slack-go/slack"
)

// Message is what the bot says, wherever it is shown. The zero value is empty.
type Message struct {
	// Text is a full sentence in mrkdwn for notifications and screen readers,
	// at most [maxText] characters, so that chat.update takes it too.
	Text string
	// Blocks is the message as people see it: header, section, context, actions
	// and divider only. Without blocks, Text is all there is.
	Blocks []slack.Block
}

// newMessage makes a message whose text is within its limit.
func newMessage(text string, blocks ...slack.Block) Message {
	return Message{Text: cutMarkup(text, maxText), Blocks: blocks}
}

// notice makes a message that says one thing: the same words as text and as a
// block, because only a block can keep Slack from finding names and links in
// them.
func notice(lines ...string) Message {
	text := strings.Join(lines, "\n")
	return newMessage(text, section(text))
}

// noButtons replaces the buttons of a card in a plain message.
const noButtons = "The buttons cannot be shown here, so this cannot be confirmed and nothing will be ordered. Ask again with the same command."

// noQuestionButtons replaces the buttons of a question in a plain message.
const noQuestionButtons = "The buttons cannot be shown here."

// withoutButtons returns what to do without buttons.
func withoutButtons(b *slack.ActionBlock) string {
	if b.Elements != nil && len(b.Elements.ElementSet) > 0 {
		if first, ok := b.Elements.ElementSet[0].(*slack.ButtonBlockElement); ok && first.ActionID == ActionSettlePlaced {
			return noQuestionButtons
		}
	}
	return noButtons
}

// Plain returns the message in mrkdwn alone, for when Slack refuses its blocks:
// the text, and below it every line of the blocks that the text does not have.
func (m Message) Plain() string {
	lines := []string{m.Text}
	size := runes(m.Text)
	for _, line := range blockLines(m.Blocks) {
		if strings.Contains(m.Text, line) {
			continue
		}
		if size+1+runes(line) > maxText {
			continue
		}
		size += 1 + runes(line)
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// blockLines returns the texts of blocks, line by line. A header is left out: it
// is a title for what text and sections say.
func blockLines(blocks []slack.Block) []string {
	var lines []string
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.SectionBlock:
			if b.Text != nil {
				lines = append(lines, strings.Split(b.Text.Text, "\n")...)
			}
			for _, f := range b.Fields {
				lines = append(lines, strings.ReplaceAll(f.Text, "\n", " "))
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slack.TextBlockObject); ok {
					lines = append(lines, t.Text)
				}
			}
		case *slack.ActionBlock:
			lines = append(lines, withoutButtons(b))
		}
	}
	return lines
}
