package mrkdwn

import "regexp"

var (
	linkTarget = regexp.MustCompile(`^https://[\x21-\x7e]{1,500}$`)
	linkBreak  = regexp.MustCompile("[<>|`]")
	linkLabel  = regexp.MustCompile(`^[0-9a-z-]{1,40}$`)
)

// Link returns a link with a label of small letters, digits and hyphens. It
// returns "" if target is not a link that Slack writes, or label is not such a
// label.
//
// https://docs.slack.dev/messaging/formatting-message-text#linking-urls
func Link(target, label string) string {
	if !linkTarget.MatchString(target) || linkBreak.MatchString(target) || !linkLabel.MatchString(label) {
		return ""
	}
	return "<" + entities.Replace(target) + "|" + label + ">"
}
