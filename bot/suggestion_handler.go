package bot

import (
	"cmp"
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/workspace"
	"extendbot/order"
)

// suggested does what a person would do who typed the words on the button. Whatever the
// button says, it does no more than that.
func (h *handlers) suggested(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, action *slack.BlockAction) after {
	channel := c.Container.ChannelID
	if channel == "" {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	return h.run(ctx, typed{
		e: e, by: p, key: requestKey(e, cmp.Or(c.TriggerID, action.ActionTs), "suggestion", p.Team, channel, p.User, action.Value),
		name: h.workspace.CommandName(), channel: channel, thread: c.Container.ThreadTs, trigger: c.TriggerID, responseURL: c.ResponseURL,
		suggested: onlyTheirs(c),
	}, action.Value)
}

// onlyTheirs reports whether only the person who pressed a button sees its message, so that
// it may be replaced or removed. A forged press can name the button of any message.
func onlyTheirs(c slack.InteractionCallback) bool {
	return c.Container.IsEphemeral || workspace.Direct(c.Container.ChannelID)
}

// removeSuggestions removes the message whose suggestion was followed, or whose form was
// submitted. If that fails, its buttons stay, and who presses them is told that it was asked
// for.
func (h *handlers) removeSuggestions(t typed) after {
	if !t.suggested || t.responseURL == "" {
		return nil
	}
	return func(ctx context.Context) {
		ctx, cancel := context.WithTimeoutCause(ctx, tellTimeout, errReplyTimeout)
		defer cancel()
		if err := h.slack.Remove(ctx, t.responseURL); err != nil {
			h.logPerson(t.e, t.by).WithField(fieldError, err).Info("suggestions could not be removed after one was followed")
		}
	}
}
