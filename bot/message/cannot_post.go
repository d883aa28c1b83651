package message

import (
	"fmt"
	"strings"
)

// cardRefused marks a stored reason as Slack's error code for a card.
const cardRefused = "slack:"

// CardRefusedReason returns the reason that is stored with an order that was
// withdrawn because Slack refused its card: a prefix and Slack's error code,
// such as "slack:not_in_channel". It is turned into a sentence where it is
// shown.
func CardRefusedReason(code string) string {
	return cardRefused + firstRunes(Visible(code), maxName)
}

// CannotPost tells the requester of a withdrawn order that Slack refused its
// card, and how to fix that. If the order's reason holds no Slack error code, as
// in orders from an earlier version of the program, the message is a general
// one. bot is the name of the bot's user, without an @; "" if it is not known.
//
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func CannotPost(v OrderView, bot string) Message {
	o := v.Order
	code, _ := strings.CutPrefix(o.Reason, cardRefused)
	if code == o.Reason {
		code = ""
	}
	return notice(
		"I could not post the card: "+postProblem(code, channelName(o.Channel), bot),
		"Your request is withdrawn and nothing was ordered.",
	)
}

// ExpiredUnposted tells the requester that their order expired before Slack
// accepted its card.
func ExpiredUnposted(v OrderView) Message {
	o := v.Order
	return notice(fmt.Sprintf("Slack did not accept the card for %s, %s, in time, so your request expired. "+
		"Nothing was ordered. Please use the command again.", serverName(o.Server), o.Hours))
}

func postProblem(code, channel, bot string) string {
	switch {
	case code == "not_in_channel", code == "channel_not_found":
		return fmt.Sprintf("I am not a member of %s. Add me there with %s and use the command again. "+
			"I cannot post in a direct message with another person; use a channel or a direct message with me.", channel, invite(bot))
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
		return fmt.Sprintf("a permission of this app is missing. Tell the person who runs this bot that Slack said %s.", Code(code, maxName))
	case code == "":
		return "Slack did not accept it. Try again later, or tell the person who runs this bot."
	default:
		return fmt.Sprintf("Slack said %s. Try again later, or tell the person who runs this bot.", Code(code, maxName))
	}
}

// invite returns the command that adds the bot to a conversation, as it is typed
// in Slack.
func invite(bot string) string {
	if bot == "" {
		return "`/invite`"
	}
	return Code("/invite @"+bot, maxName)
}
