package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// askWhy opens the modal that asks the person who declined an order why. If Slack does
// not open it, the person gets a button that does.
func (h *handlers) askWhy(e *envelope, c slack.InteractionCallback, o order.Order) after {
	return func(ctx context.Context) {
		_, err := h.slack.OpenView(ctx, c.TriggerID, message.DeclineModal(o))
		if err == nil {
			return
		}
		e.log(h.cfg.Log).WithFields(orderFields(o)).WithField(fieldError, err).Warn("the modal for the reason of a decline could not be opened")
		h.replies.tellOrLog(ctx, e, personOf(c), message.OfferDeclineModal(o))
	}
}

// openDecline answers the button that opens the modal.
func (h *handlers) openDecline(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, id order.ID) after {
	o, err := h.clickedOrder(ctx, p, id)
	if err == nil && (o.State != order.Declined || o.DecidedBy != p.User) {
		err = &order.Error{Code: order.CodeNotFound}
	}
	if err != nil {
		return h.refuseClick(e, c, p, order.Order{}, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	return h.askWhy(e, c, o)
}

// submission answers the submission of a modal.
//
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
func (h *handlers) submission(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	switch c.View.CallbackID {
	case message.CallbackDeclineReason:
		return h.declineReason(ctx, e, c, p)
	case message.CallbackSettlePlaced:
		return h.settlePlaced(ctx, e, c, p)
	case message.CallbackForm:
		return h.formSubmitted(ctx, e, c, p)
	default:
		e.log(h.cfg.Log).WithField(fieldUser, c.User.ID).Info("an unknown modal was submitted")
		h.acks.answer(e, OutcomeRefused, nil)
		return nil
	}
}

// declineReason records why a person declined an order and then acks the modal, which
// closes it.
func (h *handlers) declineReason(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	return h.withReason(e, c, p, func(id order.ID, reason string) (order.Order, error) {
		return h.cfg.Desk.DeclineReason(ctx, p, id, reason)
	})
}

// withReason records the reason that was typed into a modal and then acks it, which
// closes it. If that fails, the modal says so and stays. Nothing in the payload is
// trusted: record has to check everything.
func (h *handlers) withReason(e *envelope, c slack.InteractionCallback, p order.Person, record func(order.ID, string) (order.Order, error)) after {
	id, reason := order.ID(c.View.PrivateMetadata), reasonOf(c)
	if mrkdwn.Visible(reason) == "" {
		h.acks.answer(e, OutcomeRefused, onReason(message.ReasonMissing))
		return nil
	}
	err := error(&order.Error{Code: order.CodeNotFound})
	var o order.Order
	if len(id) > 0 && len(id) <= maxOrderID {
		o, err = record(id, reason)
	}
	if err != nil {
		h.logPerson(e, p).WithField(fieldOrder, o.ID).WithField(fieldError, err).Warn("the reason in a modal was not recorded")
		h.cfg.Meter.Denied(order.CodeOf(err))
		h.acks.answer(e, OutcomeRefused, onReason(message.ReasonProblem(err)))
		return nil
	}
	h.acks.answer(e, OutcomeDone, nil)
	h.reconciler.schedule(o)
	return nil
}

// reasonOf returns what was typed into the only input of a modal.
func reasonOf(c slack.InteractionCallback) string {
	if c.View.State == nil {
		return ""
	}
	return c.View.State.Values[message.BlockReason][message.BlockReason].Value
}

// onReason is the payload of an ack that shows an error below that input.
func onReason(text string) *slack.ViewSubmissionResponse {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{message.BlockReason: text})
}
