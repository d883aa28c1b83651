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
	problem := fmt.Sprintf("I could not post the card for %s: ", serverAndTime(o))
	switch {
	case code == "ekm_access_denied":
		return suggest(v.Command, problem+"an admin of the workspace has suspended posting.", "Try again later:", []string{again(o)})
	case (code == "not_in_channel" || code == "channel_not_found") && slackChannel.MatchString(o.Channel):
		m := suggest(v.Command, problem+fmt.Sprintf("I am not in %s.", channelName(o.Channel)), fmt.Sprintf("Type %s there, then:", invite(bot)), []string{again(o)})
		return withFormButton(m, elsewhere(o))
	case otherChannelHelps(code):
		return suggestForm(v.Command, problem+otherChannel(v, code), again(o), elsewhere(o))
	case slices.Contains([]string{"missing_scope", "not_allowed_token_type", "no_permission", "access_denied", "team_access_not_granted"}, code):
		return notice(fmt.Sprintf("%sthis app lacks a permission. Tell the person who runs this bot: %s.", problem, mrkdwn.Code(code, maxName)))
	default:
		return notice(fmt.Sprintf("%sSlack said %s. Try again later, or tell the person who runs this bot.", problem, mrkdwn.Code(code, maxName)))
	}
}

// ExpiredUnposted tells the requester that their order expired before Slack
// accepted its card.
func ExpiredUnposted(v OrderView) Message {
	problem := fmt.Sprintf("Slack did not accept the card for %s in time, so your request expired.", serverAndTime(v.Order))
	return suggest(v.Command, problem, wordAgain, []string{again(v.Order)})
}

// otherChannelHelps reports whether a card that was refused with this code may be accepted in
// another channel.
func otherChannelHelps(code string) bool {
	return slices.Contains([]string{"not_in_channel", "channel_not_found", "is_archived", "is_inactive", "messages_tab_disabled"}, code) ||
		strings.HasPrefix(code, "restricted_action")
}

// otherChannel says why a card was refused, and which channel to use.
func otherChannel(v OrderView, code string) string {
	channel := channelName(v.Order.Channel)
	switch {
	case code == "is_archived", code == "is_inactive":
		return channel + " is archived. Use another channel:"
	case strings.HasPrefix(code, "restricted_action"):
		return fmt.Sprintf("I may not post in %s. Ask an admin of the workspace, or use another channel:", channel)
	case code == "messages_tab_disabled":
		return "direct messages to me are switched off. Use a channel:"
	case v.needsApprovals(): // a direct message, to which nobody can be invited
		return "I am not in this conversation, and others have to approve it. Ask in a channel:"
	default:
		return "I am not in this conversation. Use a channel, or a direct message with me:"
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
