package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

const (
	// tellAfter is how long the thread may be out of reach before the requester is
	// told the outcome in another way.
	tellAfter = 30 * time.Second
	// waitingAfter is how long after the approval the thread says that the order
	// waits for the host.
	waitingAfter = 10 * time.Second
)

// postThreadMessage posts the order's result into the thread and records that.
func (r *reconciler) postThreadMessage(ctx, calls context.Context, s *showing) error {
	m, ok := message.ThreadMessage(r.outcomeView(ctx, s.o))
	if !ok {
		return s.record(ctx, order.Shown{ThreadMessage: order.ShownMessage{Version: s.o.Version}})
	}
	out := outgoing(m)
	out.Metadata = chainHead(s.o)
	at, err := r.postInThread(calls, s.o, out)
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	r.cfg.Log.WithFields(orderFields(s.o)).Info("thread message posted")
	r.replies.urls.drop(s.o.ID)
	if err := s.record(ctx, order.Shown{ThreadMessage: order.ShownMessage{Ref: at.String(), Version: s.o.Version}}); err != nil {
		return err
	}
	if s.o.ThreadMessage.Ref != "" {
		return r.scheduleAgain(ctx, s.o.ID) // the earlier message has to be edited
	}
	if s.o.State.Final() {
		s.o.ThreadMessage = order.ShownMessage{Ref: at.String(), Version: s.o.Version}
		r.cancelNotOwed(s.o)
	}
	return nil
}

// limitsTimeout is how long a message about an outcome waits for the limits.
const limitsTimeout = 500 * time.Millisecond

var errLimitsTimeout = errors.New("the limits could not be read in time")

// outcomeView is verifiedView with the limits that the charge made exceeded. Without
// them, the message says less, but the outcome does not wait.
func (r *reconciler) outcomeView(ctx context.Context, o order.Order) message.OrderView {
	v := r.verifiedView(ctx, o)
	ctx, cancel := context.WithTimeoutCause(ctx, limitsTimeout, errLimitsTimeout)
	defer cancel()
	var err error
	if v.Exceeded, err = r.cfg.Desk.LimitsExceededBy(ctx, o); err != nil {
		r.cfg.Log.WithFields(orderFields(o)).WithField(fieldError, err).
			Warn("the thread does not say which limits the order made exceeded, because they could not be read")
	}
	return v
}

// chainHead returns what the message about an outcome keeps outside the database: the
// hash of all history that led to it.
func chainHead(o order.Order) slack.SlackMetadata {
	return slack.SlackMetadata{EventType: "extendbot_order", EventPayload: map[string]any{
		"order": string(o.ID), "version": o.Version, "state": string(o.State), "chain": o.Chain,
	}}
}

// postInThread posts m as [reconciler.post] does into the order's thread. If that fails it
// sends m to the requester.
func (r *reconciler) postInThread(ctx context.Context, o order.Order, m slackapi.Message) (slackapi.MessageRef, error) {
	at, err := r.post(ctx, threadOf(o), m)
	if slackapi.Rejected(err) {
		r.cfg.Log.WithFields(orderFields(o)).WithField(fieldError, err).
			Warn("slack refuses the thread message; it goes to the requester")
		at, err = r.slack.Post(ctx, slackapi.MessageRef{Channel: o.Person.User}, m)
	}
	return at, err
}

// post posts m into a thread or a channel. If the thread is gone it posts into the
// channel.
func (r *reconciler) post(ctx context.Context, thread slackapi.MessageRef, m slackapi.Message) (slackapi.MessageRef, error) {
	at, err := r.slack.Post(ctx, thread, m)
	if slackapi.ClassOf(err) == slackapi.ClassGone && thread.TS != "" {
		return r.slack.Post(ctx, slackapi.MessageRef{Channel: thread.Channel}, m)
	}
	return at, err
}

// cardsThread returns where the card of an order is posted: into the thread of the reminder
// that was pressed, or into the channel.
func cardsThread(o order.Order) slackapi.MessageRef {
	if thread := slackapi.ParseMessageRef(o.Thread); thread.TS != "" {
		return thread
	}
	return slackapi.MessageRef{Channel: o.Channel}
}

// threadOf returns the thread with the messages about an order: the one that its card is
// in, since a thread cannot begin there, or else the one of its card, or the channel if
// there is no card.
func threadOf(o order.Order) slackapi.MessageRef {
	if in := cardsThread(o); in.TS != "" {
		return in
	}
	if thread := slackapi.ParseMessageRef(o.Card.Ref); thread.TS != "" {
		return thread
	}
	return slackapi.MessageRef{Channel: o.Channel}
}

// requesterOwed reports whether the requester does not know the outcome yet, as
// far as the ledger knows.
func requesterOwed(o order.Order) bool {
	return o.ToldVersion < o.Version && (o.ThreadMessageDue() || endOwed(o))
}

// endOwed reports whether the order ended in a way that only its card shows, and
// the card does not show it yet.
func endOwed(o order.Order) bool {
	return ended(o) && o.Card.Ref != "" && o.CardDue()
}

func tellAt(_ order.Order, now time.Time) time.Time { return now.Add(tellAfter) }

// tellRequester tells the requester the outcome, because the thread, or the card
// that alone shows it, could not be updated for too long: by direct message,
// through the response_url of their click, or with an ephemeral message. The
// thread message remains due.
func (r *reconciler) tellRequester(ctx, calls context.Context, s *showing) error {
	if r.shownUnrecorded(s.o) {
		return nil
	}
	m, ok := message.ThreadMessage(r.outcomeView(ctx, s.o))
	if !ok {
		m = message.Ended(s.o)
	}
	to := person{user: s.o.Person.User, channel: s.o.Channel, responseURL: r.replies.urls.get(s.o.ID)}
	err := reach(calls, r.replies.direct(to, m), r.replies.respond(to, m), r.replies.ephemeral(to, m))
	if err != nil {
		return fmt.Errorf("tell the requester of %s: %w", s.o.ID, err)
	}
	r.cfg.Log.WithFields(orderFields(s.o)).Warn("thread or card could not be updated for too long; the requester was told the outcome in another way")
	return s.record(ctx, order.Shown{ToldVersion: s.o.Version})
}

// waitingOwed reports whether the order waits for the host and the thread does
// not say so yet.
func waitingOwed(o order.Order) bool {
	return (o.State == order.Approved || o.State == order.Placing) && o.WaitingRef == ""
}

// waitingAt leaves an order that was approved long ago, before this process took
// it over, a second to be placed.
func waitingAt(o order.Order, now time.Time) time.Time {
	at := o.DecidedAt.Add(waitingAfter)
	if at.Before(now) {
		return now.Add(time.Second)
	}
	return at
}

// postWaiting posts into the thread that the order waits for the host, or until the
// policy can be read.
func (r *reconciler) postWaiting(ctx, calls context.Context, s *showing) error {
	v := r.verifiedView(ctx, s.o)
	v.PolicyUnread = r.cfg.Desk.WaitsForPolicy(ctx, s.o)
	at, err := r.post(calls, threadOf(s.o), outgoing(message.Waiting(v)))
	if slackapi.Rejected(err) {
		return nil // the card says so too
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	return s.record(ctx, order.Shown{WaitingRef: at.String()})
}

// supersededOwed reports whether an earlier message in the thread says what is no
// longer true. What is said of an order before somebody changed it in the database
// stays, if its outcome is unknown after that.
func supersededOwed(o order.Order) bool {
	return o.SupersededRef != "" && !o.ThreadMessageDue() && o.State != order.Unknown
}

// editSuperseded edits that message.
func (r *reconciler) editSuperseded(ctx, calls context.Context, s *showing) error {
	err := r.slack.Update(calls, slackapi.ParseMessageRef(s.o.SupersededRef), outgoing(message.Superseded(s.o)))
	if r.rejected(s.o, err) {
		r.cfg.Log.WithFields(orderFields(s.o)).WithField(fieldError, err).Warn("an earlier thread message cannot be edited")
		err = nil
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", s.o.ID, err)
	}
	return s.record(ctx, order.Shown{EditedRef: s.o.SupersededRef})
}
