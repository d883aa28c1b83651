package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// keyWait is how long an approved order whose key this process does not have is left to
// the others, counted from its last transition.
const keyWait = time.Hour

// Verify returns an order that is provably what the program recorded. It is called
// before an order is shown, decided or sent.
//
// An order that does not verify is never sent. It is reported to the Observer and, if
// it could still be sent, ended: one that waits for its approvals is canceled, and an
// approved one refused, or Unknown if it may have been sent before: the host throttled
// it, or somebody made it approved again. Verify then returns the order as it is now and
// CodeTampered or CodeOldVersion. With CodeKeyUnknown, another process may have the key,
// so an order that waits for its approvals is left alone until its deadline, and an
// approved one, which holds its server, for an hour after its last transition.
func (d *Desk) Verify(ctx context.Context, id ID) (Order, error) {
	attempt := d.lastSent(id) // before the order is read: it may be sent right after that
	o, err := d.cfg.Ledger.Verified(ctx, id)
	if err == nil && o.Attempts < attempt { // it was true before, but the process knows better
		err = &Error{Code: CodeTampered, Detail: "it was set back to before it was sent", MayBeSent: true}
	}
	if !unverified(err) {
		return o, err
	}
	d.report(o, err)
	if CodeOf(err) == CodeKeyUnknown && !d.waitedForKey(o) {
		return o, err
	}
	ended, failed := d.endUnverified(ctx, o, err)
	switch {
	case failed == nil:
		return ended, err
	case CodeOf(failed) == CodeUnavailable:
		return o, failed // it is not answered before it has ended
	default: // nothing can be recorded about what it has become
		return o, errors.Join(err, failed)
	}
}

// lastSent returns the number of the last attempt in which this process sent an order, or
// 0. The ledger had that attempt before it was sent.
func (d *Desk) lastSent(id ID) int {
	attempt, _ := d.sent.Load(id)
	n, _ := attempt.(int)
	return n
}

// report tells the Observer about an order that does not verify, once for each code.
func (d *Desk) report(o Order, err error) {
	if _, known := d.reported.LoadOrStore(report{o.ID, CodeOf(err)}, true); !known {
		d.cfg.Observer.Unverified(o, err)
	}
}

// report identifies what was reported.
type report struct {
	id   ID
	code Code
}

// unverified reports whether an error of [Ledger.Verified] is about what was
// recorded, and not about whether that could be read.
func unverified(err error) bool {
	code := CodeOf(err)
	return code == CodeTampered || code == CodeKeyUnknown || code == CodeOldVersion
}

// waitedForKey reports whether no other process can be expected to send an approved
// order anymore whose key this one does not have.
func (d *Desk) waitedForKey(o Order) bool {
	now := d.now()
	return o.State == Approved && (now.Sub(o.ChangedAt) >= keyWait || setBack(now, o.ChangedAt))
}

// endUnverified ends an order that does not verify, if it could still be sent.
func (d *Desk) endUnverified(ctx context.Context, o Order, err error) (Order, error) {
	var ended Order
	e, _ := errors.AsType[*Error](err)
	switch why := unverifiedWhy(o, err); {
	case o.State == Pending:
		ended, err = d.transition(ctx, o, Cancelled, Bot, why, nil, func(next *Order) {
			if e.MayBeSent {
				next.Attempts = max(next.Attempts, 1) // whatever its row says
			}
		})
	case o.State == Approved && e.MayBeSent && !o.mayBeCharged():
		ended, err = d.endUnknown(ctx, o, "it may have been sent before, and is not sent again: "+why)
	case o.State == Approved:
		ended, err = d.giveUp(ctx, o, why)
	default:
		return o, nil
	}
	if CodeOf(err) == CodeConflict { // another process ended it
		return d.cfg.Ledger.Order(ctx, o.ID)
	}
	return ended, err
}

// unverifiedWhy returns why an order that does not verify was ended.
func unverifiedWhy(o Order, err error) string {
	switch CodeOf(err) {
	case CodeOldVersion:
		if o.State == Approved {
			return "it was approved by the previous version of this program"
		}
		return "it was recorded by the previous version of this program"
	case CodeKeyUnknown:
		return fmt.Sprintf("no process had the key that authenticates it for %s", brief(keyWait))
	default:
		what := "the database does not contain what the program recorded"
		if e, ok := errors.AsType[*Error](err); ok && e.Detail != "" {
			what = e.Detail
		}
		return "it was tampered with: " + what
	}
}
