package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/message/mrkdwn"
	"extendbot/bot/slackapi"
	"extendbot/order"
)

// form is what somebody has chosen in a form, and what it means.
type form struct {
	typed
	message.FormView

	view     slack.View
	at       string            // when it was changed, as Slack says it
	mistakes map[string]string // by field, in plain text
}

// id identifies an open form in memory. Only the person who has it open can have this id.
func (f form) id() string { return formID(f.by, f.view.ID) }

func formID(p order.Person, viewID string) string { return p.User + " " + viewID }

// readForm reads what is in a form. It fails for people who may not order.
func (h *handlers) readForm(e *envelope, v slack.View, p order.Person) (form, error) {
	fill := message.ParseFill(v.PrivateMetadata)
	return h.understand(e, v, p, fill, message.ReadForm(v))
}

// newForm returns a form that begins with fill.
func (h *handlers) newForm(e *envelope, p order.Person, fill message.Fill) (form, error) {
	values := message.FormValues{Server: fill.Server, Reason: fill.Reason}
	if servers, err := h.cfg.Servers(p); err == nil {
		values.Server = offered(servers, fill.Server)
	}
	if fill.Time != "" {
		values.Duration, values.Custom = message.FormOther, fill.Time
	}
	c, err := command.ParseTime(fill.Time, command.Options{Limit: h.cfg.MaxHours})
	if err == nil && c.Until.IsZero() && c.Purpose == "" && message.FormOffers(c.Hours) {
		values.Duration, values.Custom = message.FormDuration(c.Hours), ""
	}
	return h.understand(e, slack.View{}, p, fill, values)
}

// offered returns the value of the option for a server, or "" if there is none.
func offered(servers []order.Server, nameOrID string) string {
	switch i := slices.IndexFunc(servers, func(s order.Server) bool { return strings.EqualFold(s.Label(), nameOrID) || s.ID == nameOrID }); {
	case i >= 0:
		return servers[i].Label()
	case len(servers) == 1 && nameOrID == "":
		return servers[0].Label()
	case len(servers) == 0 && order.ValidHostID(nameOrID):
		return nameOrID
	default:
		return ""
	}
}

func (h *handlers) understand(e *envelope, v slack.View, p order.Person, fill message.Fill, values message.FormValues) (form, error) {
	f := form{
		typed: typed{
			e: e, by: p, key: requestKey(e, v.ID, "form", p.Team, p.User), name: h.workspace.CommandName(), channel: fill.Channel,
			responseURL: h.opened.get(formID(p, v.ID)), suggested: h.offers.get(formID(p, v.ID)) != "",
		},
		FormView: message.FormView{Channel: fill.Channel, Ask: fill.Ask, Values: values, Limit: h.cfg.MaxHours},
		view:     v, mistakes: map[string]string{},
	}
	var err error
	if f.Servers, err = h.cfg.Servers(p); err != nil {
		return f, err
	}
	h.readTime(&f)
	f.Verb, f.Server = command.Extend, values.Server
	h.readReason(&f)
	switch {
	case f.Ask:
		f.channel = values.Conversation
		if f.channel != "" && !message.IsChannel(f.channel) {
			f.mistakes[message.FieldChannel] = message.FormNoChannel
		}
	case !message.IsConversation(f.channel):
		f.channel = ""
	}
	return f, nil
}

// readTime reads how long the server is to run.
func (h *handlers) readTime(f *form) {
	custom := mrkdwn.Visible(f.Values.Custom)
	hours, fixed := message.FormHours(f.Values.Duration)
	switch other := f.Values.Duration == message.FormOther; {
	case other && custom == "":
		f.mistakes[message.FieldCustom] = message.FormNoTime
	case other:
		var err error
		if f.Command, err = command.ParseTime(custom, command.Options{Limit: h.cfg.MaxHours}); err != nil {
			field, text := h.formProblem(*f, err)
			f.mistakes[field] = text
		}
	case !fixed:
		f.mistakes[message.FieldDuration] = message.FormNoDuration
	case custom != "":
		f.mistakes[message.FieldCustom] = message.FormTwoTimes
	default:
		f.Hours, f.Typed = hours, message.OfferTime(hours)
	}
}

// readReason reads why the person asks, which the field for the time can say as well.
func (h *handlers) readReason(f *form) {
	switch reason := command.ShortReason(mrkdwn.Visible(f.Values.Reason)); {
	case reason == "":
	case f.Purpose != "":
		f.mistakes[message.FieldReason] = message.FormTwoReasons
	default:
		f.Purpose = reason
	}
}

// formProblem returns what is wrong with a form, and on which of its fields.
func (h *handlers) formProblem(f form, err error) (field, text string) {
	field, text = message.FormProblem(err, f.Values, message.RefusalView{
		Person: f.by, Command: f.name, Order: f.about, Servers: f.Servers, Limit: h.cfg.MaxHours, Currency: h.cfg.Currency,
	})
	if field == message.FieldChannel && !f.Ask {
		field = message.FieldServer
	}
	return field, text
}

// formChanged shows in a form what its choices come to. Of several changes of one form,
// only the newest is shown, one after the other.
//
// https://docs.slack.dev/surfaces/modals#updating_views
func (h *handlers) formChanged(_ context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	f, err := h.readForm(e, c.View, p)
	h.acks.answer(e, OutcomeDone, nil)
	if err != nil || c.View.ID == "" {
		return nil // such a person got no form
	}
	for _, action := range c.ActionCallback.BlockActions {
		f.at = action.ActionTs
	}
	if !h.changes.put(f) {
		return nil
	}
	return func(ctx context.Context) {
		for {
			newest, ok := h.changes.next(f.id())
			if !ok {
				return
			}
			h.updateForm(ctx, newest)
		}
	}
}

// updateForm shows in an open form what its choices come to.
func (h *handlers) updateForm(ctx context.Context, f form) {
	ctx, cancel := context.WithTimeoutCause(ctx, replyTimeout, errReplyTimeout)
	defer cancel()
	err := h.slack.UpdateView(ctx, f.view.ID, message.Form(h.estimated(ctx, f)))
	if err != nil && slackapi.CodeOf(err) != "not_found" { // it was closed
		h.logPerson(f.e, f.by).WithField(fieldError, err).Warn("a form does not show what its choices come to")
	}
}

// estimated returns a form that says what its choices come to, if they are complete.
func (h *handlers) estimated(ctx context.Context, f form) message.FormView {
	v := f.FormView
	for field, text := range f.mistakes {
		if field == message.FieldCustom && f.Values.Custom != "" {
			v.Problem = text
		}
	}
	if f.Values.Server == "" || f.Hours == 0 && f.Until.IsZero() {
		return v
	}
	r, err := h.request(ctx, f.typed)
	var q order.Quote
	if err == nil {
		q, err = h.cfg.Desk.Quote(ctx, r)
	}
	f.about = q.Order
	switch code := order.CodeOf(err); {
	case err == nil:
		view := h.reconciler.view(q.Order, order.ServerActivity{})
		view.Lease, view.Ruling = q.Lease, q.Ruling
		v.Estimate = message.FormEstimate(view)
	case ctx.Err() != nil: // the choices may be fine
	case code == order.CodeNeedsChannel:
		v.Ask, v.Problem = true, message.FormNeedsPeople
	default:
		_, text := h.formProblem(f, err)
		v.Problem = text
	}
	return v
}

// formServers answers with the servers whose names match what a person has typed.
//
// https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
func (h *handlers) formServers(ctx context.Context, e *envelope, c slack.InteractionCallback, p order.Person) after {
	servers, err := h.cfg.Servers(p)
	if err == nil && len(servers) == 0 {
		servers, err = h.anyServers(ctx, p, c.Value)
	}
	if err != nil {
		h.logPerson(e, p).WithField(fieldError, err).Info("servers were not suggested")
	}
	h.acks.answer(e, OutcomeDone, message.SuggestServers(servers, c.Value))
	return nil
}

// anyServers returns the servers to suggest to a person who may extend any server by its
// id: the id that they typed, and the servers that they ordered before.
func (h *handlers) anyServers(ctx context.Context, p order.Person, text string) ([]order.Server, error) {
	servers, err := h.orderedServers(ctx, p)
	text = mrkdwn.Visible(text)
	if order.ValidHostID(text) && !slices.Contains(servers, order.Server{ID: text}) {
		servers = append(servers, order.Server{ID: text})
	}
	return servers, err
}

// maxForms limits how many forms are remembered whose changes are shown.
const maxForms = 4096

// formChanges are the newest changes of forms, by the id of the form. A change that comes
// late, over another connection, does not replace a newer one.
type formChanges struct {
	mu sync.Mutex
	by map[string]*formChange
}

type formChange struct {
	newest  form
	waits   bool // it is not shown yet
	showing bool // somebody shows the changes of this form
}

// put remembers a change. It returns true if the caller has to show it, and those that
// come meanwhile: by calling next until there is none.
func (c *formChanges) put(f form) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.by[f.id()]
	switch {
	case known != nil && f.at < known.newest.at:
		return false
	case known == nil && len(c.by) >= maxForms:
		maps.DeleteFunc(c.by, func(_ string, other *formChange) bool { return !other.showing })
		fallthrough
	case known == nil:
		known = &formChange{}
		c.by[f.id()] = known
	}
	first := !known.showing
	known.newest, known.waits, known.showing = f, true, true
	return first
}

// next returns the newest change of a form, or false if that was returned before.
func (c *formChanges) next(id string) (form, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.by[id]
	if known == nil {
		return form{}, false
	}
	f, waits := known.newest, known.waits
	known.waits, known.showing = false, waits
	return f, waits
}
