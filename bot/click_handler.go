package bot

import (
	"cmp"
	"context"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/tellings"
	"extendbot/order"
)

// maxOrderID is longer than any order id.
const maxOrderID = 64

// interaction answers clicks and submissions, and acks interactions that this bot does not use.
func (h *handlers) interaction(ctx context.Context, e *envelope, c slack.InteractionCallback) after {
	if !h.accepts(c) {
		h.acks.answer(e, OutcomeForeign, nil)
		h.logForeign(e, teamOfClick(c), c.User.ID)
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, personOf(c), message.Foreign()) }
	}
	p, ok := h.workspace.Member(c)
	if !ok {
		h.acks.answer(e, OutcomeForeign, nil)
		h.logForeign(e, c.User.TeamID, c.User.ID)
		return func(ctx context.Context) { h.replies.tellOrLog(ctx, e, personOf(c), message.Outsider()) }
	}
	switch {
	case c.Type == slack.InteractionTypeViewSubmission:
		return h.submission(ctx, e, c, p)
	case c.Type == slack.InteractionTypeBlockSuggestion:
		return h.formServers(ctx, e, c, p)
	case c.Type == slack.InteractionTypeShortcut && c.CallbackID == message.ShortcutForm:
		return h.shortcut(ctx, e, c, p)
	case c.Type == slack.InteractionTypeBlockActions && c.View.CallbackID == message.CallbackForm:
		return h.formChanged(ctx, e, c, p)
	case c.Type == slack.InteractionTypeBlockActions:
		rest := h.press(ctx, e, c, p)
		if c.View.Type == slack.VTHomeTab { // whatever came of it, they see what is true now
			h.homes.Opened(p.User)
		}
		return rest
	default:
		h.acks.answer(e, OutcomeDone, nil)
		return nil
	}
}

// accepts reports whether an interaction is for this bot. A global shortcut does not name
// its app.
//
// https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
func (h *handlers) accepts(c slack.InteractionCallback) bool {
	if c.Type == slack.InteractionTypeShortcut && c.APIAppID == "" {
		return h.workspace.AcceptsTeam(teamOfClick(c))
	}
	return h.workspace.Accepts(teamOfClick(c), c.APIAppID)
}

// press does what the button is for that was pressed.
func (h *handlers) press(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	for _, action := range c.ActionCallback.BlockActions {
		switch action.ActionID {
		case message.ActionConfirm:
			return h.click(ctx, e, c, p, action, true)
		case message.ActionCancel:
			return h.click(ctx, e, c, p, action, false)
		case message.ActionAgain:
			return h.again(ctx, e, c, p, order.ID(action.Value))
		case message.ActionDetails:
			return h.details(ctx, e, c, p, order.ID(action.Value))
		case message.ActionDeclineReason:
			return h.openDecline(ctx, e, c, p, order.ID(action.Value))
		case message.ActionSettlePlaced:
			return h.settle(ctx, e, c, p, order.ID(action.Value), true)
		case message.ActionSettleNotPlaced:
			return h.settle(ctx, e, c, p, order.ID(action.Value), false)
		case message.ActionRemindStop:
			return h.remindStop(ctx, e, c, p, action)
		case message.ActionForm, message.ActionHomeForm:
			fill := message.ParseFill(action.Value)
			if fill.Channel == "" && !fill.Ask {
				fill.Channel = c.Container.ChannelID
			}
			return h.formButton(e, c, p, fill)
		}
		if _, extends := message.OfferedBy(action.ActionID); extends {
			return h.remindExtend(ctx, e, c, p, action)
		}
		if message.IsSuggestion(action.ActionID) {
			return h.suggested(ctx, e, c, p, action)
		}
	}
	e.log(h.cfg.Log).WithField(fieldUser, c.User.ID).Info("an unknown button was clicked")
	return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
}

// click records a decision and then acks it. If it cannot be recorded there is
// no ack, and Slack tells the user that it did not work.
func (h *handlers) click(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person, action *slack.BlockAction, yes bool) after {
	id := order.ID(action.Value)
	if len(id) == 0 || len(id) > maxOrderID {
		return h.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	seen := h.seen(ctx, action)
	press := string(id) + " " + cmp.Or(action.ActionTs, e.id)
	if yes && (h.tellings.RefusedBefore(press) || h.tellings.TooEarly(ctx, tellings.Listener{Order: id, User: p.User}, seen.ExtendedBy, e.at)) {
		h.tellings.Refuse(press)
		h.acks.answer(e, OutcomeRefused, nil)
		h.cfg.Meter.Denied(order.CodeExtended)
		h.logPerson(e, p).WithField(fieldOrder, id).Info("a click was refused before, or came before its person was told that the server was extended")
		return nil
	}
	o, err := h.cfg.Desk.Decide(ctx, order.Decision{
		ID: id, Person: p, Yes: yes, Card: h.workspace.ClickedCard(c, id).String(), Seen: seen.ExtendedBy, SeenEstimate: seen.Estimate,
	})
	if broken(order.CodeOf(err)) {
		return h.unrecorded(e, p, id, err)
	}
	if code := order.CodeOf(err); code == order.CodeExtended || code == order.CodeOverLimit {
		h.tellings.Refuse(press)
	}
	if err != nil {
		return h.refuseClick(e, c, p, o, err)
	}
	if p == o.Person { // it is for telling the requester
		h.replies.urls.put(o.ID, c.ResponseURL)
	}
	h.acks.answer(e, OutcomeDone, nil)
	h.reconciler.schedule(o)
	if o.State == order.Declined {
		return h.askWhy(e, c, o)
	}
	return nil
}

// seen returns what the card showed whose button was clicked. The block of the button
// says so, because the card in Slack may be older than the ledger.
func (h *handlers) seen(ctx context.Context, action *slack.BlockAction) message.Seen {
	if action.BlockID != "" {
		return message.SeenOn(action.BlockID)
	}
	o, err := h.cfg.Orders.Order(ctx, order.ID(action.Value))
	if err != nil {
		return message.Seen{}
	}
	return message.Seen{ExtendedBy: o.CardExtendedBy}
}

// unrecorded handles a click that could not be recorded: it is not acked.
func (h *handlers) unrecorded(e *envelope, p order.Person, id order.ID, err error) after {
	h.cfg.Meter.Answered(e.kind, OutcomeUnacked, h.cfg.Now().Sub(e.at))
	h.cfg.Meter.Denied(order.CodeOf(err))
	h.logPerson(e, p).WithField(fieldOrder, id).WithField(fieldError, err).Error("a decision could not be recorded")
	return nil
}

// refuseClick acks a click that changed nothing and tells the person so. It logs
// that first: the ledger has no row for such a click, so if the process dies
// next, only the log explains why an acked click had no effect.
func (h *handlers) refuseClick(e *envelope, c slack.InteractionCallback, p order.Person, o order.Order, err error) after {
	view := message.RefusalView{Person: p, Click: true, Command: h.workspace.CommandName(), Order: o, Limit: h.cfg.MaxHours, Admins: h.cfg.Admins(), Currency: h.cfg.Currency}
	seenAt(c, &view)
	view.Servers, _ = h.cfg.Servers(p) // people who may not order get none
	if unknown := h.cfg.Known(p); unknown != nil {
		view = message.RefusalView{Person: p, Click: true, Command: h.workspace.CommandName()}
		if order.CodeOf(err) == order.CodeNotFound { // not even whether there is such an order
			err = unknown
		}
	}
	code := order.CodeOf(err)
	h.logPerson(e, p).WithField(fieldOrder, o.ID).WithField(fieldCode, code).Info("a click was refused")
	h.acks.answer(e, OutcomeRefused, nil)
	h.cfg.Meter.Denied(code)
	switch code { //nolint:exhaustive // after all others, the card shows what is true
	case order.CodeDecided, order.CodeConflict, order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion:
		h.reconciler.schedule(o)
	}
	return func(ctx context.Context) {
		about := linked(orderIn(err), nil)
		if len(about) > 0 && about[0].Order.ID != o.ID {
			about = h.links(ctx, orderIn(err))
		}
		m := refusal(err, view, about)
		switch code {
		case order.CodeExtended:
			_ = h.reconciler.scheduleAgain(ctx, o.ID) // due work updates the card otherwise
			h.tellExtended(ctx, e, personOf(c), o, about, m)
		case order.CodeDecided:
			h.replies.tellOrLog(ctx, e, personOf(c), m)
			h.updateDecided(ctx, o, h.workspace.ClickedCard(c, o.ID))
		case order.CodeConflict:
			h.replies.tellOrLog(ctx, e, personOf(c), m)
			h.closeQuestion(ctx, o, h.workspace.ClickedQuestion(c, o.ID))
		case order.CodeRepriced:
			h.reconciler.policyChanged(ctx, o, c.Message.Text)
			h.replies.tellOrLog(ctx, e, personOf(c), m)
		case order.CodeNotYours, order.CodeNotApprover, order.CodeBarred, order.CodeNoApprovers, order.CodeGroupUnread, order.CodePriceUnknown:
			h.replies.tellOrLog(ctx, e, personOf(c), m)
			h.reconciler.policyChanged(ctx, o, c.Message.Text)
		default: // the message with the button stays as it is
			h.replies.tellOrLog(ctx, e, personOf(c), m)
		}
	}
}

// tellExtended tells a person who confirmed an order which one extended its server
// meanwhile, and records that. Only after that was delivered does their click on an
// old card count.
func (h *handlers) tellExtended(ctx context.Context, e *envelope, to person, o order.Order, by []message.OrderLine, m message.Message) {
	for _, line := range by {
		tell := func() bool { return h.replies.tellOrLog(ctx, e, to, m) }
		h.tellings.Once(ctx, tellings.Listener{Order: o.ID, User: to.user}, line.Order.ID, e.at, tell, func() bool {
			err := h.cfg.Orders.RecordShown(ctx, order.Shown{ID: o.ID, ToldExtendedBy: line.Order.ID, ToldUser: to.user})
			if err != nil {
				e.log(h.cfg.Log).WithField(fieldOrder, o.ID).WithField(fieldError, err).
					Warn("it could not be recorded what a person was told; their next click tells them again")
			}
			return err == nil
		})
	}
}

// updateDecided updates the card of a decided order that was clicked, if the
// ledger does not have it, because the answer to its post was lost, and it is
// provably a card of this order.
func (h *handlers) updateDecided(ctx context.Context, o order.Order, at slackapi.MessageRef) {
	if at.Channel == o.Channel && o.Card.Ref != at.String() {
		card := message.Card(h.reconciler.view(o, order.ServerActivity{}))
		if err := h.slack.Update(ctx, at, outgoing(card)); err != nil {
			h.cfg.Log.WithFields(orderFields(o)).WithField(fieldError, err).Warn("a card that is not in the ledger keeps its buttons")
		}
	}
}

// teamOfClick returns the workspace in which a button was clicked. Slack leaves
// it out if the app is installed for a whole organization.
func teamOfClick(c slack.InteractionCallback) string {
	if c.Team.ID != "" {
		return c.Team.ID
	}
	return c.User.TeamID
}
