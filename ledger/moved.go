package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/order"
)

// ErrMoved says that everything was moved to another database. Who serves from
// both would place an order in each that was approved and not sent.
var ErrMoved = errors.New("the orders of this database were moved to another one")

const (
	selectMoved = "SELECT at FROM moved ORDER BY at DESC LIMIT 1"
	markMoved   = "INSERT INTO moved (at, mark) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM moved)"
)

// mustNotBeMoved fails with ErrMoved if the ledger is another one's past.
func (l *Ledger) mustNotBeMoved(ctx context.Context) error {
	var at time.Time
	switch err := l.scanFirst(ctx, selectMoved, nil, (*storedTime)(&at)); {
	case order.CodeOf(err) == order.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w at %s: set DATABASE_URL to that one; to serve from this one again, give that one up and empty the table moved",
		ErrMoved, at.Format(time.RFC3339))
}

// retire marks the ledger as moved.
func (l *Ledger) retire(ctx context.Context, m MoveResult) error {
	err := l.db.write(ctx, true, func(ctx context.Context, tx tx) ([]job, error) {
		_, err := tx.exec(ctx, markMoved, micros(m.Until), m.Digest)
		return nil, err
	})
	if err != nil {
		return fmt.Errorf("everything was moved, but the source could not be marked as moved: move it again, and serve from it no more: %w", l.db.wrap(err))
	}
	return nil
}
