package bot

import (
	"context"
	"errors"
	"slices"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workspace"
	"extendbot/order"
	"extendbot/order/leases"
)

// remindExtend records the order that a press on a reminder asks for, and its approval if
// nobody else has to approve it, and then acks it. If it cannot be recorded there is no
// ack, and Slack tells the user that it did not work.
func (h *handlers) remindExtend(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, action *slack.BlockAction) after {
	hours, offered := message.OfferedBy(action.ActionID)
	press, ok := message.ParsePress(action.Value)
	channel := c.Container.ChannelID
	if !offered || !ok || channel == "" {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	o, err := h.cfg.Desk.Request(ctx, order.Request{
		Key:    requestKey(e, action.ActionTs, "remind", p.Team, channel, c.Container.MessageTs, p.User, action.ActionID, action.Value),
		Person: p, Channel: channel, Direct: workspace.Direct(channel), Server: press.ServerID, Hours: hours, Typed: message.OfferTime(hours),
		Lease: press.Lease, Thread: h.workspace.ClickedReminder(c, press).String(), SeenEstimate: press.Cost,
	})
	switch code := order.CodeOf(err); {
	case code == "":
		h.replies.urls.put(o.ID, c.ResponseURL)
		h.acks.answer(e, OutcomeDone, nil)
		h.logPerson(e, p).WithFields(orderFields(o)).Info("a reminder was answered with an order")
		if pending(o) {
			h.reconciler.requested(o, e.at)
		} else {
			h.reconciler.schedule(o)
		}
		h.cfg.RemindersChanged()
		return nil
	case code == order.CodeDuplicate:
		h.acks.answer(e, OutcomeRepeated, nil)
		h.logPerson(e, p).WithField(fieldOrder, o.ID).Info("a press on a reminder was redelivered")
		return nil
	case broken(code):
		return h.unrecorded(e, p, "", err)
	default:
		if code == order.CodeLeaseTaken || code == order.CodeLeaseOver || code == order.CodeRepriced {
			h.cfg.RemindersChanged() // what was pressed shows what is no longer true
		}
		return h.refuseClick(e, c, p, h.wanted(ctx, p, press, o, hours), err)
	}
}

// wanted adds to an order that was not recorded what its refusal can refer to. It has no
// id.
func (h *handlers) wanted(ctx context.Context, p order.Person, press message.Press, o order.Order, hours order.Hours) order.Order {
	o.ID, o.Person, o.Hours, o.Deadline = "", p, hours, press.Lease
	if o.Server.ID == "" {
		o.Server, _ = h.cfg.Desk.Server(ctx, p, press.ServerID) // without it, the answer names no server
	}
	return o
}

// remindStop records that nobody is to be reminded of a lease anymore and then acks the
// press. People who may extend the server, and admins, may do that.
func (h *handlers) remindStop(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, action *slack.BlockAction) after {
	press, ok := message.ParsePress(action.Value)
	if !ok {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	server, err := h.cfg.Desk.Server(ctx, p, press.ServerID)
	if err != nil && slices.Contains(h.cfg.Admins(), p.User) {
		server, err = order.Server{ID: press.ServerID}, nil
	}
	if err == nil {
		err = h.cfg.StopReminders(ctx, server.ID, press.Lease, p.User)
	}
	switch {
	case broken(order.CodeOf(err)):
		return h.unrecorded(e, p, "", err)
	case err != nil:
		return h.refuseClick(e, c, p, order.Order{Person: p, Server: server}, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	h.logPerson(e, p).WithField(fieldServerID, server.ID).Info("the reminders of a server were stopped")
	h.cfg.RemindersChanged()
	return func(ctx context.Context) {
		h.replies.tellOrLog(ctx, e, personOf(c), message.RemindersStopped(server, press.Lease))
	}
}

// seenAt adds to a refusal what the button said that was clicked.
func seenAt(c slack.InteractionCallback, view *message.RefusalView) {
	for _, action := range c.ActionCallback.BlockActions {
		if action.ActionID == message.ActionConfirm {
			view.SeenEstimate = message.SeenOn(action.BlockID).Estimate
			return
		}
		hours, extends := message.OfferedBy(action.ActionID)
		if !extends && action.ActionID != message.ActionRemindStop {
			continue
		}
		if press, ok := message.ParsePress(action.Value); ok {
			view.Lease, view.SeenEstimate, view.Server = press.Lease, press.Cost, view.Order.Server.Label()
		}
		if extends {
			view.Retype = func(server string) string { return server + " " + message.OfferTime(hours) }
		}
		return
	}
}

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
