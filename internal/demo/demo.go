// Package demo runs extendbot in a terminal, as serve does, with a simulated
// Slack and 0xhost and a database that is removed at the end. [Chat] is a small
// chat, [Script] plays a conversation that checks itself.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"extendbot/bot"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// patience is how long the demo waits for the bot on a busy machine before it
// reports that nothing arrived.
const patience = 30 * time.Second

// timeLeft is how long the servers run at the start of the demo, to the minute, as a policy
// file says it. It is more than the 24 hours of the first reminder, so that nobody is
// reminded at once.
const timeLeft = 30 * time.Hour

// session is a running service on its own stage.
type session struct {
	*stage.Stage

	world *stage.Clock // of Slack, of 0xhost, and of the service

	settings settings.Settings
	dir      string // holds the database and the policy file
	log      io.Writer
	modals   chan slacksim.View // that Slack opened or updated, unless the config takes them
	homes    chan slacksim.View // likewise the App Homes that were published

	service *service.Service
	startup time.Duration // until it was connected and had read the balances
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the service has ended
	err     error         // the service's error; valid after ended is closed
}

// maxViews is how many views wait to be taken. The oldest are dropped.
const maxViews = 16

// keep returns a function that puts views into a channel without blocking.
func keep(views chan slacksim.View) func(slacksim.View) {
	return func(v slacksim.View) {
		for {
			select {
			case views <- v:
				return
			default:
			}
			select {
			case <-views:
			default:
			}
		}
	}
}

// cast returns the company, in the time zone of this machine. Its policy says when web-2 and
// db-1 run out, so that people are reminded of them before anybody ordered anything.
func cast(end time.Time) stage.Cast {
	company := stage.Company()
	for i, r := range company.Servers {
		if r.Name == "web-2" || r.Name == "db-1" {
			company.Servers[i].Expires = end
		}
	}
	for i := range company.People {
		company.People[i].TZ = localZone().String()
	}
	return company
}

// newSession starts the service on a new stage. Its log goes to log.
func newSession(ctx context.Context, config slacksim.Config, log io.Writer) (_ *session, err error) {
	s := &session{log: log, world: &stage.Clock{}, modals: make(chan slacksim.View, maxViews), homes: make(chan slacksim.View, maxViews)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "extendbot-demo-"); err != nil {
		return nil, err
	}
	config.AckTimeout, config.Now = patience, s.world.Now
	if config.OnModal == nil {
		config.OnModal, config.OnHome = keep(s.modals), keep(s.homes)
	}
	end := s.world.Now().Add(timeLeft).Truncate(time.Minute)
	company := cast(end)
	if s.Stage, err = stage.StartBoth(company, config, oxhostsim.Config{Now: s.world.Now}); err != nil {
		return nil, err
	}
	for _, r := range company.Servers {
		rented, _ := s.Oxhost.Rented(r.ID)
		rented.ExpireDate = end
		s.Oxhost.AddServer(rented)
	}
	env, err := s.EnvWithPolicy(stage.SQLiteURL(s.dir), s.dir)
	if err != nil {
		return nil, err
	}
	if s.settings, err = settings.Parse(env); err != nil {
		return nil, err
	}
	s.settings.RemindChannel = stage.Ops
	err = s.start(ctx)
	return s, err
}

// start starts the service, and waits until it is connected and has read the balances,
// so that the first card has them. The bot and the database get more time than the three
// seconds that Slack allows, because a machine may be busy. The demo shows how long each ack took.
func (s *session) start(ctx context.Context) error {
	began := time.Now()
	v, err := service.New(ctx, s.settings, service.NewLog(s.settings, s.log), service.WithLockWait(patience),
		service.WithWallClock(s.world.Now),
		service.WithBot(func(c *bot.Config) { c.DecideTimeout = patience }))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	s.service, s.cancel, s.ended = v, cancel, ended
	go func() { // stop waits for it
		defer close(ended)
		s.err = v.Run(ctx)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	for what, begun := range map[string]<-chan struct{}{"hello from Slack": v.Bot.Hello(), "answer from 0xhost": v.Prices.Tried()} {
		select {
		case <-begun:
		case <-ended:
			return errors.Join(s.stop(), errors.New("the bot ended during its start"))
		case <-late.C:
			return errors.Join(s.stop(), fmt.Errorf("no %s within %s", what, patience))
		}
	}
	s.startup = time.Since(began)
	return nil
}

// stop stops the service, as ^C does.
func (s *session) stop() error {
	if s.service == nil {
		return nil
	}
	s.cancel()
	<-s.ended
	err := errors.Join(s.err, s.service.Close())
	s.service = nil
	return err
}

// move moves the clock of the whole local world ahead while the service is stopped. A
// running one notices the jump, too, but its queue of due work waits on the clock of this
// machine: cards would expire late. At its start, the service does what is overdue.
func (s *session) move(ctx context.Context, by time.Duration) error {
	if err := s.stop(); err != nil {
		return err
	}
	s.world.Move(by)
	return s.start(ctx)
}

// close stops everything and removes the database.
func (s *session) close() error {
	err := s.stop()
	if s.Stage != nil {
		err = errors.Join(err, s.Close()) // closes the stage
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
