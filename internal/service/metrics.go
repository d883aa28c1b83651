package service

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"extendbot/bot"
	"extendbot/bot/usergroups"
	"extendbot/order"
	"extendbot/order/leases"
)

// metrics are the metrics of /metrics. They implement bot.Meter and
// leases.Observer.
type metrics struct {
	registry *prometheus.Registry

	transitions *prometheus.CounterVec
	attempts    *prometheus.HistogramVec
	lookups     *prometheus.CounterVec
	unverified  *prometheus.CounterVec
	charged     *prometheus.CounterVec
	spent       *prometheus.CounterVec
	acks        *prometheus.HistogramVec
	denied      *prometheus.CounterVec
	calls       *prometheus.HistogramVec
	opens       prometheus.Counter
	lostAcks    prometheus.Counter
	panics      prometheus.Counter
	reminders   *prometheus.CounterVec
	late        prometheus.Counter
}

var (
	_ bot.Meter       = (*metrics)(nil)
	_ leases.Observer = (*metrics)(nil)
)

// newMetrics returns metrics that nobody has counted anything in. Amounts are in a
// currency.
func newMetrics(currency string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_order_transitions_total", Help: "Transitions of orders, by the state that was reached.",
		}, []string{"state"}),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "extendbot_oxhost_attempt_seconds", Help: "Duration of calls of create_order, by verdict.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60},
		}, []string{"verdict"}),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_look_ups_total", Help: "Lookups of orders whose outcome is unknown, by result.",
		}, []string{"found"}),
		unverified: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_orders_unverified_total", Help: "Orders that could not be verified, by code.",
		}, []string{"code"}),
		charged: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_charges_unlike_estimate_total", Help: "Orders for which 0xhost charged more than a cent and more than a tenth above or below the estimate under which they were approved.",
		}, []string{"direction"}),
		spent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_spent_total", Help: "What placed orders cost: their charge, or their estimate where the charge is not known.",
		}, []string{"currency"}),
		acks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "extendbot_envelope_answer_seconds", Help: "Time from the arrival of an envelope from Slack to its ack.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"type", "outcome"}),
		denied: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_denied_total", Help: "Requests and decisions that were denied, by code.",
		}, []string{"code"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "extendbot_slack_call_seconds", Help: "Duration of calls of Slack's Web API, by method and result.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "code"}),
		opens: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "extendbot_slack_opens_total", Help: "Attempts to open a connection to Slack.",
		}),
		lostAcks: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "extendbot_lost_acks_total", Help: "Acks that could not be written to the connection.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "extendbot_panics_total", Help: "Panics in the handlers of envelopes and in background work.",
		}),
		reminders: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "extendbot_reminders_total", Help: "Reminders of servers that run out, by result, for each server that one is about.",
		}, []string{"result"}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "extendbot_reminders_late_total", Help: "Reminders that were posted more than five minutes after they were due.",
		}),
	}
	m.registry.MustRegister(m.transitions, m.attempts, m.lookups, m.unverified, m.charged, m.spent, m.acks, m.denied, m.calls, m.opens, m.lostAcks, m.panics, m.reminders, m.late,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.startSeries(currency)
	return m
}

// startSeries starts every series at zero, because an alert cannot compare with a missing
// series.
func (m *metrics) startSeries(currency string) {
	m.spent.WithLabelValues(currency)
	for _, s := range order.States() {
		m.transitions.WithLabelValues(string(s))
	}
	for _, v := range []order.Verdict{order.Done, order.RefusedByHost, order.NeverSent, order.Throttled, order.UnknownOutcome} {
		m.attempts.WithLabelValues(v.String())
	}
	for _, c := range []order.Code{
		order.CodeStranger, order.CodeNotYours, order.CodeUnknownServer, order.CodeBadHours, order.CodeServerHeld,
		order.CodeAsked, order.CodeExtended, order.CodeNoExpiry, order.CodeRunsLonger,
		order.CodeNotApprover, order.CodeApproved, order.CodeBarred, order.CodeNoApprovers, order.CodeGroupUnread,
		order.CodeOverLimit, order.CodePriceUnknown, order.CodeRepriced, order.CodeLeaseTaken, order.CodeLeaseOver,
		order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion, order.CodeNotAdmin, order.CodeOwnOrder,
		order.CodeDecided, order.CodeNotFound, order.CodeUnavailable, order.CodeInternal,
	} {
		m.denied.WithLabelValues(string(c))
	}
	for _, c := range []order.Code{order.CodeTampered, order.CodeKeyUnknown, order.CodeOldVersion} {
		m.unverified.WithLabelValues(string(c))
	}
	for _, r := range leases.Results() {
		m.reminders.WithLabelValues(string(r))
	}
	for _, direction := range []string{chargedAbove, chargedBelow} {
		m.charged.WithLabelValues(direction)
	}
}

// watchReadiness adds what is ready, and the number of unknown outcomes in the
// ledger. They are NaN while they are not known, so that no alert treats that as
// a number. A scrape does not wait for the ledger.
func (m *metrics) watchReadiness(r *readiness) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "extendbot_orders_unknown", Help: "Orders whose outcome is unknown and not settled.",
	}, r.unknown))
	m.registry.MustRegister(readyCollector{r})
}

// watchVerification adds how many differences the last verification of the ledger
// found.
func (m *metrics) watchVerification(v *verification) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "extendbot_ledger_differences", Help: "Differences between the database and what the program recorded, as the last daily verification of this process found them.",
	}, v.differences))
}

// readyCollector is extendbot_ready, with one series for each part.
type readyCollector struct{ *readiness }

var readyDesc = prometheus.NewDesc("extendbot_ready", "1 if this part works, 0 if not.", []string{"part"}, nil)

// Describe implements prometheus.Collector.
func (readyCollector) Describe(to chan<- *prometheus.Desc) { to <- readyDesc }

// Collect implements prometheus.Collector.
func (c readyCollector) Collect(to chan<- prometheus.Metric) {
	for _, part := range parts() {
		to <- prometheus.MustNewConstMetric(readyDesc, prometheus.GaugeValue, c.ready(part), part)
	}
}

// watchSlack adds the state of the bot's connections to Slack.
func (m *metrics) watchSlack(health func() bot.Health, now func() time.Time) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "extendbot_slack_connections", Help: "Connections of this process on which something arrived from Slack recently.",
		}, func() float64 { return float64(health().Connections) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "extendbot_slack_app_connections", Help: "Connections of the app in all processes, as of Slack's last hello.",
		}, func() float64 { return float64(health().NumConnections) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "extendbot_slack_silence_seconds", Help: "Seconds since anything arrived from Slack, -1 if nothing has.",
		}, func() float64 {
			last := health().LastHeard
			if last.IsZero() {
				return -1
			}
			return now().Sub(last).Seconds()
		}),
	)
}

// watchUserGroups adds how many user groups of the policy are not known.
func (m *metrics) watchUserGroups(groups *usergroups.Watch) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "extendbot_user_groups_unknown", Help: "User groups that the policy names and whose members are not known now.",
	}, func() float64 {
		unknown, _ := groups.Unknown()
		return float64(len(unknown))
	}))
}

// watchReminders adds what is known of leases, and how late reminders are.
func (m *metrics) watchReminders(r *leases.Reminders) {
	gauge := func(name, help string, of func(leases.Stats) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return of(r.Stats()) }))
	}
	gauge("extendbot_leases_known", "Servers that run and whose expiry is known.", func(s leases.Stats) float64 { return float64(s.Known) })
	gauge("extendbot_leases_expiring", "Those of them that run out within 24 hours.", func(s leases.Stats) float64 { return float64(s.Expiring) })
	gauge("extendbot_reminder_overdue_seconds", "For how long the oldest reminder that is due has been waiting, 0 if none is.", func(s leases.Stats) float64 { return s.Overdue.Seconds() })
}

// Reminded implements leases.Observer.
func (m *metrics) Reminded(result leases.Result, late time.Duration) {
	m.reminders.WithLabelValues(string(result)).Inc()
	if result != leases.Failed && late > leases.LateAfter {
		m.late.Inc()
	}
}

// watchQueues adds how much work is in each queue of the bot.
func (m *metrics) watchQueues(queued func() map[string]int) {
	m.registry.MustRegister(queueCollector(queued))
}

// queueCollector is extendbot_queued, with one series for each kind of work.
type queueCollector func() map[string]int

var queuedDesc = prometheus.NewDesc("extendbot_queued", "Work in the queues of this process: running, waiting for a slot, or to be tried later.", []string{"work"}, nil)

// Describe implements prometheus.Collector.
func (queueCollector) Describe(to chan<- *prometheus.Desc) { to <- queuedDesc }

// Collect implements prometheus.Collector.
func (c queueCollector) Collect(to chan<- prometheus.Metric) {
	for work, n := range c() {
		to <- prometheus.MustNewConstMetric(queuedDesc, prometheus.GaugeValue, float64(n), work)
	}
}

func (m *metrics) transitioned(to order.State) { m.transitions.WithLabelValues(string(to)).Inc() }

func (m *metrics) lookedUp(found order.Match) { m.lookups.WithLabelValues(string(found)).Inc() }

func (m *metrics) unverifiedOrder(c order.Code) { m.unverified.WithLabelValues(string(c)).Inc() }

func (m *metrics) attempted(v order.Verdict, took time.Duration) {
	m.attempts.WithLabelValues(v.String()).Observe(took.Seconds())
}

// Answered implements bot.Meter.
func (m *metrics) Answered(kind, outcome string, took time.Duration) {
	m.acks.WithLabelValues(kind, outcome).Observe(took.Seconds())
}

// Denied implements bot.Meter.
func (m *metrics) Denied(code order.Code) { m.denied.WithLabelValues(string(code)).Inc() }

// Called implements bot.Meter.
func (m *metrics) Called(method, code string, took time.Duration) {
	m.calls.WithLabelValues(method, code).Observe(took.Seconds())
}

// Opened implements bot.Meter.
func (m *metrics) Opened() { m.opens.Inc() }

// LostAck implements bot.Meter.
func (m *metrics) LostAck() { m.lostAcks.Inc() }

// Panicked implements bot.Meter.
func (m *metrics) Panicked() { m.panics.Inc() }
