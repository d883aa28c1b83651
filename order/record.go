package order

import (
	"context"
	"errors"
	"time"
)

// outcome is what this process knows about its attempt at an order in Placing.
type outcome struct {
	// state is Placed, Refused or Unknown; or Approved if nothing was sent, or the
	// host throttled it, and the order may be tried again.
	state      State
	why        string
	receipt    *Receipt      // for Placed
	retryAfter time.Duration // for Approved: the pause that the host asked for, or 0
	// unconfirmed means that the ledger did not confirm the attempt itself. There
	// may be no attempt, and then there is nothing to report.
	unconfirmed bool
}

// record commits the outcome of an attempt. While the ledger is unavailable it
// tries again until the Desk is stopped, because only this process knows the
// outcome. It stops when ctx ends only if nothing was sent. It reports an outcome
// that could not be recorded to the Observer. If the order waits for its next attempt, record
// returns [*Later].
func (d *Desk) record(ctx context.Context, o Order, known outcome) error {
	began := time.Now()
	for {
		stored, err := d.tryRecord(ctx, o, known)
		switch CodeOf(err) {
		case "":
			if stored.State == Approved {
				return &Later{At: stored.RetryAt}
			}
			return nil
		case CodeConflict: // tryRecord reported what there is to report
			return err
		case CodeUnavailable:
			pause, ok := d.recordPause(began, o, known)
			if ok && d.wait(ctx, pause) {
				continue
			}
			if ctx.Err() != nil { // nothing was sent; the next start finds the order in Placing
				return err
			}
		default:
		}
		if final := known.final(o); final != Unknown && !known.unconfirmed {
			d.cfg.Observer.Unrecorded(o, final, known.receipt, err)
		}
		return err
	}
}

// recordPause returns the pause before the next try to record, or false if there
// should be none. As soon as another process may own the order, an unknown
// outcome is left to that process. A jump of the clock does not count as time that
// was tried.
func (d *Desk) recordPause(began time.Time, o Order, known outcome) (time.Duration, bool) {
	tried := time.Since(began)
	pause := min(max(tried/10, recordPause), recordPauseMax)
	if known.final(o) == Unknown {
		return pause, d.now().Add(pause).Before(o.OwnerUntil)
	}
	return pause, tried+pause <= recordFor
}

// wait waits for the pause. It returns false if ctx ends first, or the Desk is stopped.
func (d *Desk) wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	case <-d.stopped:
		return false
	}
}

// tryRecord tries once to move the order out of Placing. If another process made
// it Unknown in the meantime, this outcome settles it.
func (d *Desk) tryRecord(ctx context.Context, o Order, known outcome) (Order, error) {
	to, why, due, retryAt := known.state, known.why, []Due(nil), time.Time{}
	if to == Approved {
		if at, ok := d.nextTry(o, known.retryAfter); ok {
			retryAt, due = at, []Due{{Work: WorkPlace, At: at}}
		} else {
			to, why = known.final(o), known.finalWhy(o)
		}
	}
	stored, err := d.transition(ctx, o, to, Bot, why, due, func(next *Order) {
		next.OwnerUntil = time.Time{}
		next.RetryAt, next.Receipt = retryAt, known.receipt
	})
	if CodeOf(err) == CodeConflict && known.final(o) != Unknown {
		return o, d.correct(ctx, o, known)
	}
	return stored, err
}

// correct settles an order that another process made Unknown with what the
// sender knows. If the order is not Unknown, it returns a conflict.
func (d *Desk) correct(ctx context.Context, o Order, known outcome) error {
	now, err := d.cfg.Ledger.Order(ctx, o.ID)
	if err != nil {
		return err
	}
	if now.State == Unknown && sameAttempt(now, o) {
		to := Placed
		if known.state != Placed {
			to = NotPlaced
		}
		_, err = d.transition(ctx, now, to, Bot, known.finalWhy(o), nil, func(next *Order) { next.Receipt = known.receipt })
		if CodeOf(err) != CodeConflict {
			return err
		}
		if now, err = d.cfg.Ledger.Order(ctx, o.ID); err != nil {
			return err
		}
	}
	conflict := &Error{Code: CodeConflict, Order: &now, Detail: "another process continued with it"}
	// A receipt is about an attempt that was committed, even if the order was set back.
	if known.contradicts(now) && (sameAttempt(now, o) || known.state == Placed) {
		d.cfg.Observer.Unrecorded(now, known.final(o), known.receipt, conflict)
	}
	return conflict
}

// sameAttempt reports whether a and b have the same last attempt. A later
// attempt has another number. The same number with another owner is an attempt
// of another process, made because this process's attempt was not committed.
func sameAttempt(a, b Order) bool { return a.Attempts == b.Attempts && a.Owner == b.Owner }

// final returns the state that the outcome of the last attempt at o leads to if
// there is no further attempt. Once the host throttled an attempt, nothing but a
// receipt says what happened.
func (k outcome) final(o Order) State {
	switch {
	case k.state != Approved:
		return k.state
	case o.mayBeCharged():
		return Unknown
	default:
		return Refused
	}
}

// finalWhy returns the reason for that state.
func (k outcome) finalWhy(o Order) string {
	if k.state == Approved && o.mayBeCharged() {
		return throttledWhy(k.why)
	}
	return k.why
}

// contradicts reports whether a final order disagrees with its sender about the
// money, or does not say what was bought.
func (k outcome) contradicts(o Order) bool {
	if k.state != Placed {
		return o.State == Placed
	}
	if o.State != Placed || o.Receipt == nil {
		return true
	}
	return k.receipt.OrderID != "" && k.receipt.OrderID != o.Receipt.OrderID
}

// withdrawAttempt returns an order to Approved if its attempt may be committed
// although the ledger did not confirm it. Only a confirmed attempt is sent, so
// nothing was sent for this one. o is the order before the attempt, with the
// attempt counted. If this attempt was not committed, another process may have
// committed its own attempt, with the same version and number, and may be
// sending it. The owner distinguishes the two.
//
// Without this, every commit whose confirmation is lost (a restart of
// PostgreSQL, a cut connection) would end as an unknown outcome that people have
// to settle, although nothing was sent. So it takes as long as record does,
// whatever time its caller has, unless the program stops.
func (d *Desk) withdrawAttempt(ctx context.Context, o Order) error {
	ctx, cancel := withoutDeadline(ctx)
	defer cancel()
	o.State, o.Version = Placing, o.Version+1
	err := d.record(ctx, o, outcome{state: Approved, why: "the ledger was unavailable", unconfirmed: true})
	if CodeOf(err) != CodeConflict {
		return err
	}
	now, err := d.cfg.Ledger.Order(ctx, o.ID)
	if err == nil && now.State == Approved { // the attempt was not committed
		return &Later{At: d.now().Add(retryPause)}
	}
	return err
}

// withoutDeadline returns a context that ends when ctx is canceled, but not when
// the deadline of ctx passes.
func withoutDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() { stop(); cancel(nil) }
}
