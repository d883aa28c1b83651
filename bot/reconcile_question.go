package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// askPeople asks for the outcome of an order, if that is due; see
// [App.AskPeople].
func (r *reconciler) askPeople(ctx context.Context, id order.ID) error {
	o, err := r.cfg.Orders.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("ask about %s: %w", id, err)
	}
	if r.askDue(o) {
		t := &task{name: "ask", queue: r.questions, owed: r.askDue, do: r.ask, shows: true}
		enough, cancel := context.WithTimeout(ctx, reconcileWait)
		defer cancel()
		if err := r.waitFor(ctx, enough, []<-chan struct{}{r.add(t, o, r.cfg.Now())}); err != nil {
			return fmt.Errorf("ask about %s: %w", id, err)
		}
		if o, err = r.cfg.Orders.Order(ctx, id); err != nil {
			return fmt.Errorf("ask about %s: %w", id, err)
		}
	}
	switch {
	case o.QuestionDue(): // settled while it was asked; its other due work may have ended before
		r.schedule(o)
		return &order.Later{At: r.cfg.Now().Add(dueAgain)}
	case o.State != order.Unknown:
		return nil
	case r.askDue(o): // this process tries again sooner, as long as it lives
		return &order.Later{At: r.cfg.Now().Add(dueAgain)}
	default:
		return &order.Later{At: r.nextAsk(o)}
	}
}

// nextAsk returns when people are to be asked next; a time long ago if they
// never were.
func (r *reconciler) nextAsk(o order.Order) time.Time { return o.AskedAt.Add(r.cfg.AskEvery) }

func (r *reconciler) askDue(o order.Order) bool {
	return o.State == order.Unknown && !r.cfg.Now().Before(r.nextAsk(o))
}

// ask posts the question and records that. Only the last question keeps its
// buttons.
func (r *reconciler) ask(ctx, _ context.Context, s *showing) error {
	found := r.cfg.Desk.FindCandidates(ctx, s.o)
	// Reading the host's list may have taken long.
	var err error
	if s.o, err = r.cfg.Orders.Order(ctx, s.o.ID); err != nil {
		return fmt.Errorf("ask about %s: %w", s.o.ID, err)
	}
	if _, err := s.claim(ctx); err != nil {
		return err
	}
	if !r.askDue(s.o) {
		return nil // settled or asked elsewhere in the meantime
	}
	last := slackapi.ParseMessageRef(s.o.Question.Ref)
	asked := r.cfg.Now()
	v := r.verifiedView(ctx, s.o)
	v.Candidates = found
	calls, cancel := context.WithTimeoutCause(slackapi.Once(ctx), s.o.CardOwnerUntil.Sub(asked), errClaimEnded)
	defer cancel()
	at, err := r.postInThread(calls, s.o, outgoing(message.Question(v)))
	if err != nil {
		return fmt.Errorf("ask about %s: %w", s.o.ID, err)
	}
	r.cfg.Log.WithFields(orderFields(s.o)).Warn("the outcome of an order is unknown; people were asked")
	err = s.record(ctx, order.Shown{Question: order.ShownMessage{Ref: at.String(), Version: s.o.Version}, AskedAt: asked})
	if last.TS != "" {
		r.replaceQuestion(calls, last, message.QuestionRepeated(s.o))
	}
	return err
}

// closeQuestion removes the buttons of a question after its order was settled.
func (r *reconciler) closeQuestion(ctx, calls context.Context, s *showing) error {
	err := r.slack.Update(calls, slackapi.ParseMessageRef(s.o.Question.Ref), outgoing(message.QuestionAnswered(s.o)))
	if r.rejected(s.o, err) {
		r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldError, err).Warn("an answered question keeps its buttons")
		err = nil
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	return s.record(ctx, order.Shown{Question: order.ShownMessage{Ref: s.o.Question.Ref, Version: s.o.Version}})
}

// replaceQuestion replaces a question whose buttons no longer have an effect by
// m. If that fails, clicks on them still change nothing.
func (r *reconciler) replaceQuestion(ctx context.Context, at slackapi.MessageRef, m message.Message) {
	if err := r.slack.Update(ctx, at, outgoing(m)); err != nil {
		r.cfg.Log.WithField(fieldError, err).Warn("a question keeps buttons that have no effect")
	}
}

// checkFinding checks what a person found out about an unknown outcome, which may
// settle it, and schedules what follows.
func (r *reconciler) checkFinding(ctx, _ context.Context, s *showing) error {
	err := r.cfg.Desk.CheckFinding(ctx, s.o.ID)
	return errors.Join(err, r.scheduleAgain(ctx, s.o.ID))
}

// postRefusal says in the thread that the last finding did not settle the order, and
// why. Its question keeps its buttons.
func (r *reconciler) postRefusal(ctx, calls context.Context, s *showing) error {
	if _, err := r.postInThread(calls, s.o, outgoing(message.FindingRefused(r.verifiedView(ctx, s.o)))); err != nil {
		return fmt.Errorf("say that a finding about %s was refused: %w", s.o.ID, err)
	}
	r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldUser, s.o.Finding.By).Warn("an unknown outcome was not settled; the thread says why")
	return s.record(ctx, order.Shown{FindingAt: s.o.Finding.At})
}
