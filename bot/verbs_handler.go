package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"extendbot/bot/command"
	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workspace"
	"extendbot/order"
)

const (
	// linksTimeout limits how long an answer waits for its links.
	linksTimeout = 2 * time.Second
	// maxLooked is how many of the newest orders are searched for open ones.
	maxLooked = 50
	// clockTolerance is how much Slack's clock may be behind ours.
	clockTolerance = 10 * time.Second
)

var errLinksTimeout = errors.New("slack did not name the links in time")

// verb answers a command that buys nothing. Only people whom the policy knows get
// an answer.
func (h *handlers) verb(ctx context.Context, t typed) after {
	if err := h.cfg.Known(t.by); err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	switch t.Verb {
	case command.List:
		return h.list(ctx, t)
	case command.History:
		return h.history(ctx, t)
	case command.Status:
		return h.status(ctx, t)
	case command.Cancel:
		return h.cancel(ctx, t)
	case command.Approvals:
		return h.approvals(ctx, t)
	case command.Form:
		return h.form(ctx, t)
	default:
		return h.help(ctx, t)
	}
}

// help shows people what they can do.
func (h *handlers) help(ctx context.Context, t typed) after {
	return h.usage(ctx, t, func(v message.UsageView) message.Message {
		if t.trigger == "" { // they wrote a direct message
			return message.DirectUsage(v)
		}
		return message.Usage(v.Servers, v.Limit, v.Command)
	})
}

// usage shows people what they can do, in the words of write. Not everybody whom the policy
// knows may order.
func (h *handlers) usage(ctx context.Context, t typed, write func(message.UsageView) message.Message) after {
	if err := h.cfg.Known(t.by); err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	servers, err := h.cfg.Servers(t.by)
	var m message.Message
	switch order.CodeOf(err) {
	case "":
		m = write(message.UsageView{Servers: servers, Limit: h.cfg.MaxHours, Command: t.name, Form: message.Fill{Channel: t.channel}})
	case order.CodeStranger, order.CodeGroupUnread:
		m = message.ApproverUsage(t.by, slices.Contains(h.cfg.Admins(), t.by.User), order.CodeOf(err) == order.CodeGroupUnread, t.name)
	default:
		return h.refuseCommand(ctx, t, err)
	}
	return h.answer(t.e, OutcomeDone, t.person(), m)
}

// list shows a person's servers: those of the policy or, if they may extend any
// server by its id, those of their latest orders.
func (h *handlers) list(ctx context.Context, t typed) after {
	view := h.answerView(t)
	servers, err := h.cfg.Servers(t.by)
	if err == nil {
		view.Servers, view.AnyServer, err = h.serverLines(ctx, t.by, servers)
	}
	if err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	return h.answer(t.e, OutcomeDone, t.person(), message.ServerList(view))
}

// serverLines returns what is known of a person's servers. Without servers, they may extend
// any server by its id.
func (h *handlers) serverLines(ctx context.Context, p order.Person, servers []order.Server) (lines []message.ServerLine, anyServer bool, err error) {
	if len(servers) == 0 {
		anyServer = true
		if servers, err = h.orderedServers(ctx, p); err != nil {
			return nil, true, err
		}
	}
	for _, s := range servers {
		lease, err := h.cfg.Leases.Lease(ctx, s)
		if err != nil {
			return nil, anyServer, err
		}
		lines = append(lines, message.ServerLine{Server: s, About: h.cfg.About(s.ID), Lease: lease})
	}
	return lines, anyServer, nil
}

// orderedServers returns the servers of a person's latest orders, by their ids.
func (h *handlers) orderedServers(ctx context.Context, p order.Person) ([]order.Server, error) {
	recent, err := h.cfg.Orders.Recent(ctx, p, maxLooked)
	var servers []order.Server
	for _, o := range recent {
		if !slices.ContainsFunc(servers, func(s order.Server) bool { return s.ID == o.Server.ID }) {
			servers = append(servers, order.Server{ID: o.Server.ID})
		}
	}
	return servers, err
}

// history shows the latest orders of a person or, to people who may use it, those
// of a server.
func (h *handlers) history(ctx context.Context, t typed) after {
	view := h.answerView(t)
	var (
		list []order.Order
		err  error
	)
	if t.Server == "" {
		list, err = h.cfg.Orders.Recent(ctx, t.by, message.MaxAnswer+1)
	} else if view.Server, err = h.cfg.Desk.Server(ctx, t.by, t.Server); err == nil {
		list, err = h.cfg.Orders.OfServer(ctx, view.Server.ID, message.MaxAnswer+1)
	}
	if err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	return h.answerOrders(ctx, t, view, list, message.OrderHistory)
}

// status shows one order, a person's newest order for a server, or all of their
// orders that are not final.
func (h *handlers) status(ctx context.Context, t typed) after {
	view := h.answerView(t)
	var (
		list []order.Order
		err  error
	)
	switch {
	case t.Order != "":
		list = make([]order.Order, 1)
		list[0], err = h.cfg.Desk.See(ctx, t.by, t.Order)
	case t.Server != "":
		if view.Server, err = h.cfg.Desk.Server(ctx, t.by, t.Server); err == nil {
			list, err = h.newestOf(ctx, t.by, view.Server)
		}
	default:
		list, err = h.cfg.Orders.Recent(ctx, t.by, maxLooked)
		list = slices.DeleteFunc(list, func(o order.Order) bool { return o.State.Final() })
	}
	if err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	return h.answerOrders(ctx, t, view, list, message.OrderStatus)
}

// newestOf returns a person's newest order for a server, if there is one.
func (h *handlers) newestOf(ctx context.Context, p order.Person, s order.Server) ([]order.Order, error) {
	list, err := h.cfg.Orders.OfServer(ctx, s.ID, maxLooked)
	list = slices.DeleteFunc(list, func(o order.Order) bool { return o.Person != p })
	return list[:min(len(list), 1)], err
}

// cancel cancels the order that is meant. If that is not clear, it shows what
// there is to choose from.
func (h *handlers) cancel(ctx context.Context, t typed) after {
	view := h.answerView(t)
	var (
		list []order.Order
		err  error
	)
	switch {
	case t.Order != "":
		list = make([]order.Order, 1)
		list[0], err = h.cfg.Desk.See(ctx, t.by, t.Order)
	case t.Server != "":
		if view.Server, err = h.cfg.Desk.Server(ctx, t.by, t.Server); err == nil {
			list, err = h.pendingOf(ctx, t.by, view.Server)
		}
	default:
		list, err = h.cfg.Orders.PendingOf(ctx, t.by)
	}
	if t.Order == "" && !t.at.IsZero() { // it cannot mean what was asked for after it
		list = slices.DeleteFunc(list, func(o order.Order) bool { return o.CreatedAt.After(t.at.Add(clockTolerance)) })
	}
	switch {
	case err != nil:
		return h.refuseCommand(ctx, t, err)
	case len(list) != 1:
		return h.answerOrders(ctx, t, view, list, message.WhichToCancel)
	default:
		t.about = list[0]
		return h.cancelOrder(ctx, t)
	}
}

// pendingOf returns a person's pending orders for a server.
func (h *handlers) pendingOf(ctx context.Context, p order.Person, s order.Server) ([]order.Order, error) {
	list, err := h.cfg.Orders.PendingOf(ctx, p)
	return slices.DeleteFunc(list, func(o order.Order) bool { return o.Server.ID != s.ID }), err
}

// cancelOrder records the decision about the order and then answers.
func (h *handlers) cancelOrder(ctx context.Context, t typed) after {
	o, err := h.cfg.Desk.Decide(ctx, order.Decision{ID: t.about.ID, Person: t.by})
	if err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	h.replies.urls.put(o.ID, t.responseURL)
	told := h.answer(t.e, OutcomeDone, t.person(), message.Canceled(message.OrderLine{Order: o}))
	h.reconciler.schedule(o)
	return told
}

// maxWaiting is how many of the oldest pending orders are searched for those that wait
// for somebody.
const maxWaiting = 500

// approvals shows the orders that wait for a person's approval, and those that they
// asked for and that wait for others. What expires first comes first.
func (h *handlers) approvals(ctx context.Context, t typed) after {
	mine, others, err := h.waitingFor(ctx, t.by)
	if err != nil {
		return h.refuseCommand(ctx, t, err)
	}
	list := slices.Concat(mine, others)
	return h.answerWithLinks(ctx, t, OutcomeDone, list, func(lines []message.OrderLine) message.Message {
		return message.Approvals(message.ApprovalsView{AnswerView: h.answerView(t), Mine: lines[:len(mine)], Others: lines[len(mine):]})
	})
}

// waitingFor returns the orders that wait for a person's approval, and those that they asked
// for and that wait for others. What expires first comes first.
func (h *handlers) waitingFor(ctx context.Context, p order.Person) (mine, others []order.Order, err error) {
	list, err := h.cfg.Orders.Pending(ctx, p.Team, maxWaiting)
	slices.SortStableFunc(list, func(a, b order.Order) int { return a.Deadline.Compare(b.Deadline) })
	for _, o := range list {
		switch {
		case !o.Decidable(h.cfg.Now()) || workspace.Direct(o.Channel):
		case h.cfg.Desk.Awaits(ctx, p, o):
			mine = append(mine, o)
		case o.Person == p:
			if ruling, _ := h.cfg.Desk.Ruling(ctx, o); len(ruling.Rules) > 0 { // none matches if that is not known
				others = append(others, o)
			}
		}
	}
	return mine, others, err
}

func (h *handlers) answerView(t typed) message.AnswerView {
	return message.AnswerView{Command: t.name, Now: h.cfg.Now(), Currency: h.cfg.Currency}
}

// answerOrders answers with a list of orders, newest first.
func (h *handlers) answerOrders(ctx context.Context, t typed, view message.AnswerView, list []order.Order, write func(message.AnswerView) message.Message) after {
	if len(list) > message.MaxAnswer {
		list, view.More = list[:message.MaxAnswer], true
	}
	return h.answerWithLinks(ctx, t, OutcomeDone, list, func(lines []message.OrderLine) message.Message {
		view.Orders = lines
		return write(view)
	})
}

// answerWithLinks acks a command and then answers it with links to the cards of
// orders. If there is nothing to link to, the answer is in the ack.
func (h *handlers) answerWithLinks(ctx context.Context, t typed, outcome string, list []order.Order, write func([]message.OrderLine) message.Message) after {
	if !slices.ContainsFunc(list, func(o order.Order) bool { return o.Card.Ref != "" || pending(o) }) {
		return h.answer(t.e, outcome, t.person(), write(h.ruled(ctx, linked(list, nil))))
	}
	h.acks.answer(t.e, outcome, nil)
	return func(ctx context.Context) {
		h.replies.tellOrLog(ctx, t.e, t.person(), write(h.ruled(ctx, h.links(ctx, list))))
	}
}

// linkTarget returns the card of an order or, as long as it has none, the reminder in whose
// thread it comes.
func linkTarget(o order.Order) slackapi.MessageRef {
	return slackapi.ParseMessageRef(cmp.Or(o.Card.Ref, o.Thread))
}

// links asks Slack for the links to the cards of orders. Orders whose links Slack
// does not name in time have none.
func (h *handlers) links(ctx context.Context, list []order.Order) []message.OrderLine {
	ctx, cancel := context.WithTimeoutCause(ctx, linksTimeout, errLinksTimeout)
	defer cancel()
	list = slices.Clone(list)
	var refs []slackapi.MessageRef
	for i, o := range list {
		list[i] = h.reconciler.withCard(ctx, o)
		refs = append(refs, linkTarget(list[i]))
	}
	return linked(list, h.slack.Permalinks(ctx, refs))
}

// ruled adds what the policy says about pending orders now, as far as that is known.
func (h *handlers) ruled(ctx context.Context, lines []message.OrderLine) []message.OrderLine {
	for i, l := range lines {
		if pending(l.Order) {
			lines[i].Ruling, _ = h.cfg.Desk.Ruling(ctx, l.Order)
		}
	}
	return lines
}

func linked(list []order.Order, links map[slackapi.MessageRef]string) []message.OrderLine {
	var lines []message.OrderLine
	for _, o := range list {
		lines = append(lines, message.OrderLine{Order: o, Link: links[linkTarget(o)]})
	}
	return lines
}
