package bot

import (
	"context"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// Ask asks people in the thread what became of an order whose outcome is
// unknown, unless they were asked less than Config.AskEvery ago. It is for when
// nothing else can find it out any more. As long as the outcome is unknown it
// returns [*order.Later] with the time of the next question; when it is known
// there is nothing to ask. It may run as often as anybody likes.
func (a *App) AskPeople(ctx context.Context, id order.ID) error {
	t := reconciler{App: a}
	var err error
	if t.o, err = a.cfg.Orders.Order(ctx, id); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	var look order.Candidates
	if t.askNow() { // which may take a while, so that nobody waits for it
		look = a.cfg.Desk.FindCandidates(ctx, t.o)
	}
	unlock, err := a.locks.lock(ctx, id)
	if err != nil {
		return fmt.Errorf("ask %s: %w", id, err)
	}
	defer unlock()
	if t.o, err = a.cfg.Orders.Order(ctx, id); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if t.askNow() {
		err := t.claimed(ctx, func(ctx, calls context.Context) error { return t.ask(ctx, calls, look) })
		if err != nil {
			return err
		}
		if t.o, err = a.cfg.Orders.Order(ctx, id); err != nil {
			return fmt.Errorf("ask: %w", err)
		}
	}
	if t.o.State != order.Unknown {
		return nil
	}
	return &order.Later{At: t.askAt()}
}

// askAt is when people are to be asked next; long ago if they never were.
func (t *reconciler) askAt() time.Time {
	return t.o.AskedAt.Add(t.cfg.AskEvery)
}

func (t *reconciler) askNow() bool {
	return t.o.State == order.Unknown && !t.cfg.Now().Before(t.askAt())
}

// ask posts the question and notes that it did. Only the last question has
// buttons.
func (t *reconciler) ask(ctx, calls context.Context, look order.Candidates) error {
	if !t.askNow() {
		return nil // somebody else settled it, or asked, before this process had its claim
	}
	last := slackapi.ParseMessageRef(t.o.Question.Ref)
	asked := t.cfg.Now()
	v := t.view(t.o, order.ServerActivity{})
	v.Candidates = look
	at, err := t.say(calls, message.Question(v))
	if err != nil {
		return fmt.Errorf("ask %s: %w", t.o.ID, err)
	}
	t.log.WithFields(orderFields(t.o)).Warn("nobody knows what became of the order, people were asked")
	err = t.note(ctx, order.Shown{Question: order.ShownMessage{Ref: at.String(), Version: t.o.Version}, AskedAt: asked})
	if last.TS != "" {
		t.retire(calls, last, message.QuestionRepeated(t.o))
	}
	return err
}

// answered takes the buttons off the question whose answer is known.
func (t *reconciler) answered(ctx, calls context.Context) error {
	err := t.slack.Update(calls, slackapi.ParseMessageRef(t.o.Question.Ref), outgoing(message.QuestionAnswered(t.o)))
	if slackapi.Rejected(err) {
		t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("a question that is answered keeps its buttons")
		err = nil
	}
	if err != nil {
		return fmt.Errorf("tend %s: %w", t.o.ID, err)
	}
	return t.note(ctx, order.Shown{Question: order.ShownMessage{Ref: t.o.Question.Ref, Version: t.o.Version}})
}

// retire puts m in the place of a message whose buttons are of no use any
// more. That is for the eye only: a click on them changes nothing.
func (a *App) retire(ctx context.Context, at slackapi.MessageRef, m message.Message) {
	if err := a.slack.Update(ctx, at, outgoing(m)); err != nil {
		a.log.WithField(fieldError, err).Warn("a message keeps buttons that are of no use any more")
	}
}
