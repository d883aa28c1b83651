package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	domain "extendbot/order"
)

// look is one kind of question to a ledger, and how long the answers took.
type look struct {
	name         string
	ask          func(ctx context.Context, l *ledger.Ledger, i int) (orders int, err error)
	small, large samples
	length       [2]int // of the last answers
}

// looks are the questions that somebody waits for, about the server or the person
// of a number.
func looks() []look {
	plan := ledgerfill.Years(1_000_000, time.Now())
	person := func(i int) domain.Person {
		return domain.Person{Team: plan.Team, User: userID(i % plan.People)}
	}
	count := func(list []domain.Order, err error) (int, error) { return len(list), err }
	return []look{
		{name: "newest 20 orders of a server", ask: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			return count(l.OfServer(ctx, serverID(i%plan.Servers), answerLength))
		}},
		{name: "newest 20 orders of a person", ask: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			return count(l.Recent(ctx, person(i), answerLength))
		}},
		{name: "newest 20 orders of all", ask: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return count(l.List(ctx, time.Time{}, answerLength))
		}},
		{name: "what else there is of a server, for a card", ask: func(ctx context.Context, l *ledger.Ledger, i int) (int, error) {
			o := domain.Order{ID: "other", Server: domain.Server{ID: serverID(i % plan.Servers)}}
			_, err := l.ServerActivity(ctx, o, time.Now().Add(-domain.RecentWindow))
			return 0, err
		}},
		{name: "open work, 20 orders", ask: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return count(l.Unfinished(ctx))
		}},
		{name: "orders without a living process", ask: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			found, err := l.Orphans(ctx)
			return len(found), err
		}},
		{name: "count of unknown outcomes", ask: func(ctx context.Context, l *ledger.Ledger, _ int) (int, error) {
			return l.CountUnknown(ctx)
		}},
	}
}

// measureLooks asks both ledgers the same questions, in turn, and has both record
// the same requests and decisions.
func measureLooks(ctx context.Context, p plan, small, large string) (all []look, err error) {
	var open [2]*ledger.Ledger
	defer func() {
		for _, l := range open {
			if l != nil {
				err = errors.Join(err, l.Close())
			}
		}
	}()
	for i, url := range []string{small, large} {
		if open[i], err = ledger.Open(ctx, ledger.Config{URL: url, Serve: true}); err != nil {
			return nil, err
		}
		// What is open has the same size in both.
		for n := range answerLength {
			if err := lifeOf(ctx, open[i], n, false, &ledgerResults{}); err != nil {
				return nil, err
			}
		}
	}
	all = looks()
	if err := askBoth(ctx, p.looks, all, open); err != nil {
		return nil, err
	}
	var writes [2]ledgerResults
	for i := range p.looks {
		for side := range open {
			if err := lifeOf(ctx, open[side], answerLength+i, true, &writes[side]); err != nil {
				return nil, err
			}
		}
	}
	return append(all,
		look{name: "a request, recorded", small: writes[0].create, large: writes[1].create},
		look{name: "a decision, recorded and synced", small: writes[0].decide, large: writes[1].decide}), nil
}

// askBoth asks the small and the large ledger n times, in turn.
func askBoth(ctx context.Context, n int, all []look, open [2]*ledger.Ledger) error {
	for i := range n + 1 { // the first one warms up
		for turn := range open {
			side := (i + turn) % 2
			for k := range all {
				into, number := &all[k].small, 0 // its past is about number 0
				if side == 1 {
					into, number = &all[k].large, i
				}
				began := time.Now()
				length, err := all[k].ask(ctx, open[side], number)
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
