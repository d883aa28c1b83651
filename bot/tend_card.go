package bot

import (
	"context"
	"fmt"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// card shows where the order stands and notes it.
func (t *reconciler) card(ctx, calls context.Context) error {
	at := slackapi.ParseMessageRef(t.o.Card.Ref)
	var err error
	switch {
	case at.TS != "":
		at, err = t.renew(calls, at)
	case t.o.State == order.Cancelled || t.o.State == order.Expired:
		err = t.unseen(calls)
	default:
		at, err = t.show(calls)
		if t.o.State == order.Pending && (slackapi.Rejected(err) || slackapi.ClassOf(err) == slackapi.ClassPermission) {
			return t.void(ctx, err)
		}
	}
	if slackapi.Rejected(err) {
		t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("slack does not let the card be shown")
		at, err = slackapi.ParseMessageRef(t.o.Card.Ref), nil
	}
	if err != nil {
		return fmt.Errorf("tend %s: %w", t.o.ID, err)
	}
	return t.note(ctx, order.Shown{Card: order.ShownMessage{Ref: at.String(), Version: t.o.Version}})
}

// show posts a new card.
func (t *reconciler) show(ctx context.Context) (slackapi.MessageRef, error) {
	m, err := t.face(ctx)
	if err != nil {
		return slackapi.MessageRef{}, err
	}
	at, err := t.slack.Post(ctx, slackapi.MessageRef{Channel: t.o.Channel}, outgoing(m))
	if err == nil {
		t.log.WithFields(orderFields(t.o)).Info("card posted")
	}
	return at, err
}

// renew brings a posted card up to date. If it is gone, an order that still
// waits for its decision gets a new one.
func (t *reconciler) renew(ctx context.Context, at slackapi.MessageRef) (slackapi.MessageRef, error) {
	m, err := t.face(ctx)
	if err != nil {
		return slackapi.MessageRef{}, err
	}
	t.paints.begin(t.o.ID, t.o.Version)
	err = t.slack.Update(ctx, at, outgoing(m))
	if slackapi.ClassOf(err) == slackapi.ClassGone && t.o.State == order.Pending {
		return t.show(ctx)
	}
	return at, err
}

// face is the card's message.
func (t *reconciler) face(ctx context.Context) (message.Message, error) {
	standing, err := t.cfg.Orders.ServerActivity(ctx, t.o, t.o.CreatedAt.Add(-order.RecentWindow))
	if err != nil {
		return message.Message{}, fmt.Errorf("what is known of the server: %w", err)
	}
	return message.Card(t.view(t.o, standing)), nil
}

// void withdraws an order whose card Slack does not take. Whoever asked is
// told in the next step, as part of showing the order that was withdrawn.
func (t *reconciler) void(ctx context.Context, err error) error {
	t.log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("the card could not be posted, the order is void")
	return t.cfg.Desk.Void(ctx, t.o.ID, message.CardRefusedReason(slackapi.CodeOf(err)))
}

// unseen ends an order that has no card: who asked has to know that the card
// could not be posted.
func (t *reconciler) unseen(ctx context.Context) error {
	words := message.ExpiredUnposted(t.o)
	if t.o.State == order.Cancelled {
		if t.o.DecidedBy != "" {
			return nil
		}
		words = message.CannotPost(t.o)
	}
	to := asker{user: t.o.Person.User, responseURL: t.replies.get(t.o.ID)}
	err := t.tell(ctx, to, words)
	if err == nil {
		t.replies.drop(t.o.ID)
	}
	return err
}
