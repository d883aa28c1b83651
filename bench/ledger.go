package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	"extendbot/order"
)

// ledgerResults are the times of the ledger alone, without Slack.
type ledgerResults struct {
	create samples // a request: not synced
	decide samples // a decision: synced
}

// measureLedger records requests and decides them, one at a time.
func measureLedger(ctx context.Context, p plan, dir string, into *ledgerResults) (err error) {
	l, err := ledger.Open(ctx, ledger.Config{URL: "sqlite:" + filepath.Join(dir, "ledger.db"), Serve: true, Keys: ledgerfill.Keys()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for i := range p.diskWrites * p.rounds {
		if err := recordOrder(ctx, l, i, true, into); err != nil {
			return err
		}
	}
	return nil
}

// recordOrder records order i, and a decision if decided.
func recordOrder(ctx context.Context, l *ledger.Ledger, i int, decided bool, into *ledgerResults) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	later := now.Add(time.Hour)
	id := order.ID(fmt.Sprintf("bench-%07d", i))
	o := order.Order{
		ID: id, Version: 1, State: order.Pending, RequestKey: "key-" + string(id),
		Person: order.Person{Team: "T0TEAM", User: userID(0)}, Channel: channelID(0), Account: accountID(0),
		Server: order.Server{ID: string(id)}, Hours: 24, CreatedAt: now, ChangedAt: now, Deadline: later,
	}
	began := time.Now()
	o, err := l.Create(ctx, o, order.Entry{Version: 1, At: now, Who: o.Person.User, To: order.Pending},
		order.Due{Work: order.WorkReconcile, At: later})
	if err != nil {
		return err
	}
	into.create = append(into.create, time.Since(began))
	if !decided {
		return nil
	}

	next := o
	next.State, next.DecidedBy, next.DecidedAt = order.Approved, o.Person.User, now
	began = time.Now()
	_, err = l.Approve(ctx, next, order.Entry{Version: o.Version + 1, At: now, Who: o.Person.User, From: o.State, To: next.State}, nil,
		order.Due{Work: order.WorkPlace, At: later}, order.Due{Work: order.WorkReconcile, At: later})
	if err != nil {
		return err
	}
	into.decide = append(into.decide, time.Since(began))
	return nil
}
