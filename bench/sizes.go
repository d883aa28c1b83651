package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/ledgerfill"
)

// sizeResults compare a large and a small ledger on one database. The small
// ledger has as many orders as one answer of the large one.
type sizeResults struct {
	database     string
	orders       int
	filled       time.Duration // how long filling the large one took
	bytes        int64         // 0 if unknown
	small, large programResults
	queries      []query
}

// answerLength is how many orders a query for the newest ones returns, and how
// many a small ledger contains.
const answerLength = 20

// measureSizes runs the same rounds with a large and a small ledger,
// alternating, and then the same queries.
func measureSizes(ctx context.Context, p plan, dir string, x program, all []database, r *results) error {
	if p.pastOrders == 0 {
		return nil
	}
	for _, b := range all {
		got, err := measureSize(ctx, p, dir, x, b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		r.sizes = append(r.sizes, *got)
	}
	return nil
}

func measureSize(ctx context.Context, p plan, dir string, x program, b database) (*sizeResults, error) {
	got := &sizeResults{database: b.name, orders: p.pastOrders}
	small, err := createFilled(ctx, b, answerLength)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	large, err := createFilled(ctx, b, p.pastOrders)
	if err != nil {
		return nil, err
	}
	got.filled, got.bytes = time.Since(began), fileSize(large)
	if err := runSizes(ctx, p, dir, x, small, large, got); err != nil {
		return nil, err
	}
	got.queries, err = measureQueries(ctx, p, small, large)
	return got, err
}

// createFilled creates a database with past orders of a simulation's people and
// servers.
func createFilled(ctx context.Context, b database, orders int) (string, error) {
	url, err := b.create(ctx)
	if err != nil {
		return "", err
	}
	past := ledgerfill.Years(orders, time.Now())
	past.Server, past.User, past.Account, past.Channel = serverID, userID, accountID, channelID
	return url, ledgerfill.Fill(ctx, url, past)
}

// runSizes runs the rounds with both ledgers.
func runSizes(ctx context.Context, p plan, dir string, x program, small, large string, got *sizeResults) (err error) {
	p.burst /= 2
	var subjects []*subject
	defer func() {
		for _, one := range subjects {
			err = errors.Join(err, one.run.kill(), one.Close())
		}
	}()
	for _, side := range []struct {
		url  string
		into *programResults
	}{{small, &got.small}, {large, &got.large}} {
		own, err := folder(dir, "size")
		if err != nil {
			return err
		}
		started, err := newSubject(ctx, x, own, side.url, side.into)
		if err != nil {
			return err
		}
		subjects = append(subjects, started)
	}
	for round := range p.pastRounds + 1 { // the first one is a warm-up
		for i := range subjects {
			if err := subjects[(round+i)%len(subjects)].round(ctx, p, round > 0); err != nil {
				return err
			}
		}
	}
	for _, one := range subjects {
		if err := one.finish(); err != nil {
			return err
		}
	}
	return nil
}
