package ledgerfill

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"extendbot/ledger"
)

// batchSize is how many orders are written at once.
const batchSize = 2000

// batch is the rows of some orders.
type batch struct{ orders, history [][]any }

// target is a database to which many rows are written at once.
type target interface {
	write(ctx context.Context, rows batch) error
	jobs(ctx context.Context, p Plan) error
	// finish does what the database would have done over the years.
	finish(ctx context.Context) error
	close(ctx context.Context) error
}

// Fill creates a ledger at a URL for [ledger.Config] and fills it. An existing
// ledger must not have orders.
func Fill(ctx context.Context, url string, p Plan) (err error) {
	l, err := ledger.Open(ctx, ledger.Config{URL: url, Serve: true, Keys: Keys()})
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	to, err := open(ctx, url)
	if err != nil {
		return fmt.Errorf("fill the ledger: %w", err)
	}
	defer func() { err = errors.Join(err, to.close(context.WithoutCancel(ctx))) }()
	if err := writeOrders(ctx, p, to); err != nil {
		return fmt.Errorf("fill the ledger: %w", err)
	}
	if err := to.jobs(ctx, p); err != nil {
		return fmt.Errorf("fill the queue: %w", err)
	}
	return to.finish(ctx)
}

func open(ctx context.Context, url string) (target, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openSQLite(path)
	}
	return openPostgres(ctx, url)
}

// writeOrders creates orders in another goroutine and writes them in this one.
func writeOrders(ctx context.Context, p Plan, to target) error {
	ctx, cancel := context.WithCancelCause(ctx)
	chunks := make(chan batch, 2)
	go func() { // ends at the latest with ctx; the loop below waits for it
		defer close(chunks)
		for from := 0; from < p.Orders; from += batchSize {
			rows, err := p.encode(from, min(from+batchSize, p.Orders))
			if err != nil {
				cancel(err)
				return
			}
			select {
			case chunks <- rows:
			case <-ctx.Done():
				return
			}
		}
	}()
	var err error
	for rows := range chunks {
		if err == nil {
			if err = to.write(ctx, rows); err != nil {
				cancel(err)
			}
		}
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	cancel(nil)
	return err
}

// encode returns the rows of the orders with numbers in [from, to).
func (p Plan) encode(from, to int) (rows batch, err error) {
	for i := from; i < to; i++ {
		one, err := ledger.Encode(Keys(), p.transitionsOf(i))
		if err != nil {
			return batch{}, err
		}
		rows.orders = append(rows.orders, one.Order)
		rows.history = append(rows.history, one.History...)
	}
	return rows, nil
}
