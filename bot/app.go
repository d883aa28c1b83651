// Package bot is the Slack app: it reads commands and clicks from Socket Mode,
// passes them to the Desk of package order, and keeps card, thread and App Home
// in line with the ledger.
//
// Every envelope is answered within Slack's three seconds, and a click is
// acknowledged only after it was committed.
//
// The package does not know who may spend what, how an order is placed or where
// it is stored; package order does. Texts come from bot/message, and calls of
// Slack's Web API go through bot/slackapi.
//
// The path of an envelope: a [socket] receives it from a connection and passes
// it to the intake, which assigns a worker. A handler decides, commits and acks.
// The same goroutine then does the rest: it places the order and shows the
// result. If that fails, due work does it.
package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"extendbot/bot/slackapi"
	"extendbot/bot/tellings"
	"extendbot/bot/usergroups"
	"extendbot/bot/workqueue"
	"extendbot/bot/workspace"
	"extendbot/order"
)

// App is the bot: [App.Connect] asks Slack who it is, [App.Run] listens and
// answers, [App.Reconcile] shows orders. Create it with [New]. It can run only
// once.
type App struct {
	cfg         *Config
	slack       *slackapi.Client
	workspace   *workspace.Workspace
	tokens      *slackapi.TokenWatch
	groups      *usergroups.Watch
	inflight    *workqueue.Inflight
	connections *connections
	intake      *intake
	handlers    *handlers
	reconciler  *reconciler
	baselines   *baselines
}

// New returns an App. It does not connect yet.
func New(c Config) (*App, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	cfg := &c
	a := &App{cfg: cfg, workspace: &workspace.Workspace{}, tokens: slackapi.NewTokenWatch(cfg.Log), inflight: workqueue.NewInflight()}
	a.slack = slackapi.New(slackapi.Config{
		BotToken: cfg.BotToken, AppToken: cfg.AppToken, APIURL: cfg.APIURL, Dial: cfg.Dial, CallTimeout: cfg.CallTimeout,
		Called: cfg.Meter.Called, Ended: a.tokens.CallEnded, Stopping: a.inflight.Stopping(),
		Log: cfg.Log, Now: cfg.Now, Jitter: cfg.Jitter,
	})
	a.groups = usergroups.New(usergroups.Config{
		List: a.slack.UserGroups, Named: cfg.UserGroups, Every: cfg.UserGroupsEvery, Pause: cfg.UserGroupsPause, Log: cfg.Log, Now: cfg.Now,
	})
	replies, opened, offers := newReplies(cfg, a.slack), newResponseURLs[string](cfg.Now), newResponseURLs[string](cfg.Now)
	a.baselines = newBaselines(cfg, a.inflight)
	a.reconciler = newReconciler(cfg, a.slack, a.workspace, replies, a.baselines, a.inflight)
	a.connections = newConnections(cfg, a.slack, a.workspace, a.inflight)
	a.handlers = &handlers{
		cfg: cfg, slack: a.slack, workspace: a.workspace, acks: a.connections.acks,
		replies: replies, reconciler: a.reconciler, tellings: tellings.New(cfg.Now), groups: a.groups,
		opened: &opened, offers: &offers, changes: &formChanges{by: map[string]*formChange{}},
	}
	a.handlers.homes = a.handlers.newHomes(a.inflight)
	a.intake = newIntake(cfg, a.inflight, a.connections.acks, replies, a.reconciler.newCards.queue, a.handlers.handle)
	a.connections.take = a.intake.take
	return a, nil
}

// Format prints only the type, because an App holds tokens.
func (a *App) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("bot.App{***}")) }

// Close ends all work and closes the idle connections to the Web API. Call it if
// [App.Connect] or [App.Reconcile] was used without, or after, [App.Run]. It may
// be called twice.
func (a *App) Close() {
	a.inflight.End()
	a.slack.Close()
}

// Stopping is closed when Run begins to stop, for whatever reason.
func (a *App) Stopping() <-chan struct{} { return a.inflight.Stopping() }

// Hello is closed when Slack first said hello. From then on, commands can
// arrive.
func (a *App) Hello() <-chan struct{} { return a.connections.hello }

// Connect asks Slack who the bot is, as [slackapi.Client.Identify] does. It
// tries for at most Config.ConnectTimeout.
func (a *App) Connect(ctx context.Context) (slackapi.Identity, error) {
	who, err := a.slack.Identify(ctx, a.cfg.ConnectTimeout)
	if err != nil {
		return slackapi.Identity{}, err
	}
	a.workspace.Connected(who)
	return who, nil
}

// UserGroups returns the watch of the user groups that Config.UserGroups names. Run
// keeps it up to date; its Read may be called before that.
func (a *App) UserGroups() *usergroups.Watch { return a.groups }

// Run listens to Slack until ctx ends. Then it accepts no more envelopes, lets
// running work finish and queued acks go out, all within Config.StopTimeout, and
// returns nil.
//
// It returns a [*slackapi.AuthError] when Slack refuses a token, and an error if
// there was no hello within Config.ConnectTimeout. It calls [App.Connect] if
// that was not done before.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	if !a.workspace.IsConnected() {
		if _, err := a.Connect(ctx); err != nil {
			return err
		}
	}
	failed := make(chan error, a.cfg.Connections+1)
	listening, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	group.Go(func() { a.connections.run(listening, failed) })
	group.Go(func() { a.tokens.Run(listening, a.slack.CheckBotToken, failed) })
	group.Go(func() { a.groups.Run(listening) })

	err := a.wait(ctx, failed)
	if left := a.inflight.Stop(a.cfg.StopTimeout, ackGrace, a.connections.acks.flush); left > 0 {
		a.cfg.Log.WithField("running", left).Warn("unfinished work is left for the next start")
	}
	hangUp()
	group.Wait()
	a.intake.wait()
	return err
}

// wait waits until ctx ends or something else ends the bot.
func (a *App) wait(ctx context.Context, failed <-chan error) error {
	deadline := time.NewTimer(a.cfg.ConnectTimeout)
	defer deadline.Stop()
	select {
	case <-a.connections.hello:
	case <-deadline.C:
		return fmt.Errorf("slack sent no hello within %s: %w", a.cfg.ConnectTimeout, a.connections.lastError())
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

// Reconcile updates the card and the thread of an order to match the ledger, and
// records in the ledger what it showed. If the order waits for its decision,
// Reconcile also makes the Desk record its baseline, unless that was done
// before. It expires a pending order whose deadline has passed. It may run at
// any time and any number of times, in any number of processes. It returns
// [*order.Later] when something is still due, which this process goes on to do
// in memory, when another process owns the card, and when the order is pending;
// it must then be called again at that time.
//
// A message can appear twice only if the process, or Slack's answer, is lost
// between the post and its record.
func (a *App) Reconcile(ctx context.Context, id order.ID) error {
	o, err := a.reconciler.reconcile(ctx, id)
	if o.State == order.Pending {
		a.baselines.record(o)
	}
	return err
}

// OrderChanged brings the App Homes in line that an order may be in. It does not block, and
// nothing waits for it.
func (a *App) OrderChanged(o order.Order) { a.handlers.homes.Changed(o) }

// AskPeople asks people in the thread for the outcome of an order, if it is
// unknown and they were not asked within Config.AskEvery. It is for orders that
// cannot be settled in any other way. As long as the outcome is unknown it
// returns [*order.Later] with the time of the next question. It returns nil when
// there is nothing to ask. It may run any number of times.
func (a *App) AskPeople(ctx context.Context, id order.ID) error {
	return a.reconciler.askPeople(ctx, id)
}

// Queued returns how much work is in each queue: running, waiting for a free
// slot, or to be tried later.
func (a *App) Queued() map[string]int {
	sizes := map[string]int{
		"answer": a.intake.rest.Size(), "baseline": a.baselines.queue.Size(),
		"ask": a.reconciler.questions.Size(), "notice": a.reconciler.notices.Size(),
	}
	for _, t := range a.reconciler.tasks {
		sizes[t.name] = t.queue.Size()
	}
	return sizes
}

// Health returns the state of the connections to Slack.
func (a *App) Health() Health {
	h := a.connections.health()
	h.AuthBad = a.tokens.Code()
	return h
}
