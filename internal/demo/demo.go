// Package demo runs extendbot on this machine, with a simulated Slack and 0xhost and a
// database that is removed at the end. [Chat] is a small chat in a terminal, [Script] plays a
// conversation that checks itself. The bot is a process of its own, see [Bot].
package demo

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"extendbot/internal/oxhostsim"
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

// session is a running bot on its own stage.
type session struct {
	*stage.Stage

	world *stage.Clock // of Slack, of 0xhost, and of the service

	env    map[string]string // the settings of the bot
	dir    string            // holds the database and the policy file
	log    io.Writer
	modals chan slacksim.View // that Slack opened or updated, unless the config takes them
	homes  chan slacksim.View // likewise the App Homes that were published

	changing sync.Mutex    // is held while the bot is started or stopped
	closed   atomic.Bool   // the bot is not started any more
	crashed  signal        // the bot ended by itself; botError says how
	startup  time.Duration // until it was connected and had read the balances

	mu    sync.Mutex
	bot   *process  // nil while it is stopped
	since time.Time // when that began
	// botError is how the bot ended by itself.
	botError error
	// disarm ends what was to happen to the next order; nil if there is nothing to end.
	disarm context.CancelFunc
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

// newSession starts the bot on a new stage. Its log goes to log.
func newSession(config slacksim.Config, log io.Writer, clock *stage.Clock) (_ *session, err error) {
	s := &session{log: log, world: clock, crashed: newSignal(), modals: make(chan slacksim.View, maxViews), homes: make(chan slacksim.View, maxViews)}
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
	if s.env, err = s.EnvWithPolicy(stage.SQLiteURL(s.dir), s.dir); err != nil {
		return nil, err
	}
	s.env["REMIND_CHANNEL"] = stage.Ops
	err = s.start()
	return s, err
}

// start starts the bot, and waits until it is ready.
func (s *session) start() error {
	began := time.Now()
	bot, err := startProcess(s.env, s.world, s.log, s.crash)
	if err != nil {
		return err
	}
	if err := bot.waitReady(); err != nil {
		return err
	}
	s.swap(bot)
	s.startup = time.Since(began)
	return nil
}

// stop stops the bot, as ^C does.
func (s *session) stop() error {
	if bot := s.swap(nil); bot != nil {
		return bot.stop()
	}
	return nil
}

// crash reports that the bot ended by itself.
func (s *session) crash(err error) {
	s.mu.Lock()
	s.botError = err
	s.mu.Unlock()
	s.crashed.raise()
}

// crashError returns how the bot ended by itself.
func (s *session) crashError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.botError
}

// swap sets the running bot, nil for none, and returns the one before.
func (s *session) swap(bot *process) *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.bot
	s.bot, s.since = bot, s.world.Now()
	return before
}

// close stops everything and removes the database.
func (s *session) close() error {
	s.closed.Store(true) // before what else waits for its turn
	s.changing.Lock()
	defer s.changing.Unlock()
	err := s.stop()
	if s.Stage != nil {
		err = errors.Join(err, s.Close()) // closes the stage
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
