package bot

import (
	"context"
	"sync"
	"time"

	"github.com/slack-go/slack/slackevents"

	"extendbot/bot/message"
	"extendbot/order"
)

const (
	// homeInterval is the minimum time between two updates of one person's App
	// Home. Slack sends an event for each visit.
	homeInterval = 2 * time.Second
	// maxHomes limits how many recent visitors are remembered.
	maxHomes = 1024
	// homeTimeout limits the update of one App Home.
	homeTimeout = 20 * time.Second
)

// home updates the App Home of a person who opened it.
//
// https://docs.slack.dev/reference/events/app_home_opened
func (h *handlers) home(opened *slackevents.AppHomeOpenedEvent) after {
	if opened.Tab != "home" || !h.homes.due(opened.User) {
		return nil
	}
	p := h.workspace.Person(opened.User)
	return func(ctx context.Context) { h.updateHome(ctx, p) }
}

func (h *handlers) updateHome(ctx context.Context, p order.Person) {
	ctx, cancel := context.WithTimeoutCause(ctx, homeTimeout, errReplyTimeout)
	defer cancel()
	if err := h.publishHome(ctx, p); err != nil {
		h.homes.forget(p.User)
		h.cfg.Log.WithField(fieldTeam, p.Team).WithField(fieldUser, p.User).WithField(fieldError, err).Warn("an App Home could not be updated")
	}
}

func (h *handlers) publishHome(ctx context.Context, p order.Person) error {
	servers, err := h.cfg.Servers(p)
	known := err == nil
	if err != nil && order.CodeOf(err) != order.CodeStranger {
		return err
	}
	recent, err := h.cfg.Orders.Recent(ctx, p, message.MaxRecent)
	if err != nil {
		return err
	}
	return h.slack.PublishHome(ctx, p.User, message.Home(message.HomeView{
		Person: p, Command: h.workspace.CommandName(), Known: known, Servers: servers, Recent: recent, Limit: h.cfg.MaxHours,
	}))
}

// homes remembers whose App Home was updated just now.
type homes struct {
	now func() time.Time

	mu   sync.Mutex
	last map[string]time.Time
}

func newHomes(now func() time.Time) *homes { return &homes{now: now, last: map[string]time.Time{}} }

// due reports whether a person's App Home needs an update now. If so, it
// remembers the time.
func (h *homes) due(user string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if now.Sub(h.last[user]) < homeInterval {
		return false
	}
	if len(h.last) >= maxHomes {
		for k, t := range h.last {
			if now.Sub(t) >= homeInterval {
				delete(h.last, k)
			}
		}
	}
	h.last[user] = now
	return true
}

func (h *homes) forget(user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.last, user)
}
