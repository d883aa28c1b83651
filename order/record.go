package order

import (
	"context"
	"time"
)

// outcome is what this process knows of an order that it has in Placing.
type outcome struct {
	state   State // Placed, Refused or Unknown
	why     string
	receipt *Receipt // of Placed
}

// settle records an outcome. If the order was taken for lost in the meantime,
// what is known now settles that.
func (d *Desk) settle(ctx context.Context, o Order, known outcome) error {
	return d.insist(ctx, o, known, func() error {
		return d.leave(ctx, o, known)
	})
}

// leave tries once to take an order out of Placing by its outcome.
func (d *Desk) leave(ctx context.Context, o Order, known outcome) error {
	err := d.release(ctx, o, known.state, known.why, nil, func(next *Order) { next.Receipt = known.receipt })
	if CodeOf(err) == CodeConflict && known.state != Unknown {
		return d.correct(ctx, o, known)
	}
	return err
}

// release tries once to take an order out of Placing.
func (d *Desk) release(ctx context.Context, o Order, to State, why string, due []Due, edit func(*Order)) error {
	_, err := d.step(ctx, o, to, Bot, why, due, func(next *Order) {
		next.Owner, next.OwnerUntil = "", time.Time{}
		edit(next)
	})
	return err
}

// insist calls try for as long as the ledger is away: what is known of an
// order's outcome is in this process's memory and nowhere else. That nothing is
// known is left to others when the order is no longer this process's own.
func (d *Desk) insist(ctx context.Context, o Order, known outcome, try func() error) error {
	began := d.Now()
	for {
		err := try()
		if CodeOf(err) == CodeUnavailable {
			tried := d.Now().Sub(began)
			pause := min(max(tried/10, recordPause), recordPauseMax)
			goOn := tried+pause <= recordFor
			if known.state == Unknown {
				goOn = d.now().Add(pause).Before(o.OwnerUntil)
			}
			if goOn {
				if wait(ctx, pause) {
					continue
				}
				return err // only what sent nothing can be stopped here
			}
		}
		if err != nil && CodeOf(err) != CodeConflict && known.state != Unknown {
			d.Observer.Unrecorded(o, known.state, known.receipt, err)
		}
		return err
	}
}

// wait says false if ctx ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// correct settles an order that others took for lost with what its sender knows
// all the same. If it is not lost, the error is a conflict.
func (d *Desk) correct(ctx context.Context, o Order, known outcome) error {
	now, err := d.Ledger.Order(ctx, o.ID)
	if err != nil {
		return err
	}
	// A later attempt that was lost is not this one.
	if now.State == Unknown && now.Attempts == o.Attempts {
		to := known.state
		if to == Refused {
			to = NotPlaced
		}
		_, err = d.step(ctx, now, to, Bot, known.why, nil, func(next *Order) { next.Receipt = known.receipt })
		if CodeOf(err) != CodeConflict {
			return err
		}
		if now, err = d.Ledger.Order(ctx, o.ID); err != nil {
			return err
		}
	}
	conflict := &Error{Code: CodeConflict, Order: &now, Detail: "somebody else went on with it"}
	if now.Attempts == o.Attempts && known.contradicts(now) {
		d.Observer.Unrecorded(now, known.state, known.receipt, conflict)
	}
	return conflict
}

// contradicts says whether an order that is at its end says something else of
// the money than its sender knows, or does not say what was bought.
func (k outcome) contradicts(o Order) bool {
	if k.state != Placed {
		return o.State == Placed
	}
	if o.State != Placed || o.Receipt == nil {
		return true
	}
	return k.receipt.OrderID != "" && k.receipt.OrderID != o.Receipt.OrderID
}
