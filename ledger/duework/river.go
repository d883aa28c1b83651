package duework

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/sirupsen/logrus"

	"extendbot/order"
)

// River is at-least-once: a handler may run twice, and again after its process
// died. River only ensures that due work is not forgotten.

// Handler does one piece of due work for an order. It returns nil if the work is
// done, [*order.Later] if there is nothing to do yet, and any other error if it
// has to be tried again.
type Handler func(ctx context.Context, id order.ID) error

// Job is due work for an order.
type Job struct {
	Order order.ID
	Due   order.Due
}

// Config configures the queue. All fields but QueueNow are required; those about
// handlers only if there are any.
type Config struct {
	Log logrus.FieldLogger
	Now func() time.Time
	// QueueNow is River's clock; nil: those of the package time and of the database.
	QueueNow  func() time.Time
	ProcessID string        // of this process, among all that share the queue; it may be empty
	Workers   int           // how many pieces of work of each kind run at once
	PollEvery time.Duration // how often to look for work
}

// The arguments of each kind of due work: only the order's id.
type (
	reconcileArgs struct{ Order order.ID }
	placeArgs     struct{ Order order.ID }
	lookUpArgs    struct{ Order order.ID }
)

// Kind is the name of the work in River's tables, which may contain jobs of
// earlier versions. So it must not change.
func (reconcileArgs) Kind() string { return "extendbot_tend" }

// Kind is the name of the work in River's tables.
func (placeArgs) Kind() string { return "extendbot_" + string(order.WorkPlace) }

// Kind is the name of the work in River's tables.
func (lookUpArgs) Kind() string { return "extendbot_" + string(order.WorkLookup) }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (placeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queuePlacing} }

func args(j Job) river.JobArgs {
	switch j.Due.Work {
	case order.WorkPlace:
		return placeArgs{Order: j.Order}
	case order.WorkLookup:
		return lookUpArgs{Order: j.Order}
	case order.WorkReconcile:
	}
	return reconcileArgs{Order: j.Order}
}

// InsertParams converts due work for River. Work that is due now must not be
// scheduled, because scheduled work waits for River's leader, which looks only
// every five seconds.
//
// River has its own clock, which can be set back while now cannot. So only the
// time until the work is due counts.
func InsertParams(list []Job, now time.Time) []river.InsertManyParams {
	params := make([]river.InsertManyParams, len(list))
	for i, j := range list {
		params[i].Args = args(j)
		if j.Due.At.After(now) {
			params[i].InsertOpts = &river.InsertOpts{ScheduledAt: time.Now().Add(j.Due.At.Sub(now))}
		}
	}
	return params
}

// worker runs the handler of one kind of due work.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	handle Handler
	now    func() time.Time
	id     func(T) order.ID
}

// Work implements river.Worker.
func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	err := w.handle(ctx, w.id(j.Args))
	if later, ok := errors.AsType[*order.Later](err); ok {
		return river.JobSnooze(max(later.At.Sub(w.now()), time.Millisecond))
	}
	if order.CodeOf(err) == order.CodeNotFound {
		return river.JobCancel(err)
	}
	return err
}

func workers(handle map[order.Work]Handler, now func() time.Time) (*river.Workers, error) {
	all := river.NewWorkers()
	return all, errors.Join(
		river.AddWorkerSafely(all, &worker[reconcileArgs]{handle: handle[order.WorkReconcile], now: now, id: func(a reconcileArgs) order.ID { return a.Order }}),
		river.AddWorkerSafely(all, &worker[placeArgs]{handle: handle[order.WorkPlace], now: now, id: func(a placeArgs) order.ID { return a.Order }}),
		river.AddWorkerSafely(all, &worker[lookUpArgs]{handle: handle[order.WorkLookup], now: now, id: func(a lookUpArgs) order.ID { return a.Order }}),
	)
}

const (
	// maxTries is River's maximum. Due work is never given up: it ends when the
	// ledger has nothing due.
	maxTries = 32_000
	// Timeout is longer than any call takes: calls of the host are limited to a
	// minute and a half, and calls of Slack to less. Only recording a verdict may
	// take longer, while the database cannot be reached; the order has an owner
	// until then.
	Timeout = 2 * time.Minute
	// queuePlacing is a separate queue, so that placing orders does not wait for
	// messages that Slack refuses.
	queuePlacing = "placing"
	// keepFinished is how long the queue keeps finished work. The ledger does not
	// need it: what happened to an order is in its history.
	keepFinished = time.Hour
	// rescueAfter is when work that a dead process had begun is repeated.
	rescueAfter = Timeout + 30*time.Second
)

// retryPolicy doubles the pause with each failure, up to a minute.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(j *rivertype.JobRow) time.Time {
	pause := time.Second << min(len(j.Errors), 6)
	return time.Now().Add(min(pause, time.Minute)) // River's clock
}

// RiverConfig returns the configuration of a River client that polls. Without handlers
// it only inserts.
func RiverConfig(c Config, handle map[order.Work]Handler) (*river.Config, error) {
	config := &river.Config{
		CompletedJobRetentionPeriod: keepFinished,
		FetchCooldown:               min(c.PollEvery, river.FetchCooldownDefault),
		FetchPollInterval:           c.PollEvery,
		JobTimeout:                  Timeout,
		Logger:                      slogTo(c.Log),
		MaxAttempts:                 maxTries,
		PollOnly:                    true,
		RescueStuckJobsAfter:        rescueAfter,
		RetryPolicy:                 retryPolicy{},
	}
	if c.QueueNow != nil {
		config.Test.Time = queueClock(c.QueueNow)
	}
	if handle == nil {
		return config, nil
	}
	config.ID = c.ProcessID // the resumer knows from it whose work a job is
	all, err := workers(handle, c.Now)
	if err != nil {
		return nil, err
	}
	config.Workers = all
	config.Queues = map[string]river.QueueConfig{
		river.QueueDefault: {MaxWorkers: c.Workers},
		queuePlacing:       {MaxWorkers: c.Workers},
	}
	return config, nil
}

// queueClock lets River use a clock instead of the database's.
type queueClock func() time.Time

// Now implements rivertype.TimeGenerator.
func (c queueClock) Now() time.Time { return c() }

// NowOrNil implements rivertype.TimeGenerator.
func (c queueClock) NowOrNil() *time.Time {
	now := c()
	return &now
}

// cancelTime is how long canceled work has to end. A call to the host does not
// end; its order is found again later.
const cancelTime = 500 * time.Millisecond

// Stop accepts no more work and waits for running work until ctx ends.
func Stop[T any](ctx context.Context, client *river.Client[T]) error {
	err := client.Stop(ctx)
	if err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	return errors.Join(err, client.StopAndCancel(hard))
}

// slogTo lets River, which logs to slog, write to the program's log. Only
// warnings and errors pass; the rest is about River's own maintenance.
func slogTo(log logrus.FieldLogger) *slog.Logger { return slog.New(slogHandler{log: log}) }

type slogHandler struct{ log logrus.FieldLogger }

// Enabled implements slog.Handler.
func (slogHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (h slogHandler) Handle(_ context.Context, r slog.Record) error {
	log := h.log
	r.Attrs(func(a slog.Attr) bool {
		log = log.WithField(a.Key, a.Value.Resolve().Any())
		return true
	})
	if r.Level >= slog.LevelError {
		log.Error("due work: " + r.Message)
		return nil
	}
	log.Warn("due work: " + r.Message)
	return nil
}

// WithAttrs implements slog.Handler.
func (h slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	log := h.log
	for _, a := range attrs {
		log = log.WithField(a.Key, a.Value.Resolve().Any())
	}
	return slogHandler{log: log}
}

// WithGroup implements slog.Handler. River does not group.
func (h slogHandler) WithGroup(string) slog.Handler { return h }
