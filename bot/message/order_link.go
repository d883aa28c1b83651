package message

import (
	"fmt"
	"regexp"

	"extendbot/order"
)

var (
	linkTarget = regexp.MustCompile(`^https://[\x21-\x7e]{1,500}$`)
	linkBreak  = regexp.MustCompile("[<>|`]")
	linkLabel  = regexp.MustCompile(`^[0-9a-z-]{1,40}$`)
)

// orderLink returns the id of an order, linked to its card. If the link is not
// known, or is not one that Slack writes, it returns the id alone.
//
// https://docs.slack.dev/messaging/formatting-message-text#linking-urls
func orderLink(id order.ID, link string) string {
	if !linkTarget.MatchString(link) || linkBreak.MatchString(link) || !linkLabel.MatchString(string(id)) {
		return Code(string(id), maxName)
	}
	return fmt.Sprintf("<%s|%s>", entities.Replace(link), id)
}
