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
	// homeEvery is how often one person's App Home is drawn at most; Slack
	// sends an event for each visit.
	homeEvery = 2 * time.Second
	// maxHomes bounds the memory of who was there lately.
	maxHomes = 1024
	// homeTimeout bounds the drawing of one App Home.
	homeTimeout = 20 * time.Second
)

// event acks an event at once, and draws the App Home if that was opened.
//
// https://docs.slack.dev/reference/events/app_home_opened
func (a *App) event(e *envelope, ev slackevents.EventsAPIEvent) after {
	if !a.knows(ev.TeamID, ev.APIAppID) {
		a.answer(e, OutcomeForeign, nil)
		a.logForeign(e, ev.TeamID, "")
		return nil
	}
	a.answer(e, OutcomeDone, nil)
	opened, ok := ev.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	if !ok || opened.Tab != "home" || !a.homes.due(opened.User) {
		return nil
	}
	p := order.Person{Team: a.homeOf(ev.TeamID), User: opened.User}
	return func(ctx context.Context) { a.drawHome(ctx, p) }
}

func (a *App) drawHome(ctx context.Context, p order.Person) {
	ctx, cancel := context.WithTimeoutCause(ctx, homeTimeout, errSlackTimeout)
	defer cancel()
	if err := a.publishHome(ctx, p); err != nil {
		a.homes.forget(p.User)
		a.log.WithField(fieldTeam, p.Team).WithField(fieldUser, p.User).WithField(fieldError, err).Warn("an App Home could not be drawn")
	}
}

func (a *App) publishHome(ctx context.Context, p order.Person) error {
	servers, err := a.cfg.Servers(p)
	known := err == nil
	if err != nil && order.CodeOf(err) != order.CodeStranger {
		return err
	}
	recent, err := a.cfg.Orders.Recent(ctx, p, message.MaxRecent)
	if err != nil {
		return err
	}
	return a.slack.PublishHome(ctx, p.User, message.Home(message.HomeView{
		Person: p, Known: known, Servers: servers, Recent: recent, Limit: a.cfg.MaxHours,
	}))
}

// homes remembers whose App Home was drawn just now.
type homes struct {
	mu   sync.Mutex
	now  func() time.Time
	last map[string]time.Time
}

// due says whether a person's App Home is to be drawn now, and notes it.
func (h *homes) due(user string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if now.Sub(h.last[user]) < homeEvery {
		return false
	}
	if len(h.last) >= maxHomes {
		for k, t := range h.last {
			if now.Sub(t) >= homeEvery {
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
