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
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// patience is how long the demo waits for the bot on a busy machine before it
// reports that nothing arrived.
const patience = 30 * time.Second

// session is a running service on its own stage.
type session struct {
	*stage.Stage

	settings settings.Settings
	dir      string // holds the database
	log      io.Writer

	service *service.Service
	startup time.Duration // from the start to Slack's first hello
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the service has ended
	err     error         // the service's error; valid after ended is closed
}

// newSession starts the service on a new stage. Its log goes to log.
func newSession(ctx context.Context, config slacksim.Config, log io.Writer) (_ *session, err error) {
	s := &session{log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "extendbot-demo-"); err != nil {
		return nil, err
	}
	config.AckTimeout = patience
	team := stage.Team()
	for i := range team.People {
		team.People[i].TZ = localZone().String()
	}
	if s.Stage, err = stage.Start(team, config); err != nil {
		return nil, err
	}
	if s.settings, err = settings.Parse(s.Env(stage.SQLiteURL(s.dir))); err != nil {
		return nil, err
	}
	err = s.start(ctx)
	return s, err
}

// start starts the service and waits until it is connected. The bot and the
// database get more time than the three seconds that Slack allows, because a
// machine may be busy. The demo shows how long each ack took.
func (s *session) start(ctx context.Context) error {
	began := time.Now()
	v, err := service.New(ctx, s.settings, service.NewLog(s.settings, s.log), service.WithLockWait(patience),
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
	select {
	case <-v.Bot.Hello():
		s.startup = time.Since(began)
		return nil
	case <-ended:
		return errors.Join(s.stop(), errors.New("the bot ended during its start"))
	case <-late.C:
		return errors.Join(s.stop(), fmt.Errorf("no hello from Slack within %s", patience))
	}
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
