package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/ledgerfill"
)

// sizeResults say what the size of a ledger costs on one database: small is a
// ledger with nothing but what the answers of the large one are as long as.
type sizeResults struct {
	base         string
	orders       int
	filled       time.Duration // how long that took
	bytes        int64         // 0 if unknown
	small, large programResults
	looks        []look
}

// answerLength is how many orders a look at the newest ones gives, and all that
// there are in a small ledger.
const answerLength = 20

// measureSizes plays the same rounds with a large and with a small ledger, in
// turn, and then looks into both.
func measureSizes(ctx context.Context, p plan, dir string, x program, all []base, r *results) error {
	if p.past == 0 {
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

func measureSize(ctx context.Context, p plan, dir string, x program, b base) (*sizeResults, error) {
	got := &sizeResults{base: b.name, orders: p.past}
	small, err := filled(ctx, b, answerLength)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	large, err := filled(ctx, b, p.past)
	if err != nil {
		return nil, err
	}
	got.filled, got.bytes = time.Since(began), fileSize(large)
	if err := playSizes(ctx, p, dir, x, small, large, got); err != nil {
		return nil, err
	}
	got.looks, err = measureLooks(ctx, p, small, large)
	return got, err
}

// filled gives a database with a past about the people and servers of a stage.
func filled(ctx context.Context, b base, orders int) (string, error) {
	url, err := b.fresh(ctx)
	if err != nil {
		return "", err
	}
	past := ledgerfill.Years(orders, time.Now())
	past.Server, past.User, past.Account, past.Channel = serverID, userID, accountID, channelID
	return url, ledgerfill.Fill(ctx, url, past)
}

// playSizes lets the program play with both ledgers.
func playSizes(ctx context.Context, p plan, dir string, x program, small, large string, got *sizeResults) (err error) {
	p.burst /= 2
	var players []*player
	defer func() {
		for _, one := range players {
			err = errors.Join(err, one.run.kill(), one.close())
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
		started, err := newPlayer(ctx, x, own, side.url, side.into)
		if err != nil {
			return err
		}
		players = append(players, started)
	}
	for round := range p.pastRounds + 1 { // the first one warms up
		for i := range players {
			if err := players[(round+i)%len(players)].round(ctx, p, round > 0); err != nil {
				return err
			}
		}
	}
	for _, one := range players {
		if err := one.finish(); err != nil {
			return err
		}
	}
	return nil
}
