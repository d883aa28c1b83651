package bot

import (
	"context"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// askPeople asks for the outcome of an order, if that is due; see
// [App.AskPeople].
func (r *reconciler) askPeople(ctx context.Context, id order.ID) error {
	t := reconciliation{reconciler: r}
	if err := t.read(ctx, id); err != nil {
		return err
	}
	var found order.Candidates
	if t.askDue() { // it may take a while, so it runs without the lock
		found = r.cfg.Desk.FindCandidates(ctx, t.o)
	}
	unlock, err := r.locks.lock(ctx, id)
	if err != nil {
		return fmt.Errorf("ask about %s: %w", id, err)
	}
	defer unlock()
	if err := t.read(ctx, id); err != nil {
		return err
	}
	if t.askDue() {
		err := t.claimed(ctx, func(ctx, calls context.Context) error { return t.ask(ctx, calls, found) })
		if err != nil {
			return err
		}
		if err := t.read(ctx, id); err != nil {
			return err
		}
	}
	if t.o.State != order.Unknown {
		return nil
	}
	return &order.Later{At: t.nextAsk()}
}

// nextAsk returns when people are to be asked next; a time long ago if they
// never were.
func (t *reconciliation) nextAsk() time.Time {
	return t.o.AskedAt.Add(t.cfg.AskEvery)
}

func (t *reconciliation) askDue() bool {
	return t.o.State == order.Unknown && !t.cfg.Now().Before(t.nextAsk())
}

// ask posts the question and records that. Only the last question keeps its
// buttons.
func (t *reconciliation) ask(ctx, calls context.Context, found order.Candidates) error {
	if !t.askDue() {
		return nil // settled or asked elsewhere before this process owned the card
	}
	last := slackapi.ParseMessageRef(t.o.Question.Ref)
	asked := t.cfg.Now()
	v := t.view(t.o, order.ServerActivity{})
	v.Candidates = found
	at, err := t.postInThread(calls, message.Question(v))
	if err != nil {
		return fmt.Errorf("ask about %s: %w", t.o.ID, err)
	}
	t.cfg.Log.WithFields(orderFields(t.o)).Warn("the outcome of an order is unknown; people were asked")
	err = t.record(ctx, order.Shown{Question: order.ShownMessage{Ref: at.String(), Version: t.o.Version}, AskedAt: asked})
	if last.TS != "" {
		t.replaceQuestion(calls, last, message.QuestionRepeated(t.o))
	}
	return err
}

// closeQuestion removes the buttons of a question after its order was settled.
func (t *reconciliation) closeQuestion(ctx, calls context.Context) error {
	err := t.slack.Update(calls, slackapi.ParseMessageRef(t.o.Question.Ref), outgoing(message.QuestionAnswered(t.o)))
	if slackapi.Rejected(err) {
		t.cfg.Log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("an answered question keeps its buttons")
		err = nil
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", t.o.ID, err)
	}
	return t.record(ctx, order.Shown{Question: order.ShownMessage{Ref: t.o.Question.Ref, Version: t.o.Version}})
}

// replaceQuestion replaces a question whose buttons no longer have an effect by
// m. If that fails, clicks on them still change nothing.
func (r *reconciler) replaceQuestion(ctx context.Context, at slackapi.MessageRef, m message.Message) {
	if err := r.slack.Update(ctx, at, outgoing(m)); err != nil {
		r.cfg.Log.WithField(fieldError, err).Warn("a question keeps buttons that have no effect")
	}
}
