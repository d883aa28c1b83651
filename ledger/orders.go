package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

var (
	insertOrder             = orderTable.insert() + " ON CONFLICT (request_key) DO NOTHING"
	updateOrder             = orderTable.update()
	selectOrder             = orderTable.selectWhere("WHERE id = $1")
	selectKept              = keptTable.selectWhere("WHERE id = $1")
	selectByKey             = orderTable.selectWhere("WHERE request_key = $1")
	selectHolderOfHostOrder = orderTable.selectWhere("WHERE " + whereHostOrder)

	insertHistory = historyTable.insert()
)

// historyKey is the index of the primary key of history.
const historyKey = "history_pkey"

const selectChain = "SELECT chain FROM history WHERE order_id = $1 AND version = $2"

// Create implements [order.Ledger].
func (l *Ledger) Create(ctx context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if err := l.mayRecord(o, e); err != nil {
		return o, err
	}
	o.Reason, e.Why = cleanText(o.Reason), cleanText(e.Why)
	o.Typed, o.Purpose = cleanText(o.Typed), cleanText(o.Purpose)
	r, h, err := newRows(o, e)
	if err != nil {
		return o, err
	}
	h.authenticate(l.config.Keys, "", factsOf(&r))
	r.Chain = h.Chain
	err = l.db.write(ctx, e.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		if err := l.lockServer(ctx, tx, o); err != nil {
			return nil, err
		}
		others, err := siblingsBeforeCreate(ctx, tx, o)
		if err != nil {
			return nil, err
		}
		if err := others.mayCreate(ctx, tx, o); err != nil {
			return nil, err
		}
		r.ExtendedBy = others.newest.id
		err = l.insertRow(ctx, tx, r, h)
		crash.Point("ledger", string(o.State), "before_commit")
		return jobs(o.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, o.ID, e.Version, &r.Chain) {
		return notCreated(o, l.db.wrap(err))
	}
	crash.Point("ledger", string(o.State), "after_commit")
	return r.Order, nil
}

// CreateApproved implements [order.Ledger].
func (l *Ledger) CreateApproved(ctx context.Context, o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due ...order.Due) (order.Order, error) {
	if !lastApproval(a) {
		return o, illegal(a)
	}
	if err := cmp.Or(l.mayRecord(o, e), l.mayRecord(approved, a)); err != nil {
		return o, err
	}
	r, history, err := l.newApproved(o, e, approved, a)
	if err != nil {
		return o, err
	}
	err = l.db.write(ctx, a.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		if err := l.lockServer(ctx, tx, o); err != nil {
			return nil, err
		}
		if err := l.lockForChange(ctx, tx, r.Order, limits); err != nil {
			return nil, err
		}
		others, err := siblingsBeforeCreate(ctx, tx, o)
		if err != nil {
			return nil, err
		}
		if err := others.mayCreate(ctx, tx, o); err != nil {
			return nil, err
		}
		switch {
		case others.holder.id != "":
			return nil, others.holder.prevents(ctx, tx, order.CodeServerHeld)
		case others.newest.id != approved.ToldExtendedBy && others.newest.id != "":
			return nil, others.newest.prevents(ctx, tx, order.CodeExtended)
		}
		if err := mustBeWithin(ctx, tx, r.Order, limits, a.At); err != nil {
			return nil, err
		}
		r.ExtendedBy, r.ToldExtendedBy, r.ToldUser = others.newest.id, others.newest.id, ""
		if others.newest.id != "" {
			r.ToldUser = a.Who
		}
		if err := l.insertRow(ctx, tx, r, history...); err != nil {
			return nil, err
		}
		if b != nil {
			err = l.mustAddBaseline(ctx, tx, o.ID, *b)
		}
		crash.Point("ledger", string(r.State), "before_commit")
		return jobs(o.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, o.ID, a.Version, &r.Chain) {
		return notCreated(o, l.db.wrap(err))
	}
	crash.Point("ledger", string(r.State), "after_commit")
	return r.Order, nil
}

// newApproved returns the row of an order that is approved at once, and its history.
func (l *Ledger) newApproved(o order.Order, e order.Entry, approved order.Order, a order.Entry) (orderRow, []HistoryRow, error) {
	for _, one := range []*order.Order{&o, &approved} {
		one.Reason, one.Typed, one.Purpose = cleanText(one.Reason), cleanText(one.Typed), cleanText(one.Purpose)
	}
	e.Why, a.Why = cleanText(e.Why), cleanText(a.Why)
	first, h1, err := newRows(o, e)
	if err != nil {
		return orderRow{}, nil, err
	}
	h1.authenticate(l.config.Keys, "", factsOf(&first))
	r, h2, err := newRows(approved, a)
	if err != nil {
		return orderRow{}, nil, err
	}
	h2.authenticate(l.config.Keys, h1.Chain, factsOf(&r))
	r.Version, r.Chain = a.Version, h2.Chain
	return r, []HistoryRow{h1, h2}, nil
}

// insertRow adds a new order with its history. It fails with CodeDuplicate if there is an
// order with its request key, and with CodeServerHeld if the order would hold the server and
// another one does.
func (l *Ledger) insertRow(ctx context.Context, tx tx, r orderRow, history ...HistoryRow) error {
	n, err := tx.exec(ctx, insertOrder, orderTable.values(&r)...)
	switch {
	case err != nil && l.db.violates(err, "orders_holder"):
		return &order.Error{Code: order.CodeServerHeld, Err: err}
	case err != nil:
		return err
	case n == 0:
		return duplicate(ctx, tx, r.RequestKey)
	}
	for _, h := range history {
		if err := addHistory(ctx, tx, h); err != nil {
			return err
		}
	}
	return nil
}

// notCreated returns the result of a request that was not recorded: with the order that is
// there instead, if that is why.
func notCreated(o order.Order, err error) (order.Order, error) {
	if code := order.CodeOf(err); code == order.CodeDuplicate || code == order.CodeAsked {
		return *orderOf(err), err
	}
	return o, err
}

// Change implements [order.Ledger].
func (l *Ledger) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if lastApproval(e) {
		return next, illegal(e)
	}
	return l.change(ctx, next, e, nil, due)
}

// change records a transition, if that keeps the limits.
func (l *Ledger) change(ctx context.Context, next order.Order, e order.Entry, limits []order.Limit, due []order.Due) (order.Order, error) {
	if err := l.mayRecord(next, e); err != nil {
		return next, err
	}
	next.Reason, e.Why = cleanText(next.Reason), cleanText(e.Why)
	stored, h, err := newRows(next, e)
	if err != nil {
		return next, err
	}
	f := factsOf(&stored)
	err = l.db.write(ctx, e.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		if err := l.lockForChange(ctx, tx, next, limits); err != nil {
			return nil, err
		}
		now, err := selectKeptOf(ctx, tx, next.ID, l.db.forUpdate())
		switch {
		case err != nil:
			return nil, err
		case now.Version != next.Version || now.State != e.From || now.State == order.Placing && now.Owner != next.Owner:
			return nil, conflict(now.State)
		}
		extended, err := mayBecome(ctx, l.db, tx, next, now.Order, e.Who)
		if err != nil {
			return nil, err
		}
		if err := mustBeWithin(ctx, tx, next, limits, e.At); err != nil {
			return nil, err
		}
		stored.Version = next.Version + 1
		stored.keepShown(now, next.Card.Ref)
		if extended != "" {
			stored.ToldExtendedBy, stored.ToldUser = extended, e.Who
		}
		h.authenticate(l.config.Keys, now.Chain, f)
		stored.Chain = h.Chain
		if err := l.replaceRow(ctx, tx, stored); err != nil {
			return nil, err
		}
		list, err := consequences(ctx, tx, stored.Order)
		if err != nil {
			return nil, err
		}
		err = addHistory(ctx, tx, h)
		crash.Point("ledger", string(next.State), "before_commit")
		return append(list, jobs(next.ID, due)...), err
	})
	if err != nil && !l.committed(ctx, err, next.ID, e.Version, &stored.Chain) {
		return next, l.failed(ctx, err, next.ID, e.Version)
	}
	crash.Point("ledger", string(next.State), "after_commit")
	return stored.Order, nil
}

// mayRecord fails if the step that leads to o is not in the state table, or if this
// process could not authenticate it.
func (l *Ledger) mayRecord(o order.Order, e order.Entry) error {
	if !e.From.CanBecome(e.To) || e.To != o.State {
		return illegal(e)
	}
	return l.unwritable
}

func illegal(e order.Entry) error {
	return &order.Error{Code: order.CodeIllegal, Detail: fmt.Sprintf("%q cannot become %q", e.From, e.To)}
}

// lockForChange takes the locks of a change, before it reads anything.
func (l *Ledger) lockForChange(ctx context.Context, tx tx, next order.Order, limits []order.Limit) error {
	switch {
	case next.State == order.Placed:
		return l.lockServer(ctx, tx, next)
	case len(limits) > 0:
		return l.db.lockName(ctx, tx, "the limits")
	default:
		return nil
	}
}

// keptTable has the columns of an order that decide whether it can change, and those
// that a change keeps; see keepShown.
var keptTable = orderTable.only(func(c column[orderRow]) bool {
	return c.use == shown || slices.Contains([]string{"version", "state", "owner", "chain"}, c.name)
})

// selectKeptOf returns those columns of an order, or CodeNotFound. Changes wait for each
// other, so it reads no others.
func selectKeptOf(ctx context.Context, tx tx, id order.ID, lock string) (r orderRow, err error) {
	none := error(&order.Error{Code: order.CodeNotFound})
	err = forEachRow(ctx, tx, selectKept+lock, func(found scanner) error {
		none = nil
		return keptTable.scan(found, &r)
	}, string(id))
	return r, cmp.Or(err, none)
}

func conflict(now order.State) error {
	return &order.Error{Code: order.CodeConflict, Detail: fmt.Sprintf("it is %s by now", now)}
}

// keepShown keeps what was shown of an order, because a change does not include
// that. Only the first reference to its card may come with a change.
func (r *orderRow) keepShown(now orderRow, card string) {
	r.Card, r.ThreadMessage, r.Question, r.AskedAt = now.Card, now.ThreadMessage, now.Question, now.AskedAt
	r.WaitingRef, r.ToldVersion, r.SupersededRef = now.WaitingRef, now.ToldVersion, now.SupersededRef
	r.ExtendedBy, r.CardExtendedBy = now.ExtendedBy, now.CardExtendedBy
	r.ToldExtendedBy, r.ToldUser = now.ToldExtendedBy, now.ToldUser
	r.finding, r.Finding = now.finding, readFinding(now.finding).finding()
	r.ApproversTold, r.RemindedAt = now.ApproversTold, now.RemindedAt
	r.DeclineReason, r.DeclineRef, r.CardDeclineReason = now.DeclineReason, now.DeclineRef, now.CardDeclineReason
	if r.Card.Ref == "" {
		r.Card.Ref = card
	}
}

// mayBecome fails if another order prevents next, which replaces now. If next is the
// last approval of an order whose server was extended meanwhile, it returns the order
// that extended it, of which the user who approved knows.
func mayBecome(ctx context.Context, db writer, tx tx, next, now order.Order, who string) (order.ID, error) {
	if next.State != order.Approved {
		return "", mustBeUnclaimed(ctx, db, tx, next)
	}
	others, err := siblingsBeforeApproval(ctx, tx, next)
	switch {
	case err != nil:
		return "", err
	case others.holder.id != "":
		return "", others.holder.prevents(ctx, tx, order.CodeServerHeld)
	case now.State != order.Pending || others.newest.id == "":
		return "", nil
	case others.newest.id != next.ToldExtendedBy && (others.newest.id != now.ToldExtendedBy || who != now.ToldUser):
		return "", others.newest.prevents(ctx, tx, order.CodeExtended)
	default:
		return others.newest.id, nil
	}
}

// consequences records what follows from a change besides the change itself.
func consequences(ctx context.Context, tx tx, o order.Order) (list []job, err error) {
	if o.State.Final() {
		if _, err := tx.exec(ctx, deleteBaseline, string(o.ID)); err != nil {
			return nil, err
		}
	}
	if o.State == order.Placed {
		return tellSiblings(ctx, tx, o, o.ChangedAt)
	}
	return nil, nil
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

// replaceRow fails with CodeServerHeld if another order holds the server.
func (l *Ledger) replaceRow(ctx context.Context, tx tx, r orderRow) error {
	err := updateRow(ctx, tx, r)
	if err != nil && l.db.violates(err, "orders_holder") {
		return &order.Error{Code: order.CodeServerHeld, Err: err}
	}
	return err
}

func updateRow(ctx context.Context, tx tx, r orderRow) error {
	_, err := tx.exec(ctx, updateOrder, orderTable.updateValues(string(r.ID), &r)...)
	return err
}

func addHistory(ctx context.Context, tx tx, r HistoryRow) error {
	_, err := tx.exec(ctx, insertHistory, historyTable.values(&r)...)
	return err
}

// failed returns why a write that was to add a row of history failed. The program adds
// each row together with the version of the order that it is about, so a row that was
// there before was added by somebody else.
func (l *Ledger) failed(ctx context.Context, err error, id order.ID, version int) error {
	var chain string
	if l.db.violates(err, historyKey) && l.scanFirst(ctx, selectChain, []any{string(id), int64(version)}, &chain) == nil {
		return &order.Error{Code: order.CodeTampered, Detail: fmt.Sprintf("its history had a row %d already", version), Err: err}
	}
	return l.db.wrap(err)
}

func jobs(id order.ID, due []order.Due) []job {
	list := make([]job, len(due))
	for i, d := range due {
		list[i] = job{Order: id, Due: d}
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
func (l *Ledger) committed(ctx context.Context, err error, id order.ID, version int, chain *string) bool {
	if _, lost := errors.AsType[*commitLostError](err); !lost {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, l.config.commitCheckTime)
	defer cancel()
	for {
		var found string
		switch err := l.scanFirst(ctx, selectChain, []any{string(id), int64(version)}, &found); {
		case err == nil && found != *chain:
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
