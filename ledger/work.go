package ledger

import (
	"context"
	"time"

	"extendbot/internal/crash"
	"extendbot/ledger/duework"
	"extendbot/order"
)

// Work starts doing due work and returns. If no other process can be working on
// this ledger, it first makes due what the last process left unfinished.
func (l *Ledger) Work(ctx context.Context, handle map[order.Work]Handler) error {
	if l.db.exclusive() {
		if err := l.takeOver(ctx); err != nil {
			return l.db.wrap(err)
		}
	}
	if err := l.db.startWork(ctx, handle); err != nil {
		return err
	}
	l.watcher = duework.Watch(context.WithoutCancel(ctx), l.config.lookEvery, l.config.Log, l.db.clocks(), l.makeDueIfSetBack, l.makeAllDue)
	return nil
}

// StopWork accepts no more due work and waits for running work until ctx ends.
func (l *Ledger) StopWork(ctx context.Context) error {
	l.watcher.Stop()
	return l.db.stopWork(ctx)
}

// forgetLeader ends the term of River's leader. Otherwise all scheduled work
// would wait up to 20 s for a leader that was killed.
const forgetLeader = "DELETE FROM river_leader"

// takeOver ends all leases of processes that can no longer be alive, and makes
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
			if err := updateRow(ctx, tx, r); err != nil {
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
				list = append(list, job{Order: r.ID, Due: order.Due{Work: order.WorkLookup, At: now}})
			}
			if r.FindingDue() || r.RefusalDue() {
				list = append(list, job{Order: r.ID, Due: order.Due{Work: order.WorkReconcile, At: now}})
			}
		}
		for _, query := range []string{forgetLeader, endReminding} {
			if _, err := tx.exec(ctx, query); err != nil {
				return nil, err
			}
		}
		crash.Point("ledger", "takeover", "before_commit")
		return list, nil
	})
	crash.Point("ledger", "takeover", "after_commit")
	return err
}

// askedLately is how long after people were asked about an order its lookup is
// certain to be recorded, for the next time they have to be asked.
const askedLately = 23 * time.Hour

// lookUpDue reports whether the lookup of an Unknown order may have been lost,
// or belongs to a dead process.
func lookUpDue(o order.Order, now time.Time) bool { return now.Sub(o.AskedAt) > askedLately }

// dueOf returns the due work for an order's state.
func dueOf(o order.Order, now time.Time) []order.Due {
	due := []order.Due{{Work: order.WorkReconcile, At: now}}
	if o.State == order.Approved || o.State == order.Placing {
		due = append(due, order.Due{Work: order.WorkPlace, At: now})
	}
	return due
}

// makeAllDue makes all due work due now. Work that a dead process had begun is
// then repeated after the usual time. It never moves anything into the future, so
// several processes may do it.
func (l *Ledger) makeAllDue(ctx context.Context) error { return l.makeDueIf(ctx, "1 = 1") }

// makeDueIfSetBack does the same if a clock was set back before this process
// started: then some work was recorded or begun in the future.
func (l *Ledger) makeDueIfSetBack(ctx context.Context) error {
	now := l.db.queueNow()
	return l.makeDueIf(ctx, "EXISTS (SELECT 1 FROM river_job WHERE created_at > "+now+" OR attempted_at > "+now+")")
}

// makeDueIf makes all due work due now if a condition holds. The condition is SQL.
func (l *Ledger) makeDueIf(ctx context.Context, condition string) error {
	now := l.db.queueNow()
	return l.db.wrap(l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, "UPDATE river_job SET state = 'available', scheduled_at = "+now+
			" WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > "+now+" AND "+condition)
		if err != nil {
			return nil, err
		}
		_, err = tx.exec(ctx, "UPDATE river_job SET attempted_at = "+now+" WHERE state = 'running' AND attempted_at > "+now)
		return nil, err
	}))
}
