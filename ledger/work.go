package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"extendbot/internal/crash"
	"extendbot/order"
)

// River is at-least-once: a handler may run twice, and again after its process
// died. All that it guards is that due work is not forgotten.

// The arguments of each kind of due work; the order's id is all there is.
type (
	reconcileArgs struct{ Order order.ID }
	placeArgs     struct{ Order order.ID }
	lookUpArgs    struct{ Order order.ID }
)

// Kind names the work in River's tables, which may hold jobs of earlier
// versions: so it keeps the name that it had there first.
func (reconcileArgs) Kind() string { return "extendbot_tend" }

// Kind names the work in River's tables.
func (placeArgs) Kind() string { return "extendbot_" + string(order.WorkPlace) }

// Kind names the work in River's tables.
func (lookUpArgs) Kind() string { return "extendbot_" + string(order.WorkLookup) }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (placeArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queuePlacing} }

func args(j job) river.JobArgs {
	switch j.due.Work {
	case order.WorkPlace:
		return placeArgs{Order: j.id}
	case order.WorkLookup:
		return lookUpArgs{Order: j.id}
	case order.WorkReconcile:
	}
	return reconcileArgs{Order: j.id}
}

// insertParams gives River the work. What is due now must not be scheduled:
// scheduled work waits for River's leader, who looks every five seconds.
func insertParams(list []job, now time.Time) []river.InsertManyParams {
	params := make([]river.InsertManyParams, len(list))
	for i, j := range list {
		params[i].Args = args(j)
		if j.due.At.After(now) {
			params[i].InsertOpts = &river.InsertOpts{ScheduledAt: j.due.At}
		}
	}
	return params
}

// worker runs the handler of one kind of due work.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	handle Handler
	id     func(T) order.ID
}

// Work implements river.Worker.
func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	err := w.handle(ctx, w.id(j.Args))
	if later, ok := errors.AsType[*order.Later](err); ok {
		return river.JobSnooze(max(time.Until(later.At), time.Millisecond))
	}
	if order.CodeOf(err) == order.CodeNotFound {
		return river.JobCancel(err)
	}
	return err
}

func workers(handle map[order.Work]Handler) (*river.Workers, error) {
	all := river.NewWorkers()
	return all, errors.Join(
		river.AddWorkerSafely(all, &worker[reconcileArgs]{handle: handle[order.WorkReconcile], id: func(a reconcileArgs) order.ID { return a.Order }}),
		river.AddWorkerSafely(all, &worker[placeArgs]{handle: handle[order.WorkPlace], id: func(a placeArgs) order.ID { return a.Order }}),
		river.AddWorkerSafely(all, &worker[lookUpArgs]{handle: handle[order.WorkLookup], id: func(a lookUpArgs) order.ID { return a.Order }}),
	)
}

const (
	// maxTries is as often as River can count. Due work is never given up: it
	// ends when the ledger says that nothing is due.
	maxTries = 32_000
	// jobTimeout is longer than any call takes: one of the host is limited to a
	// minute and a half, and one of Slack to less. Only the record of a verdict
	// goes on longer, while the ledger is away; whoever is given the order
	// meanwhile finds that it has an owner.
	jobTimeout = 2 * time.Minute
	// queuePlacing is a queue of its own, so that the work on orders does not
	// wait behind messages that Slack does not take.
	queuePlacing = "placing"
	// keepFinished is how long the queue remembers work that was done. The
	// ledger needs none of it: what happened to an order is in its history.
	keepFinished = time.Hour
	// rescueAfter is when work of a process that died is given to another.
	rescueAfter = jobTimeout + 30*time.Second
)

// patience waits ever longer after each failure, up to a minute.
type retryPolicy struct{ now func() time.Time }

// NextRetry implements river.ClientRetryPolicy.
func (p retryPolicy) NextRetry(j *rivertype.JobRow) time.Time {
	pause := time.Second << min(len(j.Errors), 6)
	return p.now().Add(min(pause, time.Minute))
}

func riverConfig(c Config, handle map[order.Work]Handler) (*river.Config, error) {
	config := &river.Config{
		CompletedJobRetentionPeriod: keepFinished,
		FetchCooldown:               min(c.PollEvery, river.FetchCooldownDefault),
		FetchPollInterval:           c.PollEvery,
		JobTimeout:                  jobTimeout,
		Logger:                      slogTo(c.Log),
		MaxAttempts:                 maxTries,
		PollOnly:                    true,
		RescueStuckJobsAfter:        rescueAfter,
		RetryPolicy:                 retryPolicy{now: c.Now},
	}
	if handle == nil {
		return config, nil
	}
	all, err := workers(handle)
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

// cutOff is how long work that did not end in time has to notice that it was
// cancelled. A call to the host does not: it is found again later.
const cutOff = 500 * time.Millisecond

// stopRiver takes no more work and waits for what runs until ctx ends.
func stopRiver[T any](ctx context.Context, client *river.Client[T]) error {
	err := client.Stop(ctx)
	if err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutOff)
	defer cancel()
	return errors.Join(err, client.StopAndCancel(hard))
}

// Work starts doing due work and returns. If no other process can be at work
// on this ledger, it first looks after what the last one left behind.
func (l *Ledger) Work(ctx context.Context, handle map[order.Work]Handler) error {
	if l.db.sole() {
		if err := l.takeOver(ctx); err != nil {
			return l.db.wrap(err)
		}
	}
	return l.db.startWork(ctx, handle)
}

// StopWork takes no more due work and waits for what runs, until ctx ends.
func (l *Ledger) StopWork(ctx context.Context) error { return l.db.stopWork(ctx) }

// forgetLeader ends the term of River's leader. One that died without a word
// would be waited for, for up to 20 s, and with it all scheduled work.
const forgetLeader = "DELETE FROM river_leader"

// takeOver ends all claims of processes that cannot be alive any more and makes
// everything that is open due now.
func (l *Ledger) takeOver(ctx context.Context) error {
	now := l.now()
	err := l.db.write(ctx, true, func(ctx context.Context, tx tx) ([]job, error) {
		open, err := selectAll(ctx, tx, selectOpen)
		if err != nil {
			return nil, err
		}
		var list []job
		for _, r := range open {
			r.OwnerUntil, r.CardOwnerUntil = time.Time{}, time.Time{}
			if err := update(ctx, tx, r); err != nil {
				return nil, err
			}
			list = append(list, jobs(r.ID, dueOf(r.Order, now))...)
		}
		lost, err := selectAll(ctx, tx, selectUnknown)
		if err != nil {
			return nil, err
		}
		for _, r := range lost {
			if lookUpDue(r.Order, now) {
				list = append(list, job{id: r.ID, due: order.Due{Work: order.WorkLookup, At: now}})
			}
		}
		if _, err := tx.exec(ctx, forgetLeader); err != nil {
			return nil, err
		}
		crash.Point("ledger", "takeover", "before_commit")
		return list, nil
	})
	crash.Point("ledger", "takeover", "after_commit")
	return err
}

// askedLately is how long after people were asked about an order its look-up
// is sure to be due already, for when they have to be asked again.
const askedLately = 23 * time.Hour

// lookUpDue says whether the look-up of an Unknown order may have been lost,
// or belong to a dead process.
func lookUpDue(o order.Order, now time.Time) bool { return now.Sub(o.AskedAt) > askedLately }

// dueOf gives the work that an order's state asks for.
func dueOf(o order.Order, now time.Time) []order.Due {
	due := []order.Due{{Work: order.WorkReconcile, At: now}}
	if o.State == order.Approved || o.State == order.Placing {
		due = append(due, order.Due{Work: order.WorkPlace, At: now})
	}
	return due
}
