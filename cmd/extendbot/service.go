package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/oklog/run"
	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/bot"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/oxhost"
)

// service is the program as "serve" runs it; the demo and the end-to-end tests
// run the same one.
type service struct {
	settings settings.Settings
	settling settling
	log      *logrus.Logger
	metrics  *metrics
	rules    *auth.Rules
	policy   *workspacePolicy
	ledger   *ledger.Ledger
	oxhost   *oxhost.Client
	desk     *order.Desk
	bot      *bot.App
	probes   *probes // nil if switched off
	stop     stop
}

// tuning is what tests and the demo set otherwise than the program does by default.
type tuning struct {
	settling settling            // how fast unknown outcomes are settled
	lockWait time.Duration       // how long a write of the ledger waits for its turn
	bot      []func(*bot.Config) // changes of what the bot is made of
}

// newService opens everything that needs no network but the listening port.
// Close has to be called, also after an error of run. Tests tune what is no
// setting: they cannot wait as long as people do.
func newService(ctx context.Context, s settings.Settings, log *logrus.Logger, tune ...tuning) (_ *service, err error) {
	v := &service{settings: s, log: log, metrics: newMetrics(), policy: newWorkspacePolicy()}
	var lockWait time.Duration
	for _, t := range tune {
		v.settling, lockWait = t.settling, t.lockWait
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.close())
		}
	}()
	if v.rules, err = newRules(s, v.rulesChanged); err != nil {
		return nil, &settings.Error{Mistakes: []settings.Mistake{{Name: "POLICY_FILE", What: err.Error()}}}
	}
	self := "process-" + rand.Text()[:12]
	v.ledger, err = ledger.Open(ctx, ledger.Config{URL: s.Database.Reveal(), Serve: true, Log: log, LockWait: lockWait})
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if v.oxhost, err = newOxhost(s); err != nil {
		return nil, err
	}
	v.desk = order.NewDesk(order.Config{
		Ledger: v.ledger, Policy: v.policy, Host: v.oxhost, Observer: observer{log: log, metrics: v.metrics},
		ProcessID: self, ConfirmTTL: s.ConfirmTTL, MaxHours: s.MaxHours, HostTimeout: s.OxhostTimeout, Currency: s.Currency,
		HostOrders: v.oxhost, Baselines: v.ledger, LookupSchedule: v.settling.lookUps,
	})
	config := bot.Config{
		AppToken: s.SlackAppToken, BotToken: s.SlackBotToken, APIURL: s.SlackAPIURL,
		Connections: s.SlackConnections, Desk: v.desk, Orders: v.ledger, Servers: v.policy.Servers,
		MaxHours: s.MaxHours, Currency: s.Currency, ProcessID: self, Log: log, Meter: v.metrics,
		StopTimeout: drainTimeout, Admins: v.policy.Admins, LookupFor: v.settling.lookFor(), AskEvery: v.settling.askEvery,
	}
	for _, t := range tune {
		for _, change := range t.bot {
			change(&config)
		}
	}
	if v.bot, err = bot.New(config); err != nil {
		return nil, err
	}
	v.metrics.watchSlack(v.bot.Health, time.Now)
	v.metrics.watchLedger(v.ledger.CountUnknown)
	if s.HTTPAddr != "" {
		v.probes, err = listenProbes(ctx, s.HTTPAddr, v.metrics, v.ready, log)
	}
	return v, err
}

// newRules makes the rules that the settings ask for. notify is called when a
// policy file was read again, see [auth.OpenRules].
func newRules(s settings.Settings, notify func(error)) (*auth.Rules, error) {
	if s.PolicyFile != "" {
		return auth.OpenRules(s.PolicyFile, notify)
	}
	return auth.NewRules(s.Allowlist, s.Servers, s.Admins...), nil
}

func newOxhost(s settings.Settings) (*oxhost.Client, error) {
	client, err := oxhost.New(s.OxhostAPIURL, s.OxhostAPIKey,
		oxhost.WithTimeout(s.OxhostTimeout), oxhost.WithLocation(s.OxhostTimezone),
		oxhost.WithUserAgent("extendbot/"+version))
	if err != nil {
		return nil, &settings.Error{Mistakes: []settings.Mistake{{Name: "OXHOST_API_KEY", What: err.Error()}}}
	}
	return client, nil
}

// rulesChanged is told when the policy file was read again.
func (v *service) rulesChanged(err error) {
	if err != nil {
		v.log.WithError(err).Error("the policy file cannot be used, everybody is refused until it is mended")
		return
	}
	v.log.Info("the policy file was read again")
}

// run serves until ctx ends or something that it cannot do without fails.
func (v *service) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { v.stop.begin() })()
	var group run.Group
	if v.probes != nil {
		group.Add(v.probes.serve, func(error) { v.stopProbes() })
	}
	group.Add(func() error { return v.listen(ctx) }, func(error) { cancel() })
	err := group.Run()
	v.log.Info("stopped")
	return err
}

// listen finds out who the bot is, starts due work and listens to Slack.
func (v *service) listen(ctx context.Context) error {
	who, err := v.bot.Connect(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop
		}
		return err
	}
	v.policy.bind(v.rules.ForTeam(who.TeamID))
	v.log.WithFields(logrus.Fields{"team_id": who.TeamID, "user_id": who.UserID}).Info("slack knows the bot")
	err = v.ledger.Work(ctx, map[order.Work]ledger.Handler{
		order.WorkReconcile: v.bot.Reconcile, order.WorkPlace: v.place, order.WorkLookup: v.lookUp,
	})
	if err != nil {
		return err
	}
	stopped := make(chan error, 1)
	listening, done := context.WithCancel(ctx)
	go func() {
		select {
		case <-listening.Done():
		case <-v.bot.Stopping():
		}
		draining, cancel := v.stop.draining()
		defer cancel()
		stopped <- v.ledger.StopWork(draining)
	}()
	err = v.bot.Run(ctx)
	done()
	if stopErr := <-stopped; stopErr != nil {
		v.log.WithError(stopErr).Warn("due work was cut off, the next start goes on with it")
	}
	return err
}

// place is the handler of due work for an approved order: whatever it leads to
// is shown at once.
func (v *service) place(ctx context.Context, id order.ID) error {
	err := v.desk.Place(ctx, id)
	if tendErr := v.bot.Reconcile(ctx, id); tendErr != nil {
		v.log.WithField("order_id", id).WithError(tendErr).Debug("the card of an order waits")
	}
	return err
}

// lookUp is the handler of due work for an order whose outcome is unknown: it
// is looked up for as long as that may help, whatever it leads to is shown at
// once, and then people are asked.
func (v *service) lookUp(ctx context.Context, id order.ID) error {
	if err := v.desk.Lookup(ctx, id); err != nil {
		return err
	}
	if err := v.bot.Reconcile(ctx, id); err != nil {
		return err
	}
	return v.bot.AskPeople(ctx, id)
}

// ready says nil if commands can be taken and recorded.
func (v *service) ready(ctx context.Context) error {
	return errors.Join(v.bot.Health().Ready(), v.ledger.Ping(ctx))
}

func (v *service) stopProbes() {
	closing, cancel := v.stop.closing()
	defer cancel()
	v.probes.stop(closing)
}

// close gives back what newService opened, within what is left of the stop.
func (v *service) close() error {
	var errs []error
	if v.bot != nil {
		v.bot.Close()
	}
	if v.oxhost != nil {
		v.oxhost.Close()
	}
	if v.probes != nil {
		errs = append(errs, v.probes.server.Close())
	}
	if v.ledger != nil {
		errs = append(errs, v.closeLedger())
	}
	return errors.Join(errs...)
}

// closeLedger leaves a database that does not answer to the end of the process.
func (v *service) closeLedger() error {
	closing, cancel := v.stop.closing()
	defer cancel()
	err := within(closing, v.ledger.Close)
	if errors.Is(err, errStillClosing) {
		v.log.WithError(err).Warn("the database does not answer")
		return nil
	}
	return err
}

// workspacePolicy is the policy of a workspace that is known only after the bot
// has introduced itself there. Before that everybody is refused.
type workspacePolicy struct{ bound atomic.Pointer[auth.Policy] }

func newWorkspacePolicy() *workspacePolicy {
	p := &workspacePolicy{}
	p.bind(&auth.Policy{})
	return p
}

func (p *workspacePolicy) bind(to *auth.Policy) { p.bound.Store(to) }

// Grant implements order.Policy.
func (p *workspacePolicy) Grant(ctx context.Context, who order.Person, server string) (order.Grant, error) {
	return p.bound.Load().Grant(ctx, who, server)
}

// MayDecide implements order.Policy.
func (p *workspacePolicy) MayDecide(ctx context.Context, who order.Person, o order.Order) error {
	return p.bound.Load().MayDecide(ctx, who, o)
}

// MaySettle implements order.Policy.
func (p *workspacePolicy) MaySettle(ctx context.Context, who order.Person) error {
	return p.bound.Load().MaySettle(ctx, who)
}

// Admins lists who may settle.
func (p *workspacePolicy) Admins() []string { return p.bound.Load().Admins() }

// Servers lists what a person may use.
func (p *workspacePolicy) Servers(who order.Person) ([]order.Server, error) {
	return p.bound.Load().Servers(who)
}
