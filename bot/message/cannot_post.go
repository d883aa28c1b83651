package message

import (
	"fmt"
	"slices"
	"strings"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// cardRefused marks a stored reason as Slack's error code for a card.
const cardRefused = "slack:"

// CardRefusedReason returns the reason that is stored with an order that was
// withdrawn because Slack refused its card: a prefix and Slack's error code,
// such as "slack:not_in_channel". It is turned into a sentence where it is
// shown.
func CardRefusedReason(code string) string {
	return cardRefused + firstRunes(mrkdwn.Visible(code), maxName)
}

// CardRefused reports whether an order was withdrawn because its card could not be
// posted.
func CardRefused(o order.Order) bool {
	return o.State == order.Cancelled && strings.HasPrefix(o.Reason, cardRefused)
}

// CannotPost tells the requester of a withdrawn order that Slack refused its
// card, and how to fix that. bot is the name of the bot's user, without an @; "" if
// it is not known. v.Ruling decides whether a direct message would do.
//
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func CannotPost(v OrderView, bot string) Message {
	o := v.Order
	code, _ := strings.CutPrefix(o.Reason, cardRefused)
	m := notice(fmt.Sprintf("I could not post the card for %s: %s", serverAndTime(o), postProblem(v, code, bot)))
	if !otherChannelHelps(code) {
		return m
	}
	return withFormButton(m, elsewhere(o))
}

// otherChannelHelps reports whether a card that was refused with this code may be accepted in
// another channel.
func otherChannelHelps(code string) bool {
	return slices.Contains([]string{"not_in_channel", "channel_not_found", "is_archived", "is_inactive", "messages_tab_disabled"}, code) ||
		strings.HasPrefix(code, "restricted_action")
}

// ExpiredUnposted tells the requester that their order expired before Slack
// accepted its card.
func ExpiredUnposted(v OrderView) Message {
	problem := fmt.Sprintf("Slack did not accept the card for %s in time, so your request expired.", serverAndTime(v.Order))
	return suggest(v.Command, problem, "Ask again:", []string{again(v.Order)})
}

// postProblem says why a card was refused, and what works.
func postProblem(v OrderView, code, bot string) string {
	channel, again := channelName(v.Order.Channel), askAgain(v.Command, v.Order)
	switch {
	case code == "not_in_channel", code == "channel_not_found":
		if !slackChannel.MatchString(v.Order.Channel) { // a direct message, to which nobody can be invited
			if v.needsApprovals() {
				return fmt.Sprintf("I am not in this conversation, and others have to approve it. Ask in a channel: %s.", again)
			}
			return fmt.Sprintf("I am not in this conversation. Use a channel, or a direct message with me: %s.", again)
		}
		return fmt.Sprintf("I am not in %s. Type %s there, then %s.", channel, invite(bot), again)
	case code == "is_archived", code == "is_inactive":
		return fmt.Sprintf("%s is archived. Use another channel: %s.", channel, again)
	case strings.HasPrefix(code, "restricted_action"):
		return fmt.Sprintf("I may not post in %s. Ask an admin of the workspace, or use another channel: %s.", channel, again)
	case code == "messages_tab_disabled":
		return fmt.Sprintf("direct messages to me are switched off. Use a channel: %s.", again)
	case code == "ekm_access_denied":
		return fmt.Sprintf("an admin of the workspace has suspended posting. Try again later: %s.", again)
	case code == "missing_scope", code == "not_allowed_token_type", code == "no_permission", code == "access_denied", code == "team_access_not_granted":
		return fmt.Sprintf("this app lacks a permission. Tell the person who runs this bot: %s.", mrkdwn.Code(code, maxName))
	default:
		return fmt.Sprintf("Slack said %s. Try again later, or tell the person who runs this bot.", mrkdwn.Code(code, maxName))
	}
}

// invite returns the command that adds the bot to a conversation, as it is typed
// in Slack.
func invite(bot string) string {
	if bot == "" {
		return "`/invite`"
	}
	return mrkdwn.Code("/invite @"+bot, maxName)
}
