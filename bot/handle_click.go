package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// maxOrderID is longer than any id: a value that is longer is none.
const maxOrderID = 64

// interaction answers clicks, and acks what this bot never asked for.
func (a *App) interaction(ctx context.Context, e *envelope, c slack.InteractionCallback) after {
	if !a.knows(cbTeam(c), c.APIAppID) {
		a.answer(e, OutcomeForeign, nil)
		a.logForeign(e, cbTeam(c), c.User.ID)
		return func(ctx context.Context) { a.tellOrLog(ctx, e, askerOf(c), message.Foreign()) }
	}
	if c.Type != slack.InteractionTypeBlockActions {
		a.answer(e, OutcomeDone, nil)
		return nil
	}
	for _, action := range c.ActionCallback.BlockActions {
		switch action.ActionID {
		case message.ActionConfirm:
			return a.click(ctx, e, c, order.ID(action.Value), true)
		case message.ActionCancel:
			return a.click(ctx, e, c, order.ID(action.Value), false)
		case message.ActionSettlePlaced:
			return a.settle(ctx, e, c, order.ID(action.Value), true)
		case message.ActionSettleNotPlaced:
			return a.settle(ctx, e, c, order.ID(action.Value), false)
		}
	}
	a.answer(e, OutcomeRefused, nil)
	a.logEnvelope(e).WithField(fieldUser, c.User.ID).Info("somebody pressed a button that is not known")
	return func(ctx context.Context) {
		a.tellOrLog(ctx, e, askerOf(c), message.Refusal(&order.Error{Code: order.CodeNotFound}, message.RefusalView{Limit: a.cfg.MaxHours}))
	}
}

// click records a decision and only then acks it. If it cannot be recorded
// there is no ack, and Slack tells the user that it did not work.
func (a *App) click(ctx context.Context, e *envelope, c slack.InteractionCallback, id order.ID, yes bool) after {
	p := order.Person{Team: a.homeOf(c.User.TeamID), User: c.User.ID}
	if len(id) == 0 || len(id) > maxOrderID {
		return a.refuseClick(e, c, p, order.Order{}, &order.Error{Code: order.CodeNotFound})
	}
	o, err := a.cfg.Desk.Decide(ctx, order.Decision{ID: id, Person: p, Yes: yes, Card: pressed(c).String()})
	if broken(order.CodeOf(err)) {
		return a.unrecorded(e, p, id, err)
	}
	if err != nil {
		return a.refuseClick(e, c, p, o, err)
	}
	a.answer(e, OutcomeDone, nil)
	if o.State != order.Approved {
		return func(ctx context.Context) { a.reconcile(ctx, o.ID) }
	}
	return func(ctx context.Context) { a.place(ctx, e, o.ID) }
}

// unrecorded leaves a click without an ack that could not be recorded.
func (a *App) unrecorded(e *envelope, p order.Person, id order.ID, err error) after {
	a.cfg.Meter.Answered(e.kind, OutcomeUnacked, a.cfg.Now().Sub(e.at))
	a.cfg.Meter.Denied(order.CodeOf(err))
	a.logPerson(e, p).WithField(fieldOrder, id).WithField(fieldError, err).Error("a decision could not be recorded")
	return nil
}

// refuseClick acks a click that changed nothing and says so to who pressed. It
// is in the log first: the ledger has no row for it, so should the process die
// next, the log alone says why a click that was acked came to nothing.
func (a *App) refuseClick(e *envelope, c slack.InteractionCallback, p order.Person, o order.Order, err error) after {
	code := order.CodeOf(err)
	a.logPerson(e, p).WithField(fieldOrder, o.ID).WithField(fieldCode, code).Info("a click was refused")
	a.answer(e, OutcomeRefused, nil)
	a.cfg.Meter.Denied(code)
	return func(ctx context.Context) {
		words := message.Refusal(err, message.RefusalView{Person: p, Order: o, Limit: a.cfg.MaxHours, Admins: a.cfg.Admins()})
		a.tellOrLog(ctx, e, askerOf(c), words)
		switch code {
		case order.CodeDecided:
			a.straighten(ctx, o, pressed(c))
		case order.CodeConflict:
			a.close(ctx, o, pressed(c))
		default: // what was pressed stays as it is
		}
	}
}

// straighten brings a card up to date whose buttons somebody could still
// press: the one that the ledger knows, or one that it does not because the
// answer to its posting was lost.
func (a *App) straighten(ctx context.Context, o order.Order, at slackapi.MessageRef) {
	if at.TS != "" && o.Card.Ref != at.String() {
		if err := a.slack.Update(ctx, at, outgoing(message.Card(a.view(o, order.ServerActivity{})))); err != nil {
			a.log.WithFields(orderFields(o)).WithField(fieldError, err).Warn("a card that nobody knew of keeps its buttons")
		}
	}
	if o.CardDue() {
		a.reconcile(ctx, o.ID)
	}
}

// place takes an approved order to the host. If that takes long, the card says
// so in the meantime.
func (a *App) place(ctx context.Context, e *envelope, id order.ID) {
	var noticed sync.WaitGroup
	noticed.Add(1)
	timer := time.AfterFunc(a.cfg.PlacingNotice, func() {
		defer noticed.Done()
		defer a.rescue(e)
		a.reconcile(ctx, id)
	})
	err := a.cfg.Desk.Place(ctx, id)
	if timer.Stop() {
		noticed.Done()
	}
	noticed.Wait()
	if _, later := errors.AsType[*order.Later](err); err != nil && !later {
		a.log.WithField(fieldOrder, id).WithField(fieldError, err).Error("an order could not be placed now, due work goes on with it")
	}
	a.reconcile(ctx, id)
}

// pressed is the message whose button was pressed, nowhere if it was on the
// App Home.
func pressed(c slack.InteractionCallback) slackapi.MessageRef {
	if c.Container.ChannelID == "" || c.Container.MessageTs == "" || c.Container.IsEphemeral {
		return slackapi.MessageRef{}
	}
	return slackapi.MessageRef{Channel: c.Container.ChannelID, TS: c.Container.MessageTs}
}

// cbTeam is the workspace in which something was pressed. Slack leaves it out
// where an app is installed for a whole organisation.
func cbTeam(c slack.InteractionCallback) string {
	if c.Team.ID != "" {
		return c.Team.ID
	}
	return c.User.TeamID
}

func askerOf(c slack.InteractionCallback) asker {
	return asker{user: c.User.ID, channel: c.Container.ChannelID, responseURL: c.ResponseURL}
}
