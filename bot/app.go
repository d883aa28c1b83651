package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/time/rate"

	"extendbot/bot/slackapi"
	"extendbot/order"
)

// stagger is the pause between the starts of two connections: Slack refuses
// some of those that open at the same instant.
const stagger = 300 * time.Millisecond

// App is the bot: [App.Connect] finds out who it is, [App.Run] listens and
// answers, [App.Tend] shows orders. It is made by [New] and runs once.
type App struct {
	cfg     Config
	log     logrus.FieldLogger
	opens   *rate.Limiter
	slack   *slackapi.Client
	sockets []*socket

	inflight *inflight
	workers  chan struct{} // one element for each envelope that is being answered
	declines chan struct{} // … that is being told that the bot is busy
	slots    chan struct{} // … whose order is being placed or shown
	notes    chan struct{} // one element for each order that is being noted
	locks    locks
	paints   paints
	replies  replies
	homes    homes

	answers  answers
	partings sync.WaitGroup // answers to commands that came when the gate was closed

	life     context.Context //nolint:containedctx // of all work; ends with Run
	end      context.CancelFunc
	spare    context.Context //nolint:containedctx // of what may be left undone; ends when Run begins to stop
	endSpare context.CancelFunc
	stopping chan struct{} // closed when nothing may wait any longer

	identity       atomic.Pointer[slackapi.Identity]
	appID          atomic.Pointer[string]
	authBad        atomic.Pointer[bad]
	numConnections atomic.Int64
	greeted        chan struct{} // closed at the first hello
	helloOnce      sync.Once
	doubts         chan struct{} // somebody doubts the bot token
}

// New makes an App. It connects to nothing yet.
func New(cfg Config) (*App, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &App{
		cfg: cfg, log: cfg.Log, opens: newOpenLimit(cfg.Connections),
		inflight: newGate(),
		workers:  make(chan struct{}, cfg.Workers),
		declines: make(chan struct{}, max(minDeclines, 4*cfg.Workers)),
		slots:    make(chan struct{}, cfg.PlaceSlots),
		notes:    make(chan struct{}, maxNotes),
		locks:    locks{by: map[order.ID]*lock{}},
		paints:   paints{by: map[order.ID]paint{}},
		replies:  replies{now: cfg.Now, by: map[order.ID]reply{}},
		homes:    homes{now: cfg.Now, last: map[string]time.Time{}},
		answers:  answers{now: cfg.Now},
		stopping: make(chan struct{}),
		greeted:  make(chan struct{}),
		doubts:   make(chan struct{}, 1),
	}
	a.life, a.end = context.WithCancel(context.Background())
	a.spare, a.endSpare = context.WithCancel(a.life)
	a.slack = slackapi.New(slackapi.Config{
		BotToken: cfg.BotToken, AppToken: cfg.AppToken, APIURL: cfg.APIURL, CallTimeout: cfg.CallTimeout,
		Called: cfg.Meter.Called, Ended: a.trouble, Stopping: a.stopping,
		Log: cfg.Log, Now: cfg.Now, Jitter: cfg.Jitter,
	})
	for i := range cfg.Connections {
		a.sockets = append(a.sockets, newSocket(a, i+1))
	}
	return a, nil
}

// Format prints nothing of an App but its kind: it holds tokens.
func (a *App) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("bot.App{***}")) }

// Connect asks Slack who the bot is, as [slackapi.Client.Identify] does, for at
// most Config.ConnectTimeout.
func (a *App) Connect(ctx context.Context) (slackapi.Identity, error) {
	who, err := a.slack.Identify(ctx, a.cfg.ConnectTimeout)
	if err != nil {
		return slackapi.Identity{}, err
	}
	a.identity.Store(&who)
	return who, nil
}

// knows reports whether a payload of that workspace and app is for this bot.
func (a *App) knows(team, app string) bool {
	who := a.identity.Load()
	if who == nil || team == "" {
		return false
	}
	if team != who.TeamID && (who.EnterpriseID == "" || team != who.EnterpriseID) {
		return false
	}
	known := a.appID.Load() // a hello with it comes before any payload
	return known != nil && *known == app
}

// homeOf returns the workspace that a person belongs to: the bot's own if Slack
// names none, or the organization that it is part of.
func (a *App) homeOf(team string) string {
	who := a.identity.Load()
	if team == "" || team == who.EnterpriseID {
		return who.TeamID
	}
	return team
}

// Close gives back the idle connections to the Web API. It is for whoever
// called [App.Connect] or [App.Tend] without, or after, [App.Run]; twice is
// harmless.
func (a *App) Close() {
	a.end()
	a.endSpare()
	a.slack.Close()
}

// Stopping is closed when Run begins to stop, whatever the reason.
func (a *App) Stopping() <-chan struct{} { return a.stopping }

// Hello is closed when Slack first said hello: from then on commands come in.
func (a *App) Hello() <-chan struct{} { return a.greeted }

// Run listens to Slack until ctx ends. Then it takes no more envelopes, lets
// running work finish and queued answers go out, all within
// Config.StopTimeout, and returns nil.
//
// It returns an [*slackapi.AuthError] when Slack will not work with a token, and an
// error if there was no hello within Config.ConnectTimeout. It calls
// [App.Connect] if nobody did.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	if a.identity.Load() == nil {
		if _, err := a.Connect(ctx); err != nil {
			return err
		}
	}
	failed := make(chan error, len(a.sockets)+1)
	listening, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	for i, s := range a.sockets {
		group.Go(func() {
			if sleep(listening, time.Duration(i)*stagger) != nil {
				return
			}
			if err := s.run(listening); err != nil {
				failed <- err
			}
		})
	}
	group.Go(func() { a.resolveDoubts(listening, failed) })
	group.Go(func() { a.repaint(a.spare) })

	err := a.watch(ctx, failed)
	a.stop()
	hangUp()
	group.Wait()
	a.partings.Wait()
	return err
}

// watch waits for the end of ctx or for something that ends the bot.
func (a *App) watch(ctx context.Context, failed <-chan error) error {
	deadline := time.NewTimer(a.cfg.ConnectTimeout)
	defer deadline.Stop()
	select {
	case <-a.greeted:
	case <-deadline.C:
		return fmt.Errorf("slack said no hello within %s: %w", a.cfg.ConnectTimeout, a.whyNoHello())
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (a *App) whyNoHello() error {
	for _, s := range a.sockets {
		if err := s.why(); err != nil {
			return err
		}
	}
	return errors.New("it took the connection and stayed silent")
}

// stop ends intake, lets running work finish, and gives queued answers the
// time to reach the wire.
func (a *App) stop() {
	began := time.Now()
	a.inflight.close()
	a.endSpare()
	close(a.stopping)
	// The last tenth is for what has to be cut off, and for the answers.
	left := a.inflight.wait(a.cfg.StopTimeout * 9 / 10)
	if left > 0 {
		a.end()
		left = a.inflight.wait(max(0, a.cfg.StopTimeout-time.Since(began)-ackGrace))
	}
	if left > 0 {
		a.log.WithField("running", left).Warn("work is left to the next start")
	}
	pause := time.NewTimer(ackGrace)
	defer pause.Stop()
	<-pause.C
	a.end()
}

// doubt asks for a check whether the bot token is still good for anything.
func (a *App) doubt() {
	select {
	case a.doubts <- struct{}{}:
	default:
	}
}

// resolveDoubts asks Slack who the bot is whenever somebody doubts it. A token
// that is no good ends the bot: it could neither post nor say so.
func (a *App) resolveDoubts(ctx context.Context, failed chan<- error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.doubts:
		}
		err := a.slack.CheckBotToken(ctx)
		if auth, ok := errors.AsType[*slackapi.AuthError](err); ok {
			failed <- auth
			return
		}
	}
}
