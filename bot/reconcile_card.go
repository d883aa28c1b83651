package bot

import (
	"context"
	"fmt"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// cardStale reports whether the card may show an older version than the ledger
// has. That can happen if this run's claim ended during its call: another
// process may have shown and recorded a newer version, and Slack may have
// applied the older call last.
func (t *reconciliation) cardStale() bool {
	return t.written > 0 && t.written < t.o.Version && !t.o.CardDue()
}

// showCard shows the state of the order on its card and records that.
func (t *reconciliation) showCard(ctx, calls context.Context) error {
	at := slackapi.ParseMessageRef(t.o.Card.Ref)
	var err error
	switch {
	case at.TS != "":
		at, err = t.updateCard(calls, at)
	case t.o.State == order.Cancelled || t.o.State == order.Expired:
		err = t.tellWithoutCard(calls)
	default:
		at, err = t.postCard(calls)
		if t.o.State == order.Pending && (slackapi.Rejected(err) || slackapi.ClassOf(err) == slackapi.ClassPermission) {
			return t.withdraw(ctx, err)
		}
	}
	if slackapi.Rejected(err) {
		t.cfg.Log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("slack does not accept the card")
		at, err = slackapi.ParseMessageRef(t.o.Card.Ref), nil
	}
	if err != nil {
		return fmt.Errorf("reconcile %s: %w", t.o.ID, err)
	}
	return t.record(ctx, order.Shown{Card: order.ShownMessage{Ref: at.String(), Version: t.o.Version}})
}

// postCard posts a new card.
func (t *reconciliation) postCard(ctx context.Context) (slackapi.MessageRef, error) {
	m, err := t.cardMessage(ctx)
	if err != nil {
		return slackapi.MessageRef{}, err
	}
	at, err := t.slack.Post(ctx, slackapi.MessageRef{Channel: t.o.Channel}, outgoing(m))
	if err == nil {
		t.cfg.Log.WithFields(orderFields(t.o)).Info("card posted")
	}
	return at, err
}

// updateCard updates a posted card. If the card is gone and the order still
// waits for its decision, it posts a new one.
func (t *reconciliation) updateCard(ctx context.Context, at slackapi.MessageRef) (slackapi.MessageRef, error) {
	m, err := t.cardMessage(ctx)
	if err != nil {
		return slackapi.MessageRef{}, err
	}
	t.written = t.o.Version // even if the call fails: Slack may apply it
	err = t.slack.Update(ctx, at, outgoing(m))
	if slackapi.ClassOf(err) == slackapi.ClassGone && t.o.State == order.Pending {
		return t.postCard(ctx)
	}
	return at, err
}

func (t *reconciliation) cardMessage(ctx context.Context) (message.Message, error) {
	activity, err := t.cfg.Orders.ServerActivity(ctx, t.o, t.o.CreatedAt.Add(-order.RecentWindow))
	if err != nil {
		return message.Message{}, fmt.Errorf("read the server's activity: %w", err)
	}
	return message.Card(t.view(t.o, activity)), nil
}

// withdraw withdraws an order whose card Slack refuses. The next step tells the
// requester.
func (t *reconciliation) withdraw(ctx context.Context, err error) error {
	t.cfg.Log.WithFields(orderFields(t.o)).WithField(fieldError, err).Warn("the card could not be posted; the order is withdrawn")
	return t.cfg.Desk.Void(ctx, t.o.ID, message.CardRefusedReason(slackapi.CodeOf(err)))
}

// tellWithoutCard tells the requester the result of an order that ended before
// it had a card, unless they canceled it themselves.
func (t *reconciliation) tellWithoutCard(ctx context.Context) error {
	m := message.ExpiredUnposted(t.o)
	if t.o.State == order.Cancelled {
		if t.o.DecidedBy != "" {
			return nil
		}
		m = message.CannotPost(t.o)
	}
	err := t.replies.tell(ctx, person{user: t.o.Person.User, responseURL: t.replies.urls.get(t.o.ID)}, m)
	if err == nil {
		t.replies.urls.drop(t.o.ID)
	}
	return err
}
