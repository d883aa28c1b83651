package bot

import (
	"fmt"
	"strings"

	"extendbot/order"
)

// VoidReason is why an order is void whose card Slack refused with an error
// code, for the order's history.
func VoidReason(slackError string) string {
	return fmt.Sprintf("its card could not be posted (%s)", firstRunes(visible(slackError), maxName))
}

// CannotPost tells the person who asked that their card could not be posted to
// a channel, from the error code of Slack, and how to mend that.
//
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func CannotPost(slackError, channel string) Message {
	return notice(
		"I could not post the card: "+postProblem(slackError, channelName(channel)),
		"Your request is withdrawn and nothing was ordered.",
	)
}

// PostedTooLate tells the person who asked that Slack took no card for their
// order before it expired.
func PostedTooLate(o order.Order) Message {
	return notice(fmt.Sprintf("Slack did not take the card for %s, %s, in time, so your request expired. "+
		"Nothing was ordered. Please use the command again.", serverName(o.Server), o.Hours))
}

func postProblem(code, channel string) string {
	switch {
	case code == "not_in_channel", code == "channel_not_found":
		return fmt.Sprintf("I am not a member of %s. Add me there with `/invite` and use the command again. "+
			"In a direct message with somebody else I cannot post; use a channel or a direct message with me.", channel)
	case code == "is_archived", code == "is_inactive":
		return fmt.Sprintf("%s is archived. Use the command in another channel.", channel)
	case strings.HasPrefix(code, "restricted_action"):
		return fmt.Sprintf("the settings of %s do not let me post there. Use the command in another channel, "+
			"or ask an admin of the workspace to allow this app to post.", channel)
	case code == "messages_tab_disabled":
		return "direct messages to me are switched off. Use the command in a channel."
	case code == "ekm_access_denied":
		return "an admin of the workspace has suspended posting for now. Try again later."
	case code == "missing_scope", code == "not_allowed_token_type", code == "no_permission", code == "access_denied", code == "team_access_not_granted":
		return fmt.Sprintf("a permission of this app is missing. Tell whoever maintains this bot that Slack said %s.", Code(code, maxName))
	default:
		return fmt.Sprintf("Slack said %s. Try again later, or tell whoever maintains this bot.", Code(code, maxName))
	}
}
