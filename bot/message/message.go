// Package message turns orders and views into what people read in Slack: the
// card, the messages in its thread, the question to the admins, refusals, usage
// texts and the App Home.
//
// Its functions are pure. Text from outside cannot mention anyone, add markup or
// break a message. Every message stays within Slack's limits and can also be
// read without its blocks.
//
// The package does not know the bot or Slack's Web API.
package message

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
)

// Message is a message from the bot, wherever it is shown. The zero value is
// empty.
type Message struct {
	// Text is a full sentence in mrkdwn for notifications and screen readers, at
	// most [maxText] characters, so that chat.update accepts it too.
	Text string
	// Blocks is the message as people see it. It has only header, section, context,
	// actions and divider blocks. Without blocks, Text is the whole message.
	Blocks []slack.Block
}

// newMessage returns a message and cuts its text to the limit.
func newMessage(text string, blocks ...slack.Block) Message {
	return Message{Text: mrkdwn.CutMarkup(text, maxText), Blocks: blocks}
}

// notice returns a message whose text and only block are the same. The block is
// needed because only in a block Slack does not look for names and links.
func notice(lines ...string) Message {
	text := strings.Join(lines, "\n")
	return newMessage(text, section(text))
}

// noButtons replaces the buttons of a card in a plain message.
const noButtons = "The buttons cannot be shown here, so this cannot be confirmed and nothing will be ordered. Ask again with the same command."

// withoutButtons returns what a person can do if the buttons are missing, or ""
// if they miss nothing that matters.
func withoutButtons(b *slack.ActionBlock) string {
	for _, e := range b.Elements.ElementSet {
		button, ok := e.(*slack.ButtonBlockElement)
		if !ok {
			continue
		}
		switch button.ActionID {
		case ActionConfirm:
			return noButtons
		case ActionSettlePlaced:
			return "The buttons cannot be shown here."
		case ActionAgain:
			return "Ask again with the same command."
		case ActionRemindExtend + "1":
			return "The buttons cannot be shown here. Use the command."
		}
	}
	return ""
}

// Plain returns the message as mrkdwn only, for when Slack refuses its blocks:
// the text, followed by every line of the blocks that the text does not contain.
func (m Message) Plain() string {
	lines := []string{m.Text}
	size := mrkdwn.Len(m.Text)
	for _, line := range blockLines(m.Blocks) {
		if line == "" || strings.Contains(m.Text, line) || slices.Contains(lines, line) {
			continue
		}
		if size+1+mrkdwn.Len(line) > maxText {
			continue
		}
		size += 1 + mrkdwn.Len(line)
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// blockLines returns the texts of blocks, line by line. It leaves out headers:
// they repeat what text and sections say.
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
