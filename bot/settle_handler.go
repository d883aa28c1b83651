package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// settle records what an admin found out about an order whose outcome is unknown. As
// with a decision, it acks only after that. That the order was placed needs a reason,
// for which it opens a modal.
func (h *handlers) settle(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, id order.ID, placed bool) after {
	if len(id) == 0 || len(id) > maxOrderID {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	var (
		o   order.Order
		err error
	)
	if placed {
		o, err = h.cfg.Desk.MaySettle(ctx, p, id)
	} else {
		o, err = h.cfg.Desk.SettleBy(ctx, p, order.Settlement{ID: id, Why: message.NotPlacedByHand})
	}
	switch {
	case broken(order.CodeOf(err)):
		return h.unrecorded(e, p, id, err)
	case err != nil:
		return h.refuseClick(e, c, p, o, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	if placed {
		return h.askHow(e, c, o)
	}
	h.reconciler.schedule(o)
	return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, personOf(c), message.FindingRecorded()) }
}

// askHow opens the modal in which a person says how they know that an order was
// placed.
func (h *handlers) askHow(e *envelope, c slack.InteractionCallback, o order.Order) after {
	return func(ctx context.Context) {
		if _, err := h.slack.OpenView(ctx, c.TriggerID, message.SettleModal(o)); err != nil {
			e.log(h.cfg.Log).WithFields(orderFields(o)).WithField(fieldError, err).Warn("the modal for the reason of a settlement could not be opened")
			h.replies.tellOrLog(ctx, e, personOf(c), message.ModalNotOpened())
		}
	}
}

// settlePlaced records that an order was placed and how a person knows, and then acks
// the modal, which closes it.
func (h *handlers) settlePlaced(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	return h.withReason(e, c, p, func(id order.ID, reason string) (order.Order, error) {
		return h.cfg.Desk.SettleBy(ctx, p, order.Settlement{ID: id, Placed: true, Why: reason})
	})
}

// closeQuestion removes the buttons from the question about a settled order that
// was clicked, if the ledger does not have it and it is provably one of them.
func (h *handlers) closeQuestion(ctx context.Context, o order.Order, at slackapi.MessageRef) {
	if at.TS != "" && at.String() != o.Question.Ref && o.State != order.Unknown {
		h.reconciler.replaceQuestion(ctx, at, message.QuestionAnswered(o))
	}
}
