package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

// storedFinding is an [order.Finding] that can be read from a database, where it is
// JSON, or "" if there is none.
type storedFinding order.Finding

// findingJSON is the stored form. The names of its fields must not change.
type findingJSON struct {
	By      string `json:"by"`
	Placed  bool   `json:"placed,omitempty"`
	Why     string `json:"why,omitempty"`
	At      int64  `json:"at"`
	Refused string `json:"refused,omitempty"`
	Shown   bool   `json:"shown,omitempty"`
}

func (s *storedFinding) text() string {
	if s.At.IsZero() {
		return ""
	}
	b, err := json.Marshal(findingJSON{By: s.By, Placed: s.Placed, Why: s.Why, At: micros(s.At), Refused: s.Refused, Shown: s.Shown})
	if err != nil { // strings, a number and bools always have a form in JSON
		panic(err)
	}
	return string(b)
}

// Scan implements sql.Scanner. What is no finding is none: it settles nothing, and the
// rest of the order can still be read.
func (s *storedFinding) Scan(v any) error {
	text, _ := v.(string)
	*s = storedFinding{}
	var f findingJSON
	if err := json.Unmarshal([]byte(text), &f); err == nil && f.At > 0 {
		*s = storedFinding{By: f.By, Placed: f.Placed, Why: f.Why, At: fromMicros(f.At), Refused: f.Refused, Shown: f.Shown}
	}
	return nil
}

const updateFinding = "UPDATE orders SET finding = $2 WHERE id = $1"

// RecordFinding implements [order.Ledger].
func (l *Ledger) RecordFinding(ctx context.Context, id order.ID, f order.Finding, due ...order.Due) (o order.Order, err error) {
	f.Why = cleanText(f.Why)
	err = l.changeFinding(ctx, id, "finding", func(now order.Order) (order.Finding, []order.Due, error) {
		o = now
		switch {
		case now.FindingDue() && now.Finding.SameAs(f):
			return now.Finding, nil, nil
		case now.State != order.Unknown || now.FindingDue():
			return f, nil, &order.Error{Code: order.CodeConflict, Order: &now, Detail: "its outcome is known, or another finding is being checked"}
		default:
			o.Finding = f
			return f, due, nil
		}
	})
	return o, err
}

// RefuseFinding implements [order.Ledger].
func (l *Ledger) RefuseFinding(ctx context.Context, id order.ID, at time.Time, why string, due ...order.Due) error {
	return l.changeFinding(ctx, id, "finding_refused", func(now order.Order) (order.Finding, []order.Due, error) {
		f := now.Finding
		if now.State != order.Unknown || !f.At.Equal(at) || f.Refused != "" && f.Refused != why {
			return f, nil, &order.Error{Code: order.CodeConflict, Order: &now, Detail: "the finding does not wait for its check anymore"}
		}
		f.Refused = cleanText(why)
		return f, due, nil
	})
}

// changeFinding replaces the finding of an order by what change returns. Doing that
// twice must be the same as once, because it is repeated if its answer was lost.
func (l *Ledger) changeFinding(ctx context.Context, id order.ID, name string, change func(now order.Order) (order.Finding, []order.Due, error)) error {
	w := func(ctx context.Context, tx tx) ([]job, error) {
		now, err := selectOne(ctx, tx, selectOrder+l.db.forUpdate(), string(id))
		if err != nil {
			return nil, err
		}
		next, due, err := change(now.Order)
		if err != nil {
			return nil, err
		}
		_, err = tx.exec(ctx, updateFinding, string(id), (*storedFinding)(&next).text())
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
