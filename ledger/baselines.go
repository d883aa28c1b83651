package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"extendbot/order"
)

var (
	insertBaseline = baselineTable.insert() + " ON CONFLICT (order_id) DO NOTHING"
	selectBaseline = baselineTable.selectWhere("WHERE order_id = $1")
)

const (
	deleteBaseline  = "DELETE FROM notes WHERE order_id = $1"
	selectHostOrder = "SELECT id FROM orders WHERE " + whereHostOrder
	whereHostOrder  = "host_order = $1 AND host_order <> '' ORDER BY created_at LIMIT 1"
	// The index orders_server_ended narrows the search to a few orders.
	countRivals = "SELECT COUNT(*) FROM orders WHERE server_id = $1 AND account = $2 AND hours = $3 AND id <> $4" +
		" AND " + whereEnded + " AND changed_at >= $5 AND (state = 'not_placed' OR host_order = '')"
)

var _ order.Baselines = (*Ledger)(nil)

// AddBaseline implements [order.Baselines]. The write need not survive a power
// failure: at worst, a person has to settle an order that could have been looked
// up.
func (l *Ledger) AddBaseline(ctx context.Context, id order.ID, b order.Baseline) error {
	if l.unwritable != nil {
		return l.unwritable
	}
	err := l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		now, err := selectOne(ctx, tx, selectOrder+l.db.forUpdate(), string(id))
		switch {
		case err != nil:
			return nil, err
		case now.State != order.Pending:
			return nil, conflict(now.State)
		}
		added, err := l.insertBaseline(ctx, tx, id, b)
		if err == nil && !added {
			return nil, &order.Error{Code: order.CodeConflict, Detail: "it has a baseline"}
		}
		return nil, err
	})
	return l.db.wrap(err)
}

// insertBaseline adds the baseline of an order, and reports whether there was none.
func (l *Ledger) insertBaseline(ctx context.Context, tx tx, id order.ID, b order.Baseline) (added bool, err error) {
	ids, err := json.Marshal(b.IDs)
	if err != nil {
		return false, fmt.Errorf("encode the baseline of order %s: %w", id, err)
	}
	r := baselineRow{order: id, at: b.At, ids: string(ids)}
	if b.Complete {
		r.complete = 1
	}
	r.keyID, r.mac = l.config.Keys.Sign(baselineFormat, r.authenticated()...)
	n, err := tx.exec(ctx, insertBaseline, baselineTable.values(&r)...)
	return n > 0, err
}

var errHasBaseline = errors.New("an order that is new has a baseline")

// mustAddBaseline adds the baseline of an order that the transaction has just added. It
// fails without a code, so that nothing of the order is recorded.
func (l *Ledger) mustAddBaseline(ctx context.Context, tx tx, id order.ID, b order.Baseline) error {
	added, err := l.insertBaseline(ctx, tx, id, b)
	if err == nil && !added {
		return errHasBaseline
	}
	return err
}

const baselineFormat = "extendbot/1 baseline"

// authenticated returns what the MAC of a baseline authenticates.
func (r *baselineRow) authenticated() []string {
	return []string{string(r.order), strconv.FormatInt(micros(r.at), 10), strconv.Itoa(r.complete), r.ids}
}

// Baseline implements [order.Baselines].
func (l *Ledger) Baseline(ctx context.Context, id order.ID) (order.Baseline, error) {
	var r baselineRow
	err := l.withFirst(ctx, selectBaseline, []any{string(id)}, func(found scanner) error { return baselineTable.scan(found, &r) })
	if err != nil {
		return order.Baseline{}, err
	}
	if err := l.verifyCode("the record of which orders 0xhost listed before", r.keyID, r.mac, baselineFormat, r.authenticated()...); err != nil {
		return order.Baseline{}, err
	}
	b := order.Baseline{At: r.at, Complete: r.complete == 1}
	if err := json.Unmarshal([]byte(r.ids), &b.IDs); err != nil {
		return order.Baseline{}, fmt.Errorf("decode the baseline of order %s: %w", id, err)
	}
	return b, nil
}

// HostOrderOf implements [order.Baselines].
func (l *Ledger) HostOrderOf(ctx context.Context, hostID string) (order.ID, error) {
	var id order.ID
	err := l.scanFirst(ctx, selectHostOrder, []any{hostID}, &id)
	return id, err
}

// Rivals implements [order.Baselines].
func (l *Ledger) Rivals(ctx context.Context, o order.Order, since time.Time) (int, error) {
	var n int
	err := l.scanFirst(ctx, countRivals, []any{o.Server.ID, o.Account, int64(o.Hours), string(o.ID), micros(since)}, &n)
	return n, err
}
