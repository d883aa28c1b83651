package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

// storedFinding is an [order.Finding] as it is stored, in JSON. The names of its fields
// must not change. Its MAC authenticates what a person said about which order, and when;
// that it was refused, and that this was shown, are not part of that.
type storedFinding struct {
	By      string `json:"by"`
	Placed  bool   `json:"placed,omitempty"`
	Why     string `json:"why,omitempty"`
	At      int64  `json:"at"`
	Refused string `json:"refused,omitempty"`
	Shown   bool   `json:"shown,omitempty"`
	KeyID   string `json:"key_id,omitempty"`
	MAC     string `json:"mac,omitempty"`
}

func (f storedFinding) text() string {
	b, err := json.Marshal(f)
	if err != nil { // strings, a number and bools always have a form in JSON
		panic(err)
	}
	return string(b)
}

// readFinding returns the finding in a text. What is no finding is the zero value: it
// settles nothing, and the rest of the order can still be read.
func readFinding(text string) storedFinding {
	var f storedFinding
	if text == "" { // as in nearly all orders
		return f
	}
	if err := json.Unmarshal([]byte(text), &f); err != nil || f.At <= 0 {
		return storedFinding{}
	}
	return f
}

func (f storedFinding) finding() order.Finding {
	return order.Finding{By: f.By, Placed: f.Placed, Why: f.Why, At: fromMicros(f.At), Refused: f.Refused, Shown: f.Shown}
}

const findingFormat = "extendbot/1 finding"

// authenticated returns what the MAC of a finding about an order authenticates. While
// its outcome is unknown, an order has only one version.
func (f storedFinding) authenticated(id order.ID, version int) []string {
	return []string{string(id), strconv.Itoa(version), f.By, strconv.FormatBool(f.Placed), f.Why, strconv.FormatInt(f.At, 10)}
}

// verifyFinding returns why it is not proven that a person found what is stored with an
// order, or nil, also if there is nothing.
func (l *Ledger) verifyFinding(r *orderRow) error {
	f := readFinding(r.finding)
	if f.At == 0 {
		return nil
	}
	return l.verifyCode("the answer about its outcome", f.KeyID, f.MAC, findingFormat, f.authenticated(r.ID, r.Version)...)
}

const updateFinding = "UPDATE orders SET finding = $2 WHERE id = $1"

// RecordFinding implements [order.Ledger]. A finding that does not verify is replaced.
func (l *Ledger) RecordFinding(ctx context.Context, id order.ID, f order.Finding, due ...order.Due) (order.Order, error) {
	if l.unwritable != nil {
		return order.Order{}, l.unwritable
	}
	f.Why = cleanText(f.Why)
	var o order.Order
	err := l.changeFinding(ctx, id, "finding", func(now orderRow) (string, []order.Due, error) {
		o = now.Order
		waits := o.FindingDue() && l.verifyFinding(&now) == nil
		switch {
		case waits && o.Finding.SameAs(f):
			return now.finding, nil, nil
		case o.State != order.Unknown || waits:
			return "", nil, &order.Error{Code: order.CodeConflict, Order: &now.Order, Detail: "its outcome is known, or another finding is being checked"}
		}
		o.Finding = f
		s := storedFinding{By: f.By, Placed: f.Placed, Why: f.Why, At: micros(f.At)}
		s.KeyID, s.MAC = l.config.Keys.Sign(findingFormat, s.authenticated(id, o.Version)...)
		return s.text(), due, nil
	})
	if order.CodeOf(err) == order.CodeUnavailable { // ctx may have ended, and the write still run
		return order.Order{}, err
	}
	return o, err
}

// RefuseFinding implements [order.Ledger].
func (l *Ledger) RefuseFinding(ctx context.Context, id order.ID, at time.Time, why string, due ...order.Due) error {
	why = cleanText(why)
	return l.changeFinding(ctx, id, "finding_refused", func(now orderRow) (string, []order.Due, error) {
		f := readFinding(now.finding)
		if now.State != order.Unknown || !now.Finding.At.Equal(at) || f.Refused != "" && f.Refused != why {
			return "", nil, &order.Error{Code: order.CodeConflict, Order: &now.Order, Detail: "the finding does not wait for its check anymore"}
		}
		f.Refused = why
		return f.text(), due, nil
	})
}

// changeFinding replaces the stored finding of an order by what change returns. Doing
// that twice must be the same as once, because it is repeated if its answer was lost.
func (l *Ledger) changeFinding(ctx context.Context, id order.ID, name string, change func(now orderRow) (string, []order.Due, error)) error {
	w := func(ctx context.Context, tx tx) ([]job, error) {
		now, err := selectOne(ctx, tx, selectOrder+l.db.forUpdate(), string(id))
		if err != nil {
			return nil, err
		}
		next, due, err := change(now)
		if err != nil {
			return nil, err
		}
		_, err = tx.exec(ctx, updateFinding, string(id), next)
		crash.Point("ledger", name, "before_commit")
		return jobs(id, due), err
	}
	err := l.db.write(ctx, true, w)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		err = l.db.write(ctx, true, w)
	}
	crash.Point("ledger", name, "after_commit")
	return l.db.wrap(err)
}
