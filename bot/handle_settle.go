package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// settle records what an admin found out about an order whose outcome is
// unknown, and only then acks it, like a decision.
func (a *App) settle(ctx context.Context, e *envelope, c slack.InteractionCallback, id order.ID, placed bool) after {
	p := order.Person{Team: a.homeOf(c.User.TeamID), User: c.User.ID}
	if len(id) == 0 || len(id) > maxOrderID {
		return a.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	o, err := a.cfg.Desk.SettleBy(ctx, p, order.Settlement{ID: id, Placed: placed, Why: message.FoundByHand(placed)})
	if broken(order.CodeOf(err)) {
		return a.unrecorded(e, p, id, err)
	}
	if err != nil {
		return a.refuseClick(e, c, p, o, err)
	}
	a.answer(e, OutcomeDone, nil)
	return func(ctx context.Context) { a.close(ctx, o, pressed(c)) }
}

// close takes the buttons off every question about an order that is settled:
// the one that the ledger knows, and the one that was pressed.
func (a *App) close(ctx context.Context, o order.Order, at slackapi.MessageRef) {
	if at.TS != "" && at.String() != o.Question.Ref {
		a.retire(ctx, at, message.QuestionAnswered(o))
	}
	a.reconcile(ctx, o.ID)
}
