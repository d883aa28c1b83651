package command

import (
	"regexp"
	"strings"
)

// reference is what Slack makes of a name, a channel, or a link in a message:
// <@U0BOB|bob>, <#C0OPS|ops>, <!here>, <https://web-1.example|web-1>.
var reference = regexp.MustCompile(`<([@#!]?)([^<>|\s]+)(?:\|([^<>]*))?>`)

// FromMessage returns the text of a message as its author sees it. A person without a label
// stays as it is, because nothing says what they are called.
//
// https://docs.slack.dev/messaging/formatting-message-text
func FromMessage(text string) string {
	text = reference.ReplaceAllStringFunc(text, func(r string) string {
		parts := reference.FindStringSubmatch(r)
		sign, to, label := parts[1], parts[2], parts[3]
		switch {
		case sign == "" && label != "":
			return label
		case sign == "":
			return to
		case sign == "@" && label == "":
			return r
		case label == "":
			return strings.Replace(sign, "!", "@", 1) + to
		default:
			return strings.TrimSuffix(sign, "!") + strings.TrimPrefix(label, sign)
		}
	})
	return strings.TrimSpace(unescape.Replace(text))
}
