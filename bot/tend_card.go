package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"extendbot/order"
)

// card shows where the order stands and notes it.
func (t *reconciler) card(ctx, calls context.Context) error {
	at := placeOf(t.o.Card.Ref)
	var err error
	switch {
	case at.ts != "":
		at, err = t.renew(calls, at)
	case t.o.State == order.Cancelled || t.o.State == order.Expired:
		err = t.unseen(calls)
	default:
		at, err = t.show(calls)
		if t.o.State == order.Pending && (refusal(err) || classOf(err) == classConfig) {
			return t.void(ctx, err)
		}
	}
	if refusal(err) {
		t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("slack does not let the card be shown")
		at, err = placeOf(t.o.Card.Ref), nil
	}
	if err != nil {
		return fmt.Errorf("tend %s: %w", t.o.ID, err)
	}
	return t.note(ctx, order.Shown{Card: order.ShownMessage{Ref: at.ref(), Version: t.o.Version}})
}

// show posts a new card.
func (t *reconciler) show(ctx context.Context) (place, error) {
	m, err := t.face(ctx)
	if err != nil {
		return place{}, err
	}
	at, err := t.web.post(ctx, place{channel: t.o.Channel}, m)
	if err == nil {
		t.log.WithFields(orderFields(t.o)).Info("card posted")
	}
	return at, err
}

// renew brings a posted card up to date. If it is gone, an order that still
// waits for its decision gets a new one.
func (t *reconciler) renew(ctx context.Context, at place) (place, error) {
	m, err := t.face(ctx)
	if err != nil {
		return place{}, err
	}
	t.paints.begin(t.o.ID, t.o.Version)
	err = t.web.update(ctx, at, m)
	if classOf(err) == classGone && t.o.State == order.Pending {
		return t.show(ctx)
	}
	return at, err
}

// face is the card's message.
func (t *reconciler) face(ctx context.Context) (Message, error) {
	standing, err := t.cfg.Orders.ServerActivity(ctx, t.o, t.o.CreatedAt.Add(-order.RecentWindow))
	if err != nil {
		return Message{}, fmt.Errorf("what is known of the server: %w", err)
	}
	return Card(t.view(t.o, standing)), nil
}

// refusal says whether Slack said no to a call, once and for all, so that
// nothing was shown and trying again will not help. A missing permission is
// none: somebody will grant it.
func refusal(err error) bool {
	failed, ok := errors.AsType[*callError](err)
	if !ok {
		return false
	}
	switch failed.class {
	case classAgain, classUnsure, classAuth, classConfig:
		return false
	default:
		return true
	}
}

// void withdraws an order whose card Slack does not take. Whoever asked is
// told in the next step, as part of showing the order that was withdrawn.
func (t *reconciler) void(ctx context.Context, err error) error {
	t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("the card could not be posted, the order is void")
	return t.cfg.Desk.Void(ctx, t.o.ID, VoidReason(codeOf(err)))
}

// unseen ends an order that has no card: who asked has to know that the card
// could not be posted.
func (t *reconciler) unseen(ctx context.Context) error {
	words := PostedTooLate(t.o)
	if t.o.State == order.Cancelled {
		if t.o.DecidedBy != "" {
			return nil
		}
		words = CannotPost(voidCode(t.o.Reason), t.o.Channel)
	}
	to := asker{user: t.o.Person.User, responseURL: t.replies.get(t.o.ID)}
	err := t.tell(ctx, to, words)
	if err == nil {
		t.replies.drop(t.o.ID)
	}
	return err
}

// voidCode finds the error code in what [VoidReason] made of it.
func voidCode(reason string) string {
	_, rest, _ := strings.Cut(reason, "(")
	code, _, _ := strings.Cut(rest, ")")
	return code
}
