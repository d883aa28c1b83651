package bot

import (
	"context"
	"fmt"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// word tells the thread what became of the order, and notes it.
func (t *reconciler) word(ctx, calls context.Context) error {
	m, ok := message.ThreadMessage(t.view(t.o, order.ServerActivity{}))
	if !ok {
		return t.note(ctx, order.Shown{ThreadMessage: order.ShownMessage{Version: t.o.Version}})
	}
	at, err := t.say(calls, m)
	if err != nil {
		return fmt.Errorf("tend %s: %w", t.o.ID, err)
	}
	t.log.WithFields(orderFields(t.o)).Info("word posted")
	t.replies.drop(t.o.ID)
	return t.note(ctx, order.Shown{ThreadMessage: order.ShownMessage{Ref: at.String(), Version: t.o.Version}})
}

// say posts m into the card's thread, or where else it can be read: in the
// channel if the thread is gone, and otherwise to who asked.
func (t *reconciler) say(ctx context.Context, m message.Message) (slackapi.MessageRef, error) {
	thread := slackapi.ParseMessageRef(t.o.Card.Ref)
	if thread.TS == "" {
		thread = slackapi.MessageRef{Channel: t.o.Channel}
	}
	at, err := t.slack.Post(ctx, thread, outgoing(m))
	if slackapi.ClassOf(err) == slackapi.ClassGone && thread.TS != "" {
		at, err = t.slack.Post(ctx, slackapi.MessageRef{Channel: thread.Channel}, outgoing(m))
	}
	if slackapi.Rejected(err) {
		t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("the thread does not take the word, it goes to who asked")
		at, err = t.slack.Post(ctx, slackapi.MessageRef{Channel: t.o.Person.User}, outgoing(m))
	}
	return at, err
}
