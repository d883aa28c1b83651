package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"extendbot/order"
)

const (
	insertNote = "INSERT INTO notes (order_id, noted_at, complete, ids) VALUES ($1, $2, $3, $4)" +
		" ON CONFLICT (order_id) DO NOTHING"
	selectNote      = "SELECT noted_at, complete, ids FROM notes WHERE order_id = $1"
	deleteNote      = "DELETE FROM notes WHERE order_id = $1"
	selectHostOrder = "SELECT id FROM orders WHERE " + whereHostOrder
	whereHostOrder  = "host_order = $1 AND host_order <> '' ORDER BY created_at LIMIT 1"
	// The index orders_server_ended gives the few orders that the rest is asked of.
	countRivals = "SELECT COUNT(*) FROM orders WHERE server_id = $1 AND account = $2 AND hours = $3 AND id <> $4" +
		" AND " + whereEnded + " AND changed_at >= $5 AND (state = 'not_placed' OR host_order = '')"
)

var _ order.Baselines = (*Ledger)(nil)

// AddNote implements [order.Notes]. It need not survive a power cut: the worst
// is that a person has to settle what could have been looked up.
func (l *Ledger) AddBaseline(ctx context.Context, id order.ID, n order.Baseline) error {
	ids, err := json.Marshal(n.IDs)
	if err != nil {
		return fmt.Errorf("encode the note of order %s: %w", id, err)
	}
	complete := int64(0)
	if n.Complete {
		complete = 1
	}
	err = l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		now, err := before(ctx, tx, selectBefore+l.db.forUpdate(), id)
		switch {
		case err != nil:
			return nil, err
		case now.State != order.Pending:
			return nil, &order.Error{Code: order.CodeConflict, Detail: fmt.Sprintf("it is %s since", now.State)}
		}
		n, err := tx.exec(ctx, insertNote, string(id), micros(n.At), complete, string(ids))
		if err == nil && n == 0 {
			return nil, &order.Error{Code: order.CodeConflict, Detail: "it has a note"}
		}
		return nil, err
	})
	return l.db.wrap(err)
}

// Note implements [order.Notes].
func (l *Ledger) Baseline(ctx context.Context, id order.ID) (order.Baseline, error) {
	var (
		n        order.Baseline
		complete int64
		ids      string
	)
	err := l.scanFirst(ctx, selectNote, []any{string(id)}, (*storedTime)(&n.At), &complete, &ids)
	if err != nil {
		return order.Baseline{}, err
	}
	if err := json.Unmarshal([]byte(ids), &n.IDs); err != nil {
		return order.Baseline{}, fmt.Errorf("decode the note of order %s: %w", id, err)
	}
	n.Complete = complete == 1
	return n, nil
}

// HostOrderOf implements [order.Notes].
func (l *Ledger) HostOrderOf(ctx context.Context, hostID string) (order.ID, error) {
	var id order.ID
	err := l.scanFirst(ctx, selectHostOrder, []any{hostID}, &id)
	return id, err
}

// Rivals implements [order.Notes].
func (l *Ledger) Rivals(ctx context.Context, o order.Order, since time.Time) (int, error) {
	var n int
	err := l.scanFirst(ctx, countRivals, []any{o.Server.ID, o.Account, int64(o.Hours), string(o.ID), micros(since)}, &n)
	return n, err
}

// first reads the first row of a query into dest; CodeNotFound if there is
// none.
func (l *Ledger) scanFirst(ctx context.Context, query string, args []any, dest ...any) (err error) {
	found, err := l.db.read().query(ctx, query, args...)
	if err != nil {
		return l.db.wrap(err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if found.Next() {
		return l.db.wrap(found.Scan(dest...))
	}
	if err := found.Err(); err != nil {
		return l.db.wrap(err)
	}
	return &order.Error{Code: order.CodeNotFound}
}
