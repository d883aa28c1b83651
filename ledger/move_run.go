package ledger

import (
	"context"
	"fmt"
	"time"

	"extendbot/order"
)

// moveEnd is what a database must be able to do as source or destination of a
// move.
type moveEnd interface {
	// mustNotBeServed fails with [ErrInUse] if another process is known to serve
	// the ledger.
	mustNotBeServed(ctx context.Context) error
	// keepOpen allows the transaction of a snapshot to last as long as a move. It
	// fails with [ErrSameDatabase] if another move is running in the database.
	keepOpen(ctx context.Context, tx tx) error
	// load runs one long transaction, during which nothing else writes.
	load(ctx context.Context, run func(ctx context.Context, into loader) error) error
}

// loader is the transaction of a move at its destination.
type loader interface {
	tx
	// addRows adds rows to a table until next returns nil.
	addRows(ctx context.Context, t layout, next func() ([]any, error)) error
	// schedule records due work.
	schedule(ctx context.Context, list []job) error
	// loaded is called once, after all rows were added.
	loaded(ctx context.Context) error
}

// move is one run of Move.
type move struct {
	from, to *Ledger
	progress func(Progress)
	result   MoveResult
}

// run moves everything, inside the destination's transaction.
func (m *move) run(ctx context.Context, into loader) error {
	there, err := markOf(ctx, into)
	if err != nil {
		return atEnd(endDestination, err)
	}
	var (
		before changeMark
		sent   fingerprint
	)
	err = m.from.db.snapshot(ctx, func(src tx) (err error) {
		if err := m.from.db.keepOpen(ctx, src); err != nil {
			return atEnd(endSource, err)
		}
		if before, err = markOf(ctx, src); err != nil {
			return atEnd(endSource, err)
		}
		m.result.AlreadyThere = there.counts != counts{}
		if m.result.AlreadyThere && there.counts != before.counts {
			return atEnd(endDestination, there.notEmpty())
		}
		sent, err = m.send(ctx, src, into, before)
		return err
	})
	if err != nil {
		return err
	}
	if !m.result.AlreadyThere {
		if m.result.Due, err = makeDue(ctx, into, m.to.now()); err != nil {
			return atEnd(endDestination, fmt.Errorf("record what is due: %w", err))
		}
	}
	switch arrived, err := m.read(ctx, into, "reading the copy", before.rows()); {
	case err != nil:
		return atEnd(endDestination, err)
	case arrived != sent && m.result.AlreadyThere:
		return atEnd(endDestination, there.notEmpty())
	case arrived != sent:
		return atEnd(endDestination, errDiffers)
	}
	after, err := markOf(ctx, m.from.db.read())
	if err == nil && after != before {
		return ErrSourceChanged
	}
	return atEnd(endSource, err)
}

// send verifies the source and copies it, unless the destination already has it.
func (m *move) send(ctx context.Context, src tx, into loader, n changeMark) (sent fingerprint, err error) {
	m.result.Baselines = int(n.baselines)
	if err := m.verify(ctx, src, int(n.orders+n.history)); err != nil {
		return sent, atEnd(endSource, err)
	}
	if m.result.AlreadyThere {
		sent, err = m.read(ctx, src, "reading the source", n.rows())
		return sent, atEnd(endSource, err)
	}
	// A database that was served before has the seal of an empty history, and may know
	// leases from the policy.
	for _, table := range []layout{sealTable.layout, leaseTable.layout, reminderTable.layout} {
		if _, err := into.exec(ctx, "DELETE FROM "+table.name); err != nil {
			return sent, atEnd(endDestination, err)
		}
	}
	return m.copy(ctx, src, into, n.rows())
}

// verify is Verify inside a transaction. Any difference is an error.
func (m *move) verify(ctx context.Context, tx tx, total int) error {
	var found TamperedError
	v := newVerifier(m.from.config.Keys, m.result.Until, found.add)
	for more, after := true, order.ID(""); more; {
		var err error
		if after, more, err = v.next(ctx, tx, after); err != nil {
			return err
		}
		m.progress(Progress{Doing: "checking the source", Done: v.proof.Orders + v.proof.History, Total: total})
	}
	if err := v.last(ctx, tx); err != nil {
		return err
	}
	if found.Total > 0 {
		return &found
	}
	m.result.Proof = v.proof
	return nil
}

// dueAtOnce is how many orders are read at a time to record their due work.
const dueAtOnce = 500

// Each unknown outcome needs its next lookup or question. An answered question
// may still have its buttons.
var selectDue = orderTable.selectWhere("WHERE id > $1 AND (" + isOpen +
	" OR state = 'unknown' OR (ask_ref <> '' AND ask_version < version)) ORDER BY id LIMIT $2")

// makeDue records due work for every order that needs it and returns their
// number. The handlers postpone work that is too early.
func makeDue(ctx context.Context, into loader, now time.Time) (n int, err error) {
	for last := order.ID(""); ; {
		open, err := selectAll(ctx, into, selectDue, string(last), int64(dueAtOnce))
		if err != nil || len(open) == 0 {
			return n, err
		}
		var list []job
		for _, r := range open {
			list = append(list, jobs(r.ID, dueOf(r.Order, now))...)
			if r.State == order.Unknown {
				list = append(list, job{Order: r.ID, Due: order.Due{Work: order.WorkLookup, At: now}})
			}
			last = r.ID
		}
		if err := into.schedule(ctx, list); err != nil {
			return n, err
		}
		n += len(open)
	}
}
