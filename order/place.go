package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errHostTimeout is the cause of a context that ended because the host took
// too long.
var errHostTimeout = errors.New("0xhost did not answer in time")

// Place takes an approved order to the host. Only the caller that turned it
// from Approved into Placing sends; every other call finds it taken and does
// nothing, so Place may run at any time and as often as anybody likes.
//
// It also ends what others began: an order in Placing whose owner died becomes
// Unknown. While there is nothing to do yet it returns [*Later].
func (d *Desk) Place(ctx context.Context, id ID) error {
	// The order is read within the flight: a view of it from before an earlier
	// flight of this process must not be acted upon after that.
	alone := d.placing.begin(id)
	if alone {
		defer d.placing.end(id)
	}
	o, err := d.Ledger.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("place: %w", err)
	}
	switch {
	case o.State == Approved && alone:
		err = d.attempt(ctx, o)
	case o.State == Approved:
		return &Later{At: d.now().Add(retryPause)} // this process is at it
	case o.State == Placing && alone:
		err = d.inherit(ctx, o)
	case o.State == Placing:
		return &Later{At: d.now().Add(d.HostTimeout)} // whatever the clock says: its owner is alive
	default:
		return nil
	}
	if CodeOf(err) == CodeConflict {
		return nil // somebody else went on with it
	}
	return err
}

// attempt commits that the order is being placed and makes the call.
func (d *Desk) attempt(ctx context.Context, o Order) error {
	now := d.now()
	if now.Before(o.RetryAt) {
		return &Later{At: o.RetryAt}
	}
	until := now.Add(d.HostTimeout + OwnerGrace)
	placing, err := d.step(ctx, o, Placing, Bot, "", []Due{{Work: WorkPlace, At: until}}, func(next *Order) {
		next.Attempts++
		next.Owner, next.OwnerUntil = d.ProcessID, until
		if next.FirstTry.IsZero() {
			next.FirstTry = now
		}
	})
	if err == nil {
		if now.Sub(o.DecidedAt) <= ApprovalTTL {
			d.unsent.forget(o.ID)
			return d.send(ctx, placing)
		}
		err = d.settle(ctx, placing, outcome{
			state: Refused, why: fmt.Sprintf("nothing was sent: it could not be placed within %s of its approval", ApprovalTTL),
		})
	}
	if CodeOf(err) == CodeUnavailable { // it may be in Placing all the same
		d.unsent.remember(o, until, now)
	}
	return err
}

// send makes the one call and records what came of it. From here on nothing
// may stop the record, so it outlives its caller's context.
func (d *Desk) send(ctx context.Context, o Order) error {
	ctx = context.WithoutCancel(ctx)
	// After this, others may take the process for dead before the answer is in.
	sendBy := o.OwnerUntil.Add(-d.HostTimeout)
	if d.now().After(sendBy) {
		return d.again(ctx, o, &PlaceError{Verdict: NeverSent, Reason: "the program was held up"})
	}
	callCtx, cancel := context.WithTimeoutCause(ctx, d.HostTimeout, errHostTimeout)
	defer cancel()

	began := d.Now()
	receipt, err := d.Host.ExtendServer(callCtx, Extension{
		Account: o.Account, ServerID: o.Server.ID, Hours: o.Hours, SendBy: sendBy,
	})
	took := d.Now().Sub(began)
	if err == nil {
		receipt.Took, receipt.Currency = took, d.Currency
		d.Observer.Attempted(o, Done, took, nil)
		return d.settle(ctx, o, outcome{state: Placed, receipt: &receipt})
	}
	failed := asPlaceError(err)
	d.Observer.Attempted(o, failed.Verdict, took, err)
	switch failed.Verdict {
	case RefusedByHost:
		return d.settle(ctx, o, outcome{state: Refused, why: failed.Reason})
	case NeverSent:
		return d.again(ctx, o, failed)
	case Done, UnknownOutcome:
	}
	return d.settle(ctx, o, outcome{state: Unknown, why: failed.Reason})
}

func asPlaceError(err error) *PlaceError {
	if failed, ok := errors.AsType[*PlaceError](err); ok {
		return failed
	}
	return &PlaceError{Verdict: UnknownOutcome, Reason: "the answer of 0xhost was lost", Err: err}
}

// again gives an order that provably was not sent back to be tried later, or
// refuses it when that would take too long.
func (d *Desk) again(ctx context.Context, o Order, failed *PlaceError) error {
	known := outcome{state: Refused, why: "nothing was sent: " + failed.Reason}
	var at time.Time
	err := d.insist(ctx, o, known, func() error {
		at = d.now().Add(max(failed.RetryAfter, retryPause))
		if at.Sub(o.FirstTry) > PlaceWindow {
			at = time.Time{}
			return d.leave(ctx, o, known)
		}
		err := d.release(ctx, o, Approved, failed.Reason, []Due{{Work: WorkPlace, At: at}}, func(next *Order) { next.RetryAt = at })
		if CodeOf(err) == CodeConflict {
			at = time.Time{}
			return d.correct(ctx, o, known)
		}
		return err
	})
	if err != nil || at.IsZero() {
		return err
	}
	return &Later{At: at}
}

// inherit ends an order that a dead process left in Placing: nobody knows
// whether its call was sent. Of an attempt of its own it may know.
func (d *Desk) inherit(ctx context.Context, o Order) error {
	if o.Owner == d.ProcessID && d.unsent.is(o) {
		err := d.again(ctx, o, &PlaceError{Verdict: NeverSent, Reason: "the ledger was away"})
		if CodeOf(err) != CodeUnavailable {
			d.unsent.forget(o.ID)
		}
		return err
	}
	if d.now().Before(o.OwnerUntil) {
		return &Later{At: o.OwnerUntil}
	}
	return d.settle(ctx, o, outcome{state: Unknown, why: "the program stopped while it was placing the order"})
}
