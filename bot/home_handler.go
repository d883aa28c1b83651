package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"extendbot/bot/homes"
	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/bot/workqueue"
	"extendbot/order"
)

// homeTimeout limits the update of one App Home.
const homeTimeout = 20 * time.Second

// home is the App Home of one person, as Slack gets it.
type home struct {
	view slack.HomeTabViewRequest
	json []byte
}

func (h *handlers) newHomes(running *workqueue.Inflight) *homes.Homes[home] {
	return homes.New(homes.Config[home]{
		// The bot does not stop later because of an App Home.
		Render:   func(_ context.Context, user string) (home, error) { return h.renderHome(running.Optional(), user) },
		Publish:  func(_ context.Context, user string, v home) error { return h.publishHome(running.Optional(), user, v) },
		Same:     func(a, b home) bool { return bytes.Equal(a.json, b.json) },
		Failed:   func(user string, err error) { h.homeFailed(running.Optional(), user, err) },
		Concerns: func(user string, o order.Order) bool { return h.cfg.Desk.Concerns(h.workspace.Person(user), o) },
		Queue:    workqueue.New(h.cfg.queue(), running, h.cfg.ShowSlots), Now: h.cfg.Now,
	})
}

// homeOpened publishes the App Home of a person who opened it.
//
// https://docs.slack.dev/reference/events/app_home_opened
func (h *handlers) homeOpened(opened *slackevents.AppHomeOpenedEvent) after {
	if opened.Tab == "home" {
		h.homes.Opened(opened.User)
	}
	return nil
}

// publishHome publishes an App Home. One that breaks Slack's rules is published again only
// when it has changed.
func (h *handlers) publishHome(ctx context.Context, user string, v home) error {
	ctx, cancel := context.WithTimeoutCause(slackapi.Once(ctx), homeTimeout, errReplyTimeout)
	defer cancel()
	err := h.slack.PublishHome(ctx, user, v.view)
	if slackapi.ClassOf(err) == slackapi.ClassMalformed {
		h.homeFailed(ctx, user, err)
		return nil
	}
	return err
}

func (h *handlers) homeFailed(ctx context.Context, user string, err error) {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return // the bot stops
	}
	h.cfg.Log.WithField(fieldUser, user).WithField(fieldError, err).Warn("an App Home could not be published")
}

func (h *handlers) renderHome(ctx context.Context, user string) (home, error) {
	v, err := h.homeView(ctx, h.workspace.Person(user))
	if err != nil {
		return home{}, err
	}
	view := message.Home(v)
	text, err := json.Marshal(view)
	return home{view: view, json: text}, err
}

// homeView returns what a person's App Home is made of. To people whom the policy does not
// know, it shows nothing.
func (h *handlers) homeView(ctx context.Context, p order.Person) (message.HomeView, error) {
	v := message.HomeView{
		AnswerView: message.AnswerView{Command: h.workspace.CommandName(), Now: h.cfg.Now(), Currency: h.cfg.Currency},
		Person:     p, Limit: h.cfg.MaxHours, AccountName: h.cfg.AccountName,
	}
	switch err := h.cfg.Known(p); order.CodeOf(err) {
	case "":
		v.Known = true
	case order.CodeStranger:
		return v, nil
	default:
		return v, err
	}
	servers, err := h.cfg.Servers(p)
	switch order.CodeOf(err) {
	case "":
		v.MayOrder = true
	case order.CodeGroupUnread:
		v.GroupUnread = true
	case order.CodeStranger:
	default:
		return v, err
	}
	v.Admin = slices.Contains(h.cfg.Admins(), p.User)
	for _, add := range []func(context.Context, *message.HomeView, []order.Server) error{h.addServers, h.addWaiting, h.addOrders, h.addSpending} {
		if err := add(ctx, &v, servers); err != nil {
			return v, err
		}
	}
	return v, nil
}

// addServers adds the servers that a person may extend, as "list" does.
func (h *handlers) addServers(ctx context.Context, v *message.HomeView, servers []order.Server) (err error) {
	if !v.MayOrder {
		return nil
	}
	v.Servers, v.AnyServer, err = h.serverLines(ctx, v.Person, servers)
	return err
}

// addWaiting adds the orders that wait for a person's approval, as far as they are provably
// what was asked for.
func (h *handlers) addWaiting(ctx context.Context, v *message.HomeView, _ []order.Server) error {
	mine, _, err := h.waitingFor(ctx, v.Person)
	if err != nil {
		return err
	}
	for i, o := range mine {
		if len(v.Waiting) == message.MaxHomeWaiting {
			v.MoreWaiting = len(mine) - i
			break
		}
		verified, err := h.cfg.Desk.Verify(ctx, o.ID)
		if err != nil || !pending(verified) {
			continue
		}
		card, err := h.reconciler.pendingView(ctx, verified)
		if err != nil {
			return err
		}
		v.Waiting = append(v.Waiting, card)
	}
	return nil
}

// addOrders adds a person's latest orders, for admins those whose outcome is unknown, and
// the links to all cards that are shown.
func (h *handlers) addOrders(ctx context.Context, v *message.HomeView, _ []order.Server) (err error) {
	recent, err := h.cfg.Orders.Recent(ctx, v.Person, maxLooked)
	if err != nil {
		return err
	}
	var unknown []order.Order
	if v.Admin {
		if unknown, err = h.cfg.Orders.Unknown(ctx, v.Person.Team); err != nil {
			return err
		}
		v.MoreUnknown = max(len(unknown)-message.MaxRecent, 0)
		unknown = unknown[:len(unknown)-v.MoreUnknown]
	}
	var open, ended []order.Order
	for _, o := range recent {
		if o.State.Final() {
			ended = append(ended, o)
		} else {
			open = append(open, o)
		}
	}
	shown := slices.Concat(open[:min(len(open), message.MaxRecent)], ended[:min(len(ended), message.MaxRecent)])
	n := len(shown)
	shown = append(shown, unknown...)
	for _, w := range v.Waiting {
		shown = append(shown, w.Order)
	}
	lines := h.ruled(ctx, h.links(ctx, shown))
	v.Orders, v.Unknown = lines[:n], lines[n:n+len(unknown)]
	v.Links = map[order.ID]string{}
	for _, l := range lines {
		v.Links[l.Order.ID] = l.Link
	}
	return nil
}

// addSpending adds what a person spent this month, and what limits leave.
func (h *handlers) addSpending(ctx context.Context, v *message.HomeView, servers []order.Server) (err error) {
	if !v.MayOrder {
		return nil
	}
	now := v.Now.In(h.cfg.Timezone)
	v.Month = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, h.cfg.Timezone)
	v.Spending, err = h.cfg.Desk.Spending(ctx, v.Person, servers, v.Month)
	return err
}
