package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	"extendbot/order"
)

// query is one query of a ledger, and its times.
type query struct {
	name         string
	run          func(ctx context.Context, l *ledger.Ledger, i int) (orders int, err error)
	small, large samples
	length       [2]int // of the last answers
}

// allQueries returns the queries that people wait for. The number selects the
// server or the person.
func allQueries() []query {
	plan := ledgerfill.Years(1_000_000, time.Now())
	person := func(i int) order.Person {
		return order.Person{Team: plan.Team, User: userID(i)}
	}
	count := func(list []order.Order, err error) (int, error) { return len(list), err }
	return []query{
		{name: "newest 20 orders of a server", run: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			return count(l.OfServer(ctx, serverID(i%plan.Servers), answerLength))
		}},
		{name: "newest 20 orders of a person", run: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			return count(l.Recent(ctx, person(i), answerLength))
		}},
		{name: "newest 20 orders of all", run: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return count(l.List(ctx, time.Time{}, answerLength))
		}},
		{name: "other orders of a server, for a card", run: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			o := order.Order{ID: "other", Server: order.Server{ID: serverID(i % plan.Servers)}}
			_, err := l.ServerActivity(ctx, o, time.Now().Add(-order.RecentWindow))
			return 0, err
		}},
		{name: "unfinished orders, 20", run: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return count(l.Unfinished(ctx))
		}},
		{name: "orders without a living process", run: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			found, err := l.Orphans(ctx)
			return len(found), err
		}},
		{name: "count of unknown outcomes", run: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return l.CountUnknown(ctx)
		}},
	}
}

// measureQueries runs the same queries on both ledgers, alternating, and records
// the same requests and decisions in both.
func measureQueries(ctx context.Context, p plan, small, large string) (all []query, err error) {
	var open [2]*ledger.Ledger
	defer func() {
		for _, l := range open {
			if l != nil {
				err = errors.Join(err, l.Close())
			}
		}
	}()
	for i, url := range []string{small, large} {
		if open[i], err = ledger.Open(ctx, ledger.Config{URL: url, Serve: true, Keys: ledgerfill.Keys()}); err != nil {
			return nil, err
		}
		// Both have the same number of open orders.
		for n := range answerLength {
			if err := recordOrder(ctx, open[i], n, false, &ledgerResults{}); err != nil {
				return nil, err
			}
		}
	}
	all = allQueries()
	if err := queryBoth(ctx, p.queries, all, open); err != nil {
		return nil, err
	}
	var writes [2]ledgerResults
	for i := range p.queries {
		for side := range open {
			if err := recordOrder(ctx, open[side], answerLength+i, true, &writes[side]); err != nil {
				return nil, err
			}
		}
	}
	return append(all,
		query{name: "a request, recorded", small: writes[0].create, large: writes[1].create},
		query{name: "a decision, recorded and synced", small: writes[0].decide, large: writes[1].decide}), nil
}

// queryBoth runs the queries n times on the small and the large ledger,
// alternating.
func queryBoth(ctx context.Context, n int, all []query, open [2]*ledger.Ledger) error {
	for i := range n + 1 { // the first one warms up
		for turn := range open {
			side := (i + turn) % 2
			for k := range all {
				into, number := &all[k].small, 0 // the small ledger has one server and one person
				if side == 1 {
					into, number = &all[k].large, i
				}
				began := time.Now()
				length, err := all[k].run(ctx, open[side], number)
				if err != nil {
					return fmt.Errorf("%s: %w", all[k].name, err)
				}
				all[k].length[side] = length
				if i > 0 {
					*into = append(*into, time.Since(began))
				}
			}
		}
	}
	return nil
}
