package bot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/order"
)

// prefillTimeout limits what is looked up for a form before it is opened.
const prefillTimeout = 500 * time.Millisecond

var errPrefillTimeout = errors.New("no time left before the form has to be opened")

// openForm opens the form for a person. If Slack does not open it, the person gets the
// message otherwise. The envelope has been acked.
//
// https://docs.slack.dev/reference/methods/views.open
func (h *handlers) openForm(e *envelope, to person, by order.Person, trigger string, fill message.Fill, otherwise message.Message) after {
	return func(ctx context.Context) {
		var id string
		f, err := h.newForm(e, by, fill)
		if err == nil {
			id, err = h.slack.OpenView(ctx, trigger, message.Form(h.prefilled(ctx, f)))
		}
		if err != nil {
			h.logPerson(e, by).WithField(fieldError, err).Warn("the form could not be opened; the person gets the usage")
			to.replace = false // the button can be pressed again
			h.replies.tellOrLog(ctx, e, to, otherwise)
			return
		}
		f.view.ID = id
		h.opened.put(f.id(), to.responseURL)
		if to.replace {
			h.offers.put(f.id(), to.responseURL)
		}
		h.logPerson(e, by).Info("a form was opened")
		if !f.Until.IsZero() { // for this, Slack is asked for the person's time zone
			h.updateForm(ctx, f)
		}
	}
}

// prefilled returns the form as it is opened, with an estimate if that is known at once:
// Slack opens no form later than three seconds after a press.
func (h *handlers) prefilled(ctx context.Context, f form) message.FormView {
	if !f.Until.IsZero() {
		return f.FormView
	}
	ctx, cancel := context.WithTimeoutCause(ctx, prefillTimeout, errPrefillTimeout)
	defer cancel()
	return h.estimated(ctx, f)
}

// form opens the form for the person who typed the command alone. People who may not order
// get the help.
func (h *handlers) form(ctx context.Context, t typed) after {
	servers, err := h.cfg.Servers(t.by)
	if err != nil || t.trigger == "" {
		return h.help(ctx, t)
	}
	h.acks.answer(t.e, OutcomeDone, nil)
	return h.openForm(t.e, t.person(), t.by, t.trigger, message.Fill{Channel: t.channel}, message.Usage(servers, h.cfg.MaxHours, t.name))
}

// shortcut opens the form for the person who chose the global shortcut.
//
// https://docs.slack.dev/interactivity/implementing-shortcuts
func (h *handlers) shortcut(_ context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	return h.formButton(e, c, p, message.Fill{Ask: true})
}

// formButton opens the form for the person who pressed a button for it.
func (h *handlers) formButton(e *envelope, c slack.InteractionCallback, p order.Person, fill message.Fill) after {
	servers, err := h.cfg.Servers(p)
	if err != nil {
		return h.refuseClick(e, c, p, order.Order{}, err)
	}
	h.acks.answer(e, OutcomeDone, nil)
	to := personOf(c)
	to.replace = c.Container.IsEphemeral
	return h.openForm(e, to, p, c.TriggerID, fill, message.Usage(servers, h.cfg.MaxHours, h.workspace.CommandName()))
}

// formSubmitted records the request that a form makes, and then acks it, which closes the
// form. If that fails, the form says so and stays. Nothing in the payload is trusted.
func (h *handlers) formSubmitted(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	f, err := h.readForm(e, c.View, p)
	if err != nil {
		return h.refuseForm(f, err)
	}
	if len(f.mistakes) > 0 {
		h.cfg.Meter.Denied(order.CodeBadHours)
		h.acks.answer(e, OutcomeRefused, slack.NewErrorsViewSubmissionResponse(f.mistakes))
		return nil
	}
	if f.channel == "" {
		return h.askChannel(f, message.FormNoChannel)
	}
	var o order.Order
	r, err := h.request(ctx, f.typed)
	if err == nil {
		o, err = h.cfg.Desk.Request(ctx, r)
	}
	switch code := order.CodeOf(err); {
	case err == nil:
		h.replies.urls.put(o.ID, f.responseURL)
		h.acks.answer(e, OutcomeDone, nil)
		h.reconciler.requested(o, e.at)
		return h.removeSuggestions(f.typed)
	case code == order.CodeDuplicate && r.AsksFor(o):
		h.acks.answer(e, OutcomeRepeated, nil)
		h.logPerson(e, p).WithField(fieldOrder, o.ID).Info("a form was submitted again")
		return nil
	case code == order.CodeNeedsChannel && !f.Ask:
		return h.askChannel(f, message.FormNeedsPeople)
	default:
		f.about = o
		return h.refuseForm(f, err)
	}
}

// refuseForm says in the form why it changed nothing.
func (h *handlers) refuseForm(f form, err error) after {
	h.denied(f.typed, "form", err)
	field, text := h.formProblem(f, err)
	h.acks.answer(f.e, OutcomeRefused, slack.NewErrorsViewSubmissionResponse(map[string]string{field: text}))
	return nil
}

// askChannel replaces a form by one that asks for the channel as well, and says why.
func (h *handlers) askChannel(f form, why string) after {
	f.Ask, f.Problem = true, why
	view := message.Form(f.FormView)
	h.acks.answer(f.e, OutcomeRefused, slack.NewUpdateViewSubmissionResponse(&view))
	return nil
}
