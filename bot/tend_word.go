package bot

import (
	"context"
	"fmt"

	"extendbot/order"
)

// word tells the thread what became of the order, and notes it.
func (t *reconciler) word(ctx, calls context.Context) error {
	m, ok := Word(t.view(t.o, order.ServerActivity{}))
	if !ok {
		return t.note(ctx, order.Shown{ThreadMessage: order.ShownMessage{Version: t.o.Version}})
	}
	at, err := t.say(calls, m)
	if err != nil {
		return fmt.Errorf("tend %s: %w", t.o.ID, err)
	}
	t.log.WithFields(orderFields(t.o)).Info("word posted")
	t.replies.drop(t.o.ID)
	return t.note(ctx, order.Shown{ThreadMessage: order.ShownMessage{Ref: at.ref(), Version: t.o.Version}})
}

// say posts m into the card's thread, or where else it can be read: in the
// channel if the thread is gone, and otherwise to who asked.
func (t *reconciler) say(ctx context.Context, m Message) (place, error) {
	thread := placeOf(t.o.Card.Ref)
	if thread.ts == "" {
		thread = place{channel: t.o.Channel}
	}
	at, err := t.web.post(ctx, thread, m)
	if classOf(err) == classGone && thread.ts != "" {
		at, err = t.web.post(ctx, place{channel: thread.channel}, m)
	}
	if refusal(err) {
		t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("the thread does not take the word, it goes to who asked")
		at, err = t.web.post(ctx, place{channel: t.o.Person.User}, m)
	}
	return at, err
}
