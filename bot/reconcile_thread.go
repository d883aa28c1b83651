package bot

import (
	"context"
	"fmt"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// postThreadMessage posts the order's result into the thread and records that.
func (t *reconciliation) postThreadMessage(ctx, calls context.Context) error {
	m, ok := message.ThreadMessage(t.view(t.o, order.ServerActivity{}))
	if !ok {
		return t.record(ctx, order.Shown{ThreadMessage: order.ShownMessage{Version: t.o.Version}})
	}
	at, err := t.postInThread(calls, m)
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", t.o.ID, err)
	}
	t.cfg.Log.WithFields(orderFields(t.o)).Info("thread message posted")
	t.replies.urls.drop(t.o.ID)
	return t.record(ctx, order.Shown{ThreadMessage: order.ShownMessage{Ref: at.String(), Version: t.o.Version}})
}

// postInThread posts m into the card's thread. If the thread is gone it posts
// into the channel, and if that fails it sends m to the requester.
func (t *reconciliation) postInThread(ctx context.Context, m message.Message) (slackapi.MessageRef, error) {
	thread := slackapi.ParseMessageRef(t.o.Card.Ref)
	if thread.TS == "" {
		thread = slackapi.MessageRef{Channel: t.o.Channel}
	}
	at, err := t.slack.Post(ctx, thread, outgoing(m))
	if slackapi.ClassOf(err) == slackapi.ClassGone && thread.TS != "" {
		at, err = t.slack.Post(ctx, slackapi.MessageRef{Channel: thread.Channel}, outgoing(m))
	}
	if slackapi.Rejected(err) {
		t.cfg.Log.WithFields(orderFields(t.o)).WithField(fieldError, err).
			Warn("slack refuses the thread message; it goes to the requester")
		at, err = t.slack.Post(ctx, slackapi.MessageRef{Channel: t.o.Person.User}, outgoing(m))
	}
	return at, err
}
