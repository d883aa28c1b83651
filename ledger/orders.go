package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

var (
	insertOrder = orderTable.insert() + " ON CONFLICT (request_key) DO NOTHING"
	updateOrder = orderTable.update()
	selectOrder = orderTable.selectWhere("WHERE id = $1")
	selectByKey = orderTable.selectWhere("WHERE request_key = $1")
	// The states are those of order.State.Holds and of the index orders_holder, so
	// that it serves this query.
	selectHolder = orderTable.selectWhere("WHERE server_id = $1 AND id <> $2" +
		" AND state IN ('approved', 'placing', 'unknown')")
	selectHolderOfHostOrder = orderTable.selectWhere("WHERE " + whereHostOrder)

	insertHistory = historyTable.insert()
)

const selectChain = "SELECT chain FROM history WHERE order_id = $1 AND version = $2"

// Create implements [order.Ledger].
func (l *Ledger) Create(ctx context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := legal(o, e); err != nil {
		return o, err
	}
	o.Reason, e.Why = cleanText(o.Reason), cleanText(e.Why)
	facts, err := factsOf(o)
	if err != nil {
		return o, err
	}
	r, err := newOrderRow(o, chainHash("", o.ID, e, facts))
	if err != nil {
		return o, err
	}
	err = l.db.write(ctx, o.State.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		if err := mustNotBeHeld(ctx, tx, o, func(s order.State) bool { return s == order.Unknown }); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, insertOrder, orderTable.values(&r)...)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, duplicate(ctx, tx, o.RequestKey)
		}
		err = addHistory(ctx, tx, HistoryRow{Order: o.ID, Entry: e, Facts: facts, Chain: r.chain})
		crash.Point("ledger", string(o.State), "before_commit")
		return jobs(o.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, o.ID, e.Version, r.chain) {
		err = l.db.wrap(err)
		if order.CodeOf(err) == order.CodeDuplicate {
			return *orderOf(err), err
		}
		return o, err
	}
	crash.Point("ledger", string(o.State), "after_commit")
	return o, nil
}

// Change implements [order.Ledger].
func (l *Ledger) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := legal(next, e); err != nil {
		return next, err
	}
	next.Reason, e.Why = cleanText(next.Reason), cleanText(e.Why)
	facts, err := factsOf(next)
	if err != nil {
		return next, err
	}
	stored, err := newOrderRow(next, "")
	if err != nil {
		return next, err
	}
	err = l.db.write(ctx, next.State.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		now, err := selectOne(ctx, tx, selectOrder+l.db.forUpdate(), string(next.ID))
		switch {
		case err != nil:
			return nil, err
		case now.Version != next.Version || now.State != e.From || now.State == order.Placing && now.Owner != next.Owner:
			return nil, conflict(now.State)
		}
		if err := mayBecome(ctx, l.db, tx, next); err != nil {
			return nil, err
		}
		stored.Version = next.Version + 1
		stored.keepShown(now.Order, next.Card.Ref)
		stored.chain = chainHash(now.chain, next.ID, e, facts)
		if err := updateRow(ctx, tx, stored); err != nil {
			if l.db.violates(err, "orders_holder") {
				return nil, &order.Error{Code: order.CodeServerHeld, Err: err}
			}
			return nil, err
		}
		if next.State.Final() {
			if _, err := tx.exec(ctx, deleteBaseline, string(next.ID)); err != nil {
				return nil, err
			}
		}
		err = addHistory(ctx, tx, HistoryRow{Order: next.ID, Entry: e, Facts: facts, Chain: stored.chain})
		crash.Point("ledger", string(next.State), "before_commit")
		return jobs(next.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, next.ID, e.Version, stored.chain) {
		return next, l.db.wrap(err)
	}
	crash.Point("ledger", string(next.State), "after_commit")
	return stored.Order, nil
}

// legal fails if the step that leads to o is not in the state table.
func legal(o order.Order, e order.Entry) error {
	if !e.From.CanBecome(e.To) || e.To != o.State {
		return &order.Error{Code: order.CodeIllegal, Detail: fmt.Sprintf("%q cannot become %q", e.From, e.To)}
	}
	return nil
}

func conflict(now order.State) error {
	return &order.Error{Code: order.CodeConflict, Detail: fmt.Sprintf("it is %s by now", now)}
}

// keepShown keeps what was shown of an order, because a change does not include
// that. Only the first reference to its card may come with a change.
func (r *orderRow) keepShown(now order.Order, card string) {
	r.Card, r.ThreadMessage, r.Question, r.AskedAt = now.Card, now.ThreadMessage, now.Question, now.AskedAt
	r.WaitingRef, r.ToldVersion, r.SupersededRef = now.WaitingRef, now.ToldVersion, now.SupersededRef
	r.ExtendedBy, r.CardExtendedBy = now.ExtendedBy, now.CardExtendedBy
	if r.Card.Ref == "" {
		r.Card.Ref = card
	}
}

// mayBecome fails if another order prevents next.
func mayBecome(ctx context.Context, db writer, tx tx, next order.Order) error {
	if next.State == order.Approved {
		if err := mustNotBeHeld(ctx, tx, next, order.State.Holds); err != nil {
			return err
		}
	}
	return mustBeUnclaimed(ctx, db, tx, next)
}

// mustNotBeHeld fails with CodeServerHeld if another order for the same server
// is in a state that stops this one.
func mustNotBeHeld(ctx context.Context, tx tx, o order.Order, stops func(order.State) bool) error {
	holder, err := selectOne(ctx, tx, selectHolder, o.Server.ID, string(o.ID))
	switch {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	if stops(holder.State) {
		return &order.Error{Code: order.CodeServerHeld, Order: &holder.Order}
	}
	return nil
}

// mustBeUnclaimed fails with CodeClaimed if an order is settled with an order of
// the host that is in the receipt of another one: one purchase cannot be the
// outcome of two requests.
func mustBeUnclaimed(ctx context.Context, db writer, tx tx, o order.Order) error {
	hostID := o.SettledAs()
	if hostID == "" {
		return nil
	}
	if err := db.lockName(ctx, tx, "the host's order "+hostID); err != nil {
		return err
	}
	other, err := selectOne(ctx, tx, selectHolderOfHostOrder, hostID)
	switch {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return &order.Error{Code: order.CodeClaimed, Order: &other.Order, Detail: "the host's order belongs to another one"}
}

// duplicate returns an error with the first order of a request.
func duplicate(ctx context.Context, tx tx, key string) error {
	first, err := selectOne(ctx, tx, selectByKey, key)
	if err != nil {
		return err
	}
	return &order.Error{Code: order.CodeDuplicate, Order: &first.Order}
}

func updateRow(ctx context.Context, tx tx, r orderRow) error {
	_, err := tx.exec(ctx, updateOrder, orderTable.updateValues(string(r.ID), &r)...)
	return err
}

func addHistory(ctx context.Context, tx tx, r HistoryRow) error {
	_, err := tx.exec(ctx, insertHistory, historyTable.values(&r)...)
	return err
}

func jobs(id order.ID, due []order.Due) []job {
	list := make([]job, len(due))
	for i, d := range due {
		list[i] = job{id: id, due: d}
	}
	return list
}

// committed reports whether the row of history that a write was to add was
// committed although the write returned err. No other row has the same hash. If
// that cannot be determined it returns false.
//
// It is not enough that the row can be read: a server that waits for its
// standbys also shows what only it has committed, and a standby that replaces it
// does not have that. A later commit that was confirmed proves that all earlier
// ones are safe.
func (l *Ledger) committed(ctx context.Context, err error, id order.ID, version int, chain string) bool {
	if _, lost := errors.AsType[*commitLostError](err); !lost {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, l.config.commitCheckTime)
	defer cancel()
	for {
		var found string
		switch err := l.scanFirst(ctx, selectChain, []any{string(id), int64(version)}, &found); {
		case err == nil && found != chain:
			return false
		case err == nil && l.Ping(ctx) == nil:
			return true
		case order.CodeOf(err) == order.CodeNotFound:
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pgLongestPause):
		}
	}
}
