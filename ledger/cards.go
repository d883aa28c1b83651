package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"extendbot/internal/crash"
	"extendbot/order"
)

// What was shown need not survive a power failure: it would be shown again. Only
// a newer version replaces what was recorded.
const (
	claimOrder   = "UPDATE orders SET tender = $2, tend_until = $3 WHERE id = $1 AND (tender = $2 OR tend_until < $4 OR " + owesNothing + " OR %s)"
	recordCard   = "UPDATE orders SET card_ref = $2, card_version = $3, card_extended_by = $4, card_reason = $5 WHERE id = $1 AND card_version <= $3"
	recordThread = "UPDATE orders SET word_ref = $2, word_version = $3, superseded_ref =" +
		" CASE WHEN word_ref <> '' AND word_ref <> $2 THEN word_ref ELSE superseded_ref END WHERE id = $1 AND word_version <= $3"
	recordWaiting  = "UPDATE orders SET waiting_ref = $2 WHERE id = $1"
	recordTold     = "UPDATE orders SET told_version = $2 WHERE id = $1 AND told_version < $2"
	recordExtended = "UPDATE orders SET told_extended_by = $2, told_user = $3 WHERE id = $1 AND state = 'pending'"
	recordEdited   = "UPDATE orders SET superseded_ref = '' WHERE id = $1 AND superseded_ref = $2"
	recordApprover = "UPDATE orders SET approvers_told = approvers_told || $2 || ' ' WHERE id = $1 AND ' ' || approvers_told NOT LIKE '% ' || $2 || ' %'"
	recordReminded = "UPDATE orders SET reminded_at = $2 WHERE id = $1 AND reminded_at < $2"
	recordDecline  = "UPDATE orders SET decline_ref = $2 WHERE id = $1"
	giveReason     = "UPDATE orders SET decline_reason = $2 WHERE id = $1 AND state = 'declined' AND decline_reason IN ('', $2)"
	recordQuestion = "UPDATE orders SET ask_ref = $2, ask_version = $3 WHERE id = $1 AND ask_version <= $3"
	recordAskedAt  = "UPDATE orders SET asked_at = $2 WHERE id = $1 AND asked_at < $2"
)

// Claim makes the process self the card owner of an order until a time, or until
// it dies. It returns false if another process is the owner and not known to be
// dead, unless the order ended and everything about it was shown: then only a process
// whose late update overwrote the card has something to do. It returns the current
// order in either case.
func (l *Ledger) Claim(ctx context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error) {
	var (
		claimed bool
		now     orderRow
	)
	query := fmt.Sprintf(claimOrder, l.db.isDead("tender", "$2"))
	err := l.db.write(ctx, false, func(ctx context.Context, tx tx) ([]job, error) {
		n, err := tx.exec(ctx, query, string(id), self, micros(until), micros(l.now()))
		if err != nil {
			return nil, err
		}
		claimed = n == 1
		now, err = selectOne(ctx, tx, selectOrder, string(id))
		crash.Point("ledger", "claim", "before_commit")
		return nil, err
	})
	if err != nil {
		return order.Order{}, false, l.db.wrap(err)
	}
	crash.Point("ledger", "claim", "after_commit")
	return now.Order, claimed, nil
}

// RecordShown records what an adapter has shown. It ignores versions older than
// the recorded ones.
func (l *Ledger) RecordShown(ctx context.Context, s order.Shown) error {
	w := func(ctx context.Context, tx tx) ([]job, error) {
		err := errors.Join(
			recordMessage(ctx, tx, recordCard, s.ID, s.Card, string(s.CardExtendedBy), cleanText(s.CardDeclineReason)),
			recordMessage(ctx, tx, recordThread, s.ID, s.ThreadMessage),
			recordMessage(ctx, tx, recordQuestion, s.ID, s.Question),
			recordValue(ctx, tx, recordAskedAt, s.ID, micros(s.AskedAt)),
			recordValue(ctx, tx, recordWaiting, s.ID, s.WaitingRef),
			recordValue(ctx, tx, recordApprover, s.ID, s.ApproverTold),
			recordValue(ctx, tx, recordReminded, s.ID, micros(s.RemindedAt)),
			recordValue(ctx, tx, recordDecline, s.ID, s.DeclineRef),
			recordValue(ctx, tx, recordTold, s.ID, int64(s.ToldVersion)),
			recordExtension(ctx, tx, s),
			recordRefusal(ctx, l.db, tx, s),
			recordValue(ctx, tx, recordEdited, s.ID, s.EditedRef))
		crash.Point("ledger", "shown", "before_commit")
		return nil, err
	}
	err := l.db.write(ctx, false, w)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		err = l.db.write(ctx, false, w) // twice is the same as once
	}
	crash.Point("ledger", "shown", "after_commit")
	return l.db.wrap(err)
}

// AddDeclineReason implements [order.Ledger].
func (l *Ledger) AddDeclineReason(ctx context.Context, id order.ID, reason string, due ...order.Due) error {
	reason = cleanText(reason)
	w := func(ctx context.Context, tx tx) ([]job, error) {
		n, err := tx.exec(ctx, giveReason, string(id), reason)
		switch {
		case err != nil:
			return nil, err
		case n == 0:
			return nil, conflict("not declined, or has a reason")
		default:
			return jobs(id, due), nil
		}
	}
	err := l.db.write(ctx, true, w)
	if _, lost := errors.AsType[*commitLostError](err); lost {
		err = l.db.write(ctx, true, w) // twice is the same as once
	}
	return l.db.wrap(err)
}

func recordExtension(ctx context.Context, tx tx, s order.Shown) error {
	if s.ToldExtendedBy == "" {
		return nil
	}
	_, err := tx.exec(ctx, recordExtended, string(s.ID), string(s.ToldExtendedBy), s.ToldUser)
	return err
}

// recordRefusal records that the thread says that a finding was refused, unless there
// is another one by now.
func recordRefusal(ctx context.Context, db writer, tx tx, s order.Shown) error {
	if s.FindingAt.IsZero() {
		return nil
	}
	now, err := selectOne(ctx, tx, selectOrder+db.forUpdate(), string(s.ID))
	if err != nil || !now.Finding.At.Equal(s.FindingAt) {
		return err
	}
	f := readFinding(now.finding)
	f.Shown = true
	_, err = tx.exec(ctx, updateFinding, string(s.ID), f.text())
	return err
}

func recordMessage(ctx context.Context, tx tx, query string, id order.ID, m order.ShownMessage, more ...any) error {
	if m == (order.ShownMessage{}) {
		return nil
	}
	_, err := tx.exec(ctx, query, append([]any{string(id), m.Ref, int64(m.Version)}, more...)...)
	return err
}

// recordValue records one value. The zero value means that there is none.
func recordValue[T comparable](ctx context.Context, tx tx, query string, id order.ID, value T) error {
	var zero T
	if value == zero {
		return nil
	}
	_, err := tx.exec(ctx, query, string(id), value)
	return err
}
