package bot

import (
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/order"
)

// openForm opens the form for a person. If Slack does not open it, the person gets the
// message otherwise. The envelope has been acked.
//
// https://docs.slack.dev/reference/methods/views.open
func (h *handlers) openForm(e *envelope, to person, by order.Person, trigger string, fill message.Fill, otherwise message.Message) after {
	return func(ctx context.Context) {
		servers, err := h.cfg.Servers(by)
		if err == nil {
			err = h.slack.OpenView(ctx, trigger, message.Form(message.FormView{Fill: fill, Servers: servers, Limit: h.cfg.MaxHours}))
		}
		if err != nil {
			h.logPerson(e, by).WithField(fieldError, err).Warn("the form could not be opened; the person gets the usage")
			h.replies.tellOrLog(ctx, e, to, otherwise)
		}
	}
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
	return h.openForm(e, personOf(c), p, c.TriggerID, fill, message.Usage(servers, h.cfg.MaxHours, h.workspace.CommandName()))
}

// formChanged shows in a form what its choices come to.
func (h *handlers) formChanged(_ context.Context, e *envelope, _ slack.InteractionCallback, _ order.Person) after {
	h.acks.answer(e, OutcomeDone, nil)
	return nil
}

// formServers answers with the servers whose names match what a person has typed.
//
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (h *handlers) formServers(_ context.Context, e *envelope, _ slack.InteractionCallback, _ order.Person) after {
	h.acks.answer(e, OutcomeDone, nil)
	return nil
}

// formSubmitted records the request that a form makes, and then acks it.
func (h *handlers) formSubmitted(_ context.Context, e *envelope, _ slack.InteractionCallback, _ order.Person) after {
	h.acks.answer(e, OutcomeRefused, nil)
	return nil
}
