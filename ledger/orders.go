package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

var (
	insertOrder = "INSERT INTO orders (" + columnList + ") VALUES (" + placeholders(1, len(columns)) +
		") ON CONFLICT (request_key) DO NOTHING"
	updateOrder = "UPDATE orders SET " + assignments(columns[fixedColumns:], 2) + " WHERE id = $1"
	selectOrder = "SELECT " + columnList + " FROM orders WHERE id = $1"
	selectByKey = "SELECT " + columnList + " FROM orders WHERE request_key = $1"
	// The states are those of order.State.Holds and of the index orders_holder, which then serves it.
	selectHolder = "SELECT " + columnList + " FROM orders WHERE server_id = $1 AND id <> $2" +
		" AND state IN ('approved', 'placing', 'unknown')"
	selectHolderOfHostOrder = "SELECT " + columnList + " FROM orders WHERE " + whereHostOrder
)

const (
	insertHistory = "INSERT INTO history (order_id, version, at, who, from_state, to_state, why, facts, chain)" +
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
	selectChain = "SELECT chain FROM history WHERE order_id = $1 AND version = $2"
	claimOrder  = "UPDATE orders SET tender = $2, tend_until = $3 WHERE id = $1 AND (tender = $2 OR tend_until < $4)"
	noteCard    = "UPDATE orders SET card_ref = $2, card_version = $3 WHERE id = $1 AND card_version <= $3"
	noteWord    = "UPDATE orders SET word_ref = $2, word_version = $3 WHERE id = $1 AND word_version <= $3"
	noteAsk     = "UPDATE orders SET ask_ref = $2, ask_version = $3 WHERE id = $1 AND ask_version <= $3"
	noteAsked   = "UPDATE orders SET asked_at = $2 WHERE id = $1 AND asked_at < $2"
	// What a change needs to know of the order as it stands.
	selectBefore = "SELECT version, state, card_ref, card_version, word_ref, word_version," +
		" ask_ref, ask_version, asked_at, chain FROM orders WHERE id = $1"
)

// placeholders gives "$from, …" for n values.
func placeholders(from, n int) string {
	marks := make([]string, n)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(marks, ", ")
}

// assignments gives "a = $from, b = $from+1, …".
func assignments(names []string, from int) string {
	sets := make([]string, len(names))
	for i, name := range names {
		sets[i] = name + " = $" + strconv.Itoa(from+i)
	}
	return strings.Join(sets, ", ")
}

// Create implements [order.Ledger].
func (l *Ledger) Create(ctx context.Context, o order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if !e.From.CanBecome(e.To) || e.To != o.State {
		return o, &order.Error{Code: order.CodeIllegal, Detail: fmt.Sprintf("%q cannot become %q", e.From, e.To)}
	}
	o.Reason, e.Why = cleanText(o.Reason), cleanText(e.Why)
	known, err := factsOf(o)
	if err != nil {
		return o, err
	}
	r := row{Order: o, chain: chainHash("", o.ID, e, known)}
	values, err := r.values()
	if err != nil {
		return o, err
	}
	err = l.db.write(ctx, o.State.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		if err := l.mustNotBeHeld(ctx, tx, o, func(s order.State) bool { return s == order.Unknown }); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, insertOrder, values...)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, l.duplicate(ctx, tx, o.RequestKey)
		}
		err = addHistory(ctx, tx, o.ID, e, known, r.chain)
		crash.Point("ledger", string(o.State), "before_commit")
		return jobs(o.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, o.ID, e.Version, r.chain) {
		if e := l.db.wrap(err); order.CodeOf(e) == order.CodeDuplicate {
			return *orderOf(e), e
		}
		return o, l.db.wrap(err)
	}
	crash.Point("ledger", string(o.State), "after_commit")
	return o, nil
}

// Change implements [order.Ledger].
func (l *Ledger) Change(ctx context.Context, next order.Order, e order.Entry, due ...order.Due) (order.Order, error) {
	if !e.From.CanBecome(e.To) || e.To != next.State {
		return next, &order.Error{Code: order.CodeIllegal, Detail: fmt.Sprintf("%s cannot become %s", e.From, e.To)}
	}
	next.Reason, e.Why = cleanText(next.Reason), cleanText(e.Why)
	known, err := factsOf(next)
	if err != nil {
		return next, err
	}
	stored := row{Order: next}
	err = l.db.write(ctx, next.State.Durable(), func(ctx context.Context, tx tx) ([]job, error) {
		now, err := before(ctx, tx, selectBefore+l.db.forUpdate(), next.ID)
		switch {
		case err != nil:
			return nil, err
		case now.Version != next.Version || now.State != e.From:
			return nil, &order.Error{Code: order.CodeConflict, Detail: fmt.Sprintf("it is %s since", now.State)}
		}
		if next.State == order.Approved {
			if err := l.mustNotBeHeld(ctx, tx, next, order.State.Holds); err != nil {
				return nil, err
			}
		}
		if err := l.mustBeUnclaimed(ctx, tx, next); err != nil {
			return nil, err
		}
		stored.Version = next.Version + 1
		stored.Card, stored.ThreadMessage = now.Card, now.ThreadMessage
		stored.Question, stored.AskedAt = now.Question, now.AskedAt
		if stored.Card.Ref == "" {
			stored.Card.Ref = next.Card.Ref
		}
		stored.chain = chainHash(now.chain, next.ID, e, known)
		if err := update(ctx, tx, stored); err != nil {
			if l.db.violates(err, "orders_holder") {
				return nil, &order.Error{Code: order.CodeServerHeld, Err: err}
			}
			return nil, err
		}
		if next.State.Final() {
			if _, err := tx.exec(ctx, deleteNote, string(next.ID)); err != nil {
				return nil, err
			}
		}
		err = addHistory(ctx, tx, next.ID, e, known, stored.chain)
		crash.Point("ledger", string(next.State), "before_commit")
		return jobs(next.ID, due), err
	})
	if err != nil && !l.committed(ctx, err, next.ID, e.Version, stored.chain) {
		return next, l.db.wrap(err)
	}
	crash.Point("ledger", string(next.State), "after_commit")
	return stored.Order, nil
}

// commitLookUp is how long a database that broke off while it committed is
// asked whether it did: as long as a restart of it may take.
const commitLookUp = 15 * time.Second

// committed says whether the row of history that a write was to add is there to
// stay, although the write ended with err: the chain is that of no other row. While
// nobody can tell it says no.
//
// That it can be seen is not enough: a server that was to wait for its standbys
// shows what it has committed alone, and a standby that takes its place does not
// have it. A later commit that was answered proves all those before it.
func (l *Ledger) committed(ctx context.Context, err error, id order.ID, version int, chain string) bool {
	if _, lost := errors.AsType[*commitLostError](err); !lost {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, commitLookUp)
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
		case <-time.After(pgLongestWait):
		}
	}
}

// mustBeFree fails if another order of the same server is in a state that stops
// this one.
func (l *Ledger) mustNotBeHeld(ctx context.Context, tx tx, o order.Order, stops func(order.State) bool) error {
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

// mustBeUnclaimed fails if an order is settled as an order of the host that
// another one came to already: one purchase cannot be the outcome of two requests.
func (l *Ledger) mustBeUnclaimed(ctx context.Context, tx tx, o order.Order) error {
	hostID := o.SettledAs()
	if hostID == "" {
		return nil
	}
	if err := l.db.alone(ctx, tx, "the host's order "+hostID); err != nil {
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

func (l *Ledger) duplicate(ctx context.Context, tx tx, key string) error {
	first, err := selectOne(ctx, tx, selectByKey, key)
	if err != nil {
		return err
	}
	return &order.Error{Code: order.CodeDuplicate, Order: &first.Order}
}

// Order implements [order.Ledger].
func (l *Ledger) Order(ctx context.Context, id order.ID) (order.Order, error) {
	r, err := selectOne(ctx, l.db.read(), selectOrder, string(id))
	if err != nil {
		return order.Order{}, l.db.wrap(err)
	}
	return r.Order, nil
}

// Claim makes self the one process that brings the order's card and thread up
// to date until then. It says false if another process is at it; the order
// comes back as it stands in either case.
func (l *Ledger) Claim(ctx context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error) {
	var (
		claimed bool
		now     row
	)
	err := l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		n, err := tx.exec(ctx, claimOrder, string(id), self, micros(until), micros(l.now()))
		if err != nil {
			return nil, err
		}
		claimed = n == 1
		now, err = selectOne(ctx, tx, selectOrder, string(id))
		crash.Point("ledger", "claim", "before_commit")
		return nil, err
	})
	if err != nil {
		return order.Order{}, false, l.db.wrap(err)
	}
	crash.Point("ledger", "claim", "after_commit")
	return now.Order, claimed, nil
}

// Shown notes what an adapter has shown. A note that is older than what was
// noted before changes nothing. It need not survive a power cut: the worst is
// that the same is shown again.
func (l *Ledger) RecordShown(ctx context.Context, s order.Shown) error {
	w := func(ctx context.Context, tx tx) ([]job, error) {
		err := errors.Join(
			note(ctx, tx, noteCard, s.ID, s.Card),
			note(ctx, tx, noteWord, s.ID, s.ThreadMessage),
			note(ctx, tx, noteAsk, s.ID, s.Question),
			noteTime(ctx, tx, s.ID, s.AskedAt))
		crash.Point("ledger", "shown", "before_commit")
		return nil, err
	}
	err := l.db.write(ctx, false, w)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		err = l.db.write(ctx, false, w) // noted twice is noted once
	}
	crash.Point("ledger", "shown", "after_commit")
	return l.db.wrap(err)
}

func note(ctx context.Context, tx tx, query string, id order.ID, p order.ShownMessage) error {
	if p == (order.ShownMessage{}) {
		return nil
	}
	_, err := tx.exec(ctx, query, string(id), p.Ref, int64(p.Version))
	return err
}

// noteTime notes when people were asked, if they were.
func noteTime(ctx context.Context, tx tx, id order.ID, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	_, err := tx.exec(ctx, noteAsked, string(id), micros(at))
	return err
}

// before reads what a change needs to know of the order as it stands.
func before(ctx context.Context, tx tx, query string, id order.ID) (r row, err error) {
	found, err := tx.query(ctx, query, string(id))
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if !found.Next() {
		if err := found.Err(); err != nil {
			return row{}, err
		}
		return row{}, &order.Error{Code: order.CodeNotFound}
	}
	err = found.Scan(&r.Version, &r.State, &r.Card.Ref, &r.Card.Version, &r.ThreadMessage.Ref, &r.ThreadMessage.Version,
		&r.Question.Ref, &r.Question.Version, (*storedTime)(&r.AskedAt), &r.chain)
	return r, err
}

func update(ctx context.Context, tx tx, r row) error {
	values, err := r.values()
	if err != nil {
		return err
	}
	args := append([]any{string(r.ID)}, values[fixedColumns:]...)
	_, err = tx.exec(ctx, updateOrder, args...)
	return err
}

func addHistory(ctx context.Context, tx tx, id order.ID, e order.Entry, facts, chain string) error {
	_, err := tx.exec(ctx, insertHistory, historyValues(id, e, facts, chain)...)
	return err
}

// historyValues gives the columns of a row of history, in their order.
func historyValues(id order.ID, e order.Entry, facts, chain string) []any {
	return []any{
		string(id), int64(e.Version), micros(e.At),
		e.Who, string(e.From), string(e.To), e.Why, facts, chain,
	}
}

func jobs(id order.ID, due []order.Due) []job {
	list := make([]job, len(due))
	for i, d := range due {
		list[i] = job{id: id, due: d}
	}
	return list
}
