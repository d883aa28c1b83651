package trial

import (
	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
)

// actionPress is the action of the button.
const actionPress = "extendbot_check"

// asks returns the card. Its button has a value that only this run knows.
func asks(nonce string) slackapi.Message {
	const text = "*extendbot check --live:* press the button. It shows that extendbot can write to you, and that it hears you. Nothing is ordered."
	label := slack.NewTextBlockObject(slack.PlainTextType, "I see this", false, false)
	button := slack.NewButtonBlockElement(actionPress, nonce, label).WithStyle(slack.StylePrimary)
	return slackapi.Message{Text: text, Blocks: []slack.Block{section(text), slack.NewActionBlock("", button)}}
}

// ended returns what the card becomes.
func ended(pressed bool) slackapi.Message {
	text := "*extendbot check --live* has ended without a press. Nothing was ordered."
	if pressed {
		text = ":white_check_mark: *extendbot check --live:* your press arrived. Nothing was ordered."
	}
	return slackapi.Message{Text: text, Blocks: []slack.Block{section(text)}}
}

// notNow answers a command that Slack sends to this connection.
func notNow() any {
	return map[string]string{
		"response_type": slack.ResponseTypeEphemeral,
		"text":          "extendbot is being checked, and takes no commands now. Try again in a few minutes.",
	}
}

func section(text string) *slack.SectionBlock {
	object := slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
	return slack.NewSectionBlock(object, nil, nil)
}
