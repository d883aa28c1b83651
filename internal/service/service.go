// Package service wires all packages into one running service, with its probes,
// metrics and log. The command serve, the demo and the end-to-end tests all run
// it.
//
// It is the only package that imports order's adapters (auth, bot, oxhost and
// ledger) together. They do not import each other.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"extendbot/auth"
	"extendbot/bot"
	"extendbot/internal/settings"
	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/leases"
	"extendbot/order/prices"
	"extendbot/oxhost"
)

// Service is extendbot as serve runs it. Create it with New and run it once with
// Run. Close must be called at the end, even if Run failed or was never called.
type Service struct {
	Ledger *ledger.Ledger // the orders
	Desk   *order.Desk    // what happens to them
	Bot    *bot.App       // the Slack app; its Hello reports the first connection
	Leases *leases.Known  // until when servers are rented
	Prices *prices.Watch  // what servers cost and what accounts have left; its Tried reports the first reading

	// Reminders reminds people before servers run out.
	Reminders *leases.Reminders

	log     *logrus.Logger
	clock   *clock
	metrics *metrics
	rules   *auth.Rules
	policy  *workspacePolicy
	oxhost  *oxhost.Client
	ready   *readiness
	daily   *verification
	probes  *probes // nil if HTTP_ADDR is empty
	stop    stop
}

// New opens the database and the port of the probes, and reads the policy. It
// does not call Slack or 0xhost. Its errors name the setting to change. For an
// unusable policy or key, the error is a [*settings.Error].
func New(ctx context.Context, s settings.Settings, log *logrus.Logger, opts ...Option) (_ *Service, err error) {
	o := newOptions(opts)
	v := &Service{log: log, clock: newClock(o.wall, o.elapsed, log), metrics: newMetrics(s.Currency), policy: newWorkspacePolicy(), stop: stop{timeout: o.stopTimeout}}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.Close())
		}
	}()
	if v.rules, err = NewRules(s, v.policyRead); err != nil {
		return nil, &settings.Error{Mistakes: []settings.Mistake{{Name: "POLICY_FILE", What: err.Error()}}}
	}
	build := ReadBuild(o.version)
	v.metrics.watchBuild(build)
	v.logStart(s, build)
	for _, warning := range s.Warnings {
		log.Warn(warning)
	}
	for _, warning := range v.rules.Warnings() {
		log.Warn("POLICY_FILE: " + warning)
	}
	log.WithFields(logrus.Fields{"key_id": s.ApprovalKeys.ID(), "accepted_keys": s.ApprovalKeys.IDs()}).Info("what is recorded is authenticated with this key")
	processID := "process-" + rand.Text()[:12]
	v.Ledger, err = ledger.Open(ctx, ledger.Config{
		URL: s.Database.Reveal(), Serve: true, Keys: s.ApprovalKeys, ProcessID: processID, Log: log, Now: v.clock.Now, QueueNow: o.queueNow, PollEvery: o.pollEvery,
		LockWait: o.writeWait, WriteWait: o.writeWait,
	})
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	more := []oxhost.Option{oxhost.WithClock(v.clock.Now)}
	if o.dial != nil {
		more = append(more, oxhost.WithDial(o.dial))
	}
	if v.oxhost, err = NewOxhost(s, build.Version, more...); err != nil {
		return nil, err
	}
	if err := v.wire(s, o, processID); err != nil {
		return nil, err
	}
	if s.HTTPAddr != "" {
		v.probes, err = listen(ctx, s.HTTPAddr, v.metrics, v.ready.err, log)
	}
	return v, err
}

// wire creates the desk and the bot, and registers their metrics.
func (v *Service) wire(s settings.Settings, o options, processID string) (err error) {
	v.Prices = prices.New(prices.Config{
		Accounts: v.rules.Accounts, HostOrders: v.oxhost, Balance: v.oxhost.Balance, LastReceipt: v.Ledger.LastReceipt,
		PlanPrice: v.rules.Price, Currency: s.Currency, Log: v.log, Now: v.clock.Now,
	})
	v.Leases = leases.NewKnown(leases.KnownConfig{Store: v.Ledger, Servers: v.rules.AllServers, Expires: v.rules.Expires, Lines: v.Prices.Lines, Now: v.clock.Now})
	v.Desk = order.NewDesk(order.Config{
		Ledger: v.Ledger, Policy: v.policy, Host: v.oxhost, Observer: observer{log: v.log, metrics: v.metrics, prices: v.Prices, currency: s.Currency, remind: v.wakeReminders, changed: v.orderChanged},
		ProcessID: processID, ConfirmTTL: s.ConfirmTTL, ApproveTTL: s.ApproveTTL, MaxHours: s.MaxHours, HostTimeout: s.OxhostTimeout, Currency: s.Currency,
		HostOrders: v.Prices, Baselines: v.Ledger, Prices: v.Prices, Leases: v.Leases, KnownList: v.Prices.KnownList, LookupSchedule: o.lookups, Now: v.clock.Now, Pauses: o.pauses,
	})
	config := bot.Config{
		AppToken: s.SlackAppToken, BotToken: s.SlackBotToken, APIURL: s.SlackAPIURL, Dial: o.dial,
		Connections: s.SlackConnections, OnlyProcess: strings.HasPrefix(s.Database.Reveal(), "sqlite:"), Desk: v.Desk, Orders: v.Ledger, Leases: v.Leases, Servers: v.policy.Servers, Admins: v.policy.Admins, UserGroups: v.rules.Groups,
		Known: v.policy.Known, AccountName: v.policy.AccountName, About: v.policy.About, Balance: v.Prices.Balance, StopReminders: v.stopReminders, RemindersChanged: v.wakeReminders,
		MaxHours: s.MaxHours, Timezone: s.OxhostTimezone, Currency: s.Currency, ProcessID: processID, Log: v.log, Meter: v.metrics, Now: v.clock.Now,
		StopTimeout: drainTimeout, LookupFor: o.lookups[len(o.lookups)-1], AskEvery: o.askEvery,
	}
	for _, change := range o.bot {
		change(&config)
	}
	if v.Bot, err = bot.New(config); err != nil {
		return err
	}
	v.Reminders = v.newReminders(s, processID)
	v.metrics.watchReminders(v.Reminders)
	v.metrics.watchQueues(v.Bot.Queued)
	v.metrics.watchSlack(v.Bot.Health, v.clock.Now)
	v.ready = &readiness{
		slack: func() error { return v.Bot.Health().Ready() }, policy: v.rules.Err, groups: v.Bot.UserGroups().Err,
		check: v.Ledger.Check, ping: v.Ledger.Ping, countUnknown: v.Ledger.CountUnknown, log: v.log,
	}
	v.metrics.watchReadiness(v.ready)
	v.daily = newVerification(v.Ledger, v.clock.Now, v.log)
	v.metrics.watchVerification(v.daily)
	v.metrics.watchUserGroups(v.Bot.UserGroups())
	v.metrics.watchPrices(v.Prices, v.policy.AccountName)
	return nil
}

// orderChanged tells the bot of a transition of an order.
func (v *Service) orderChanged(o order.Order) { v.Bot.OrderChanged(o) }

// NewRules returns the rules for these settings. notify is called each time that
// the policy file was read again, see [auth.OpenRules].
func NewRules(s settings.Settings, notify func(error)) (*auth.Rules, error) {
	if s.PolicyFile != "" {
		rules, err := auth.OpenRules(s.PolicyFile, notify)
		if err != nil {
			return nil, err
		}
		return rules.In(s.OxhostTimezone), nil
	}
	return auth.NewRules(s.Allowlist, s.Servers, s.Admins...), nil
}

// NewOxhost returns the client for 0xhost's API for these settings. version is
// this program's version. The error is a [*settings.Error].
func NewOxhost(s settings.Settings, version string, more ...oxhost.Option) (*oxhost.Client, error) {
	client, err := oxhost.New(s.OxhostAPIURL, s.OxhostAPIKey, append([]oxhost.Option{
		oxhost.WithTimeout(s.OxhostTimeout), oxhost.WithLocation(s.OxhostTimezone), oxhost.WithUserAgent("extendbot/" + version),
	}, more...)...)
	if err != nil {
		return nil, &settings.Error{Mistakes: []settings.Mistake{{Name: "OXHOST_API_KEY", What: err.Error()}}}
	}
	return client, nil
}

// ProbesAddr returns the address on which the probes listen, or "" if they are
// switched off.
func (v *Service) ProbesAddr() string {
	if v.probes == nil {
		return ""
	}
	return v.probes.listener.Addr().String()
}

// Metrics returns the registry behind /metrics.
func (v *Service) Metrics() *prometheus.Registry { return v.metrics.registry }

// policyRead logs that the policy file was read again. err says why it cannot be
// used, if so.
func (v *Service) policyRead(err error) {
	if err != nil {
		v.log.WithError(err).Error("the policy file cannot be used: nobody can order until it is fixed")
		return
	}
	v.log.Info("the policy file was read again")
	v.wakeReminders()
}

// Run serves until asked ends, and then stops within [StopTimeout]. It returns an
// error if the service cannot continue: Slack refuses a token, or the HTTP
// server of the probes fails.
func (v *Service) Run(asked context.Context) error {
	ctx, cancel := context.WithCancel(asked)
	defer cancel()
	defer context.AfterFunc(ctx, func() { v.stop.begin() })()
	var group run.Group
	if v.probes != nil {
		group.Add(v.probes.serve, func(error) { v.stopProbes() })
	}
	checking, stopChecking := context.WithCancel(context.WithoutCancel(ctx)) // also while serve stops
	defer stopChecking()
	group.Add(func() error { v.ready.run(checking); return nil }, func(error) { stopChecking() })
	group.Add(func() error { v.daily.run(ctx); return nil }, func(error) { cancel() })
	group.Add(func() error { v.Prices.Run(ctx); return nil }, func(error) { cancel() }) // reads while the bot connects
	group.Add(func() error { return v.serve(ctx) }, func(error) { cancel() })
	err := group.Run()
	v.logStop(context.Cause(asked), err)
	return err
}

// serve asks Slack who the bot is, starts due work and listens to Slack.
func (v *Service) serve(ctx context.Context) error {
	who, err := v.Bot.Connect(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the service was asked to stop
		}
		return err
	}
	v.Bot.UserGroups().Read(ctx) // before the first order is judged
	v.policy.bind(v.rules.ForTeam(who.TeamID, v.Bot.UserGroups().Members))
	v.log.WithFields(logrus.Fields{"team_id": who.TeamID, "user_id": who.UserID}).Info("connected to the workspace as this user")
	if err := v.Ledger.Work(ctx, v.handlers()); err != nil {
		return err
	}
	stopped := make(chan error, 1)
	listening, done := context.WithCancel(ctx)
	go func() { // ends with the bot; serve waits for it
		select {
		case <-listening.Done():
		case <-v.Bot.Stopping():
		}
		draining, cancel := v.stop.draining()
		defer cancel()
		stopped <- v.Ledger.StopWork(draining)
	}()
	var reminding sync.WaitGroup
	reminding.Go(func() { v.remind(listening) })
	err = v.Bot.Run(ctx)
	done()
	reminding.Wait()
	if stopErr := <-stopped; stopErr != nil {
		v.log.WithError(stopErr).Warn("due work did not end in time and was canceled; the next start continues it")
	}
	return err
}

func (v *Service) stopProbes() {
	closing, cancel := v.stop.closing()
	defer cancel()
	v.probes.stop(closing)
}

// Close releases everything that New opened, within the rest of [StopTimeout].
func (v *Service) Close() error {
	var errs []error
	if v.Bot != nil {
		v.Bot.Close()
	}
	if v.oxhost != nil {
		v.oxhost.Close()
	}
	if v.probes != nil {
		errs = append(errs, v.probes.server.Close())
	}
	if v.Desk != nil {
		v.Desk.Stop() // an outcome that cannot be recorded is at least logged
	}
	if v.Ledger != nil {
		errs = append(errs, v.closeLedger())
	}
	return errors.Join(errs...)
}

// closeLedger does not wait for a database that does not answer: its connections
// end with the process.
func (v *Service) closeLedger() error {
	closing, cancel := v.stop.closing()
	defer cancel()
	err := within(closing, v.Ledger.Close)
	if errors.Is(err, errStillClosing) {
		v.log.WithError(err).Warn("the database does not answer")
		return nil
	}
	return err
}
