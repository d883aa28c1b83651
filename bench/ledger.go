package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"extendbot/ledger"
	domain "extendbot/order"
)

// ledgerResults say what the ledger takes of an ack, without Slack around it.
type ledgerResults struct {
	create samples // a request: not synced
	decide samples // a decision: synced
}

// measureLedger records requests and decides them, one at a time.
func measureLedger(ctx context.Context, p plan, dir string, into *ledgerResults) (err error) {
	l, err := ledger.Open(ctx, ledger.Config{URL: "sqlite:" + filepath.Join(dir, "ledger.db"), Serve: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for i := range p.diskWrites * p.rounds {
		if err := lifeOf(ctx, l, i, true, into); err != nil {
			return err
		}
	}
	return nil
}

// lifeOf records order i and, if it is to be, the decision.
func lifeOf(ctx context.Context, l *ledger.Ledger, i int, decided bool, into *ledgerResults) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	later := now.Add(time.Hour)
	id := domain.ID(fmt.Sprintf("bench-%07d", i))
	o := domain.Order{
		ID: id, Version: 1, State: domain.Pending, RequestKey: "key-" + string(id),
		Person: domain.Person{Team: "T0TEAM", User: userID(0)}, Channel: channelID(0), Account: accountID(0),
		Server: domain.Server{ID: string(id)}, Hours: 24, CreatedAt: now, ChangedAt: now, Deadline: later,
	}
	began := time.Now()
	o, err := l.Create(ctx, o, domain.Entry{Version: 1, At: now, Who: o.Person.User, To: domain.Pending},
		domain.Due{Work: domain.WorkReconcile, At: later})
	if err != nil {
		return err
	}
	into.create = append(into.create, time.Since(began))
	if !decided {
		return nil
	}

	next := o
	next.State, next.DecidedBy, next.DecidedAt = domain.Approved, o.Person.User, now
	began = time.Now()
	_, err = l.Change(ctx, next, domain.Entry{Version: o.Version + 1, At: now, Who: o.Person.User, From: o.State, To: next.State},
		domain.Due{Work: domain.WorkPlace, At: later}, domain.Due{Work: domain.WorkReconcile, At: later})
	if err != nil {
		return err
	}
	into.decide = append(into.decide, time.Since(began))
	return nil
}
