package workspace

import (
	"slices"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// ClickedCard returns the message whose button was clicked if it is provably a
// card of that order, and otherwise the zero value.
func (w *Workspace) ClickedCard(c slack.InteractionCallback, id order.ID) slackapi.MessageRef {
	return w.clickedMessage(c, buttonOf(id, message.ActionConfirm, message.ActionCancel))
}

// ClickedQuestion returns the message whose button was clicked if it is provably
// a question about that order, and otherwise the zero value.
func (w *Workspace) ClickedQuestion(c slack.InteractionCallback, id order.ID) slackapi.MessageRef {
	return w.clickedMessage(c, buttonOf(id, message.ActionSettlePlaced, message.ActionSettleNotPlaced))
}

// ClickedReminder returns the message whose button was clicked if it is provably a
// reminder of that lease, and otherwise the zero value.
func (w *Workspace) ClickedReminder(c slack.InteractionCallback, p message.Press) slackapi.MessageRef {
	return w.clickedMessage(c, func(b *slack.ButtonBlockElement) bool {
		_, extends := message.OfferedBy(b.ActionID)
		return extends && p.SameLease(b.Value)
	})
}

// clickedMessage returns the message that was clicked if Slack's copy of it in the
// payload proves that the bot posted it with such a button. The channel, the time and the value of the button alone prove nothing:
// what they name could be any message of the bot.
func (w *Workspace) clickedMessage(c slack.InteractionCallback, is func(*slack.ButtonBlockElement) bool) slackapi.MessageRef {
	at, m := c.Container, c.Message
	named := at.ChannelID != "" && at.MessageTs != "" && !at.IsEphemeral
	same := m.Timestamp == at.MessageTs && (c.Channel.ID == "" || c.Channel.ID == at.ChannelID)
	if !named || !same || !w.posted(m) || !hasButton(m.Blocks, is) {
		return slackapi.MessageRef{}
	}
	return slackapi.MessageRef{Channel: at.ChannelID, TS: at.MessageTs}
}

// posted reports whether the bot posted a message.
func (w *Workspace) posted(m slack.Message) bool {
	who := w.identity.Load()
	if m.BotID == "" { // Slack may leave it out
		return who.UserID != "" && m.User == who.UserID
	}
	return m.BotID == who.BotID
}

// buttonOf returns whether a button has one of these actions for an order.
func buttonOf(id order.ID, actions ...string) func(*slack.ButtonBlockElement) bool {
	return func(b *slack.ButtonBlockElement) bool {
		return b.Value == string(id) && slices.Contains(actions, b.ActionID)
	}
}

// hasButton reports whether there is such a button.
func hasButton(blocks slack.Blocks, is func(*slack.ButtonBlockElement) bool) bool {
	for _, b := range blocks.BlockSet {
		row, ok := b.(*slack.ActionBlock)
		if !ok || row.Elements == nil {
			continue
		}
		for _, e := range row.Elements.ElementSet {
			if b, ok := e.(*slack.ButtonBlockElement); ok && is(b) {
				return true
			}
		}
	}
	return false
}
