package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// settle records what an admin found out about an order whose outcome is
// unknown. As with a decision, it acks only after that.
func (h *handlers) settle(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, id order.ID, placed bool) after {
	if len(id) == 0 || len(id) > maxOrderID {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	o, err := h.cfg.Desk.SettleBy(ctx, p, order.Settlement{ID: id, Placed: placed, Why: message.FoundByHand(placed)})
	if broken(order.CodeOf(err)) {
		return h.unrecorded(e, p, id, err)
	}
	if err != nil {
		return h.refuseClick(e, c, p, o, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	h.reconciler.schedule(o)
	return func(ctx context.Context) { h.closeQuestion(ctx, o, h.workspace.clickedQuestion(c, o.ID)) }
}

// closeQuestion removes the buttons from the question about a settled order that
// was clicked, if the ledger does not have it and it is provably one of them.
func (h *handlers) closeQuestion(ctx context.Context, o order.Order, at slackapi.MessageRef) {
	if at.TS != "" && at.String() != o.Question.Ref {
		h.reconciler.replaceQuestion(ctx, at, message.QuestionAnswered(o))
	}
}
