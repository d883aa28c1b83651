package bot

import (
	"context"
	"errors"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
	"extendbot/order/leases"
)

var _ leases.Poster = (*App)(nil)

// PostReminder implements [leases.Poster]. An id of a user opens a direct message. It does
// not repeat the post if Slack's answer is lost.
func (a *App) PostReminder(ctx context.Context, to string, v leases.View) (string, error) {
	at, err := a.slack.Post(slackapi.Once(ctx), slackapi.MessageRef{Channel: to}, outgoing(message.Reminder(a.reminderView(v))))
	if slackapi.ClassOf(err) == slackapi.ClassPermission { // also how Slack says that the bot is not in a channel
		return "", &leases.UnpostableError{Err: err}
	}
	return at.String(), unpostable(err)
}

// UpdateReminder implements [leases.Poster].
func (a *App) UpdateReminder(ctx context.Context, ref string, v leases.View) error {
	return unpostable(a.slack.Update(slackapi.Once(ctx), slackapi.ParseMessageRef(ref), outgoing(message.Reminder(a.reminderView(v)))))
}

// FollowReminder implements [leases.Poster].
func (a *App) FollowReminder(ctx context.Context, ref string, r leases.Row) error {
	_, err := a.slack.Post(slackapi.Once(ctx), slackapi.ParseMessageRef(ref), outgoing(message.ReminderFollowed(r)))
	return unpostable(err)
}

func (a *App) reminderView(v leases.View) message.ReminderView {
	return message.ReminderView{
		View: v, Currency: a.cfg.Currency, AccountName: a.cfg.AccountName, Admins: a.cfg.Admins(), Bot: a.workspace.BotName(), Zone: a.cfg.Timezone,
	}
}

// unpostable returns the error of a call as [leases.Poster] does. If Slack wants a pause,
// messages about money go first.
func unpostable(err error) error {
	if later, limited := errors.AsType[*order.Later](err); limited {
		return &order.Later{At: later.At.Add(moneyFirst)}
	}
	if slackapi.Rejected(err) {
		return &leases.UnpostableError{Err: err}
	}
	return err
}
