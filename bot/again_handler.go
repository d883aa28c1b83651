package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// again records a new request for what an order that did not go through asked
// for, and then acks it. The person who clicked is the requester. The card comes
// in the channel of that order.
func (h *handlers) again(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, id order.ID) after {
	old, err := h.clickedOrder(ctx, p, id)
	var o order.Order
	if err == nil {
		// What was changed in the database is not asked for once more.
		if _, changed := h.cfg.Desk.Verify(ctx, id); order.CodeOf(changed) == order.CodeTampered {
			err = changed
		}
	}
	if err == nil {
		r := order.Request{
			Key:    requestKey(e, c.TriggerID, "again", p.Team, old.Channel, p.User, string(id)),
			Person: p, Channel: old.Channel, Direct: workspace.Direct(old.Channel), Server: old.Server.ID, Hours: old.Hours, Typed: old.ShortTime(),
		}
		if p == old.Person {
			r.Purpose = old.Purpose // to others, it may not apply
		}
		o, err = h.cfg.Desk.Request(ctx, r)
	}
	switch code := order.CodeOf(err); {
	case code == "":
		h.replies.urls.put(o.ID, c.ResponseURL)
		h.acks.answer(e, OutcomeDone, nil)
		h.reconciler.requested(o, e.at)
		return nil
	case code == order.CodeDuplicate:
		h.acks.answer(e, OutcomeRepeated, nil)
		h.logPerson(e, p).WithField(fieldOrder, o.ID).Info("a click was redelivered")
		return nil
	case broken(code):
		return h.unrecorded(e, p, id, err)
	default:
		old.Estimate, old.Currency = o.Estimate, o.Currency // a limit may stop what it costs now
		return h.refuseClick(e, c, p, old, err)
	}
}

// details shows what the receipt of an order leaves out, to anybody whom the
// policy knows.
func (h *handlers) details(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, id order.ID) after {
	o, err := h.clickedOrder(ctx, p, id)
	if err != nil {
		return h.refuseClick(e, c, p, o, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	return func(ctx context.Context) {
		h.replies.tellOrLog(ctx, e, personOf(c), message.Details(h.reconciler.verifiedView(ctx, o)))
	}
}

// clickedOrder returns the order of a button in a message that anybody in the
// channel can read. It fails as Config.Known does, and with CodeNotFound.
func (h *handlers) clickedOrder(ctx context.Context, p order.Person, id order.ID) (order.Order, error) {
	if err := h.cfg.Known(p); err != nil {
		return order.Order{}, err
	}
	if len(id) == 0 || len(id) > maxOrderID {
		return order.Order{}, &order.Error{Code: order.CodeNotFound}
	}
	o, err := h.cfg.Orders.Order(ctx, id)
	if err == nil && o.Person.Team != p.Team {
		return order.Order{}, &order.Error{Code: order.CodeNotFound}
	}
	return o, err
}
