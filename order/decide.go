package order

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Decision is a person's yes or no to an order.
type Decision struct {
	ID     ID
	Person Person
	Yes    bool
	// Card is the reference of the message whose button was clicked. It is used if
	// the ledger does not have the order's card yet.
	Card string
	// Seen is the order that, according to the card that was clicked, extended the
	// server meanwhile; "" if the card showed none.
	Seen ID
}

// Decide records a decision, if the order is still waiting for one and the
// policy allows the person to decide it now. It returns the current order even
// with an error: CodeDecided if it was too late for a decision and the policy
// lets the person see the order, CodeServerHeld
// if the order cannot be approved before another one has its outcome,
// CodeExtended with the order that extended the server meanwhile if the person
// does not know of it, CodeNotFound, and the errors of [Policy.MayApprove] and
// [Policy.MayDecline].
func (d *Desk) Decide(ctx context.Context, v Decision) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, v.ID)
	if err != nil {
		return Order{}, fmt.Errorf("decide: %w", err)
	}
	if o.Person.Team != v.Person.Team {
		return Order{}, &Error{Code: CodeNotFound, Detail: "the order belongs to another workspace"}
	}
	if o.State.Decided() {
		return d.lateDecision(ctx, o, v.Person)
	}
	to := Approved
	if v.Yes {
		_, err = d.cfg.Policy.MayApprove(ctx, v.Person, o)
	} else {
		to, err = d.cfg.Policy.MayDecline(ctx, v.Person, o)
	}
	if err != nil {
		return o, fmt.Errorf("decide: %w", err)
	}
	if o.Card.Ref == "" {
		o.Card.Ref = v.Card
	}
	decided, err := d.decide(ctx, o, to, v)
	if CodeOf(err) == CodeConflict {
		return d.alreadyDecided(ctx, v.ID)
	}
	return decided, err
}

// lateDecision returns CodeDecided to people who may be told about the order.
func (d *Desk) lateDecision(ctx context.Context, o Order, p Person) (Order, error) {
	if refused := d.cfg.Policy.MaySee(ctx, p, o); refused != nil {
		return o, fmt.Errorf("decide: %w", refused)
	}
	return o, &Error{Code: CodeDecided, Order: &o}
}

func (d *Desk) decide(ctx context.Context, o Order, to State, v Decision) (Order, error) {
	now := d.now()
	if o.deadlinePassed(now) {
		return d.tooLate(ctx, o)
	}
	due := []Due(nil)
	if v.Yes {
		due = []Due{{Work: WorkPlace, At: now.Add(ReconcileGrace)}}
	}
	return d.transition(ctx, o, to, v.Person.User, "", due, func(next *Order) {
		next.DecidedBy, next.DecidedAt = v.Person.User, now
		if v.Yes {
			next.Approvals = append(slices.Clone(o.Approvals), Approval{User: v.Person.User, At: now})
			next.Owner = d.cfg.ProcessID // which places it, too
			next.ToldExtendedBy = cmp.Or(v.Seen, o.ToldExtendedBy)
		}
	})
}

// Decidable reports whether the order can still be decided at that time.
func (o Order) Decidable(now time.Time) bool { return o.State == Pending && !o.deadlinePassed(now) }

// deadlinePassed reports whether it is too late to decide the order. If the clock
// was set back since the request, it is not known how much time is left, so there
// is none.
func (o Order) deadlinePassed(now time.Time) bool {
	return !now.Before(o.Deadline) || setBack(now, o.CreatedAt)
}

// tooLate expires an order whose button was clicked after its deadline.
func (d *Desk) tooLate(ctx context.Context, o Order) (Order, error) {
	o, err := d.expire(ctx, o)
	if err != nil {
		return o, err
	}
	return o, &Error{Code: CodeDecided, Order: &o}
}

// alreadyDecided returns an order that another click decided first.
func (d *Desk) alreadyDecided(ctx context.Context, id ID) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return Order{}, fmt.Errorf("decide: %w", err)
	}
	return o, &Error{Code: CodeDecided, Order: &o}
}

// Expire ends a pending order whose deadline has passed. Before the deadline it
// returns [*Later]. It does not change a decided order.
func (d *Desk) Expire(ctx context.Context, id ID) error {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("expire: %w", err)
	}
	if o.State != Pending {
		return nil
	}
	if !o.deadlinePassed(d.now()) {
		return &Later{At: o.Deadline}
	}
	_, err = d.expire(ctx, o)
	if CodeOf(err) == CodeConflict {
		return nil
	}
	return err
}

func (d *Desk) expire(ctx context.Context, o Order) (Order, error) {
	waited := o.Deadline.Sub(o.CreatedAt).Round(time.Second)
	return d.transition(ctx, o, Expired, Bot, fmt.Sprintf("nobody confirmed it within %s", waited), nil, nil)
}

// Void cancels a pending order whose card could not be shown, with the reason.
// It does not change a decided order.
func (d *Desk) Void(ctx context.Context, id ID, why string) error {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("void: %w", err)
	}
	if o.State != Pending {
		return nil
	}
	_, err = d.transition(ctx, o, Cancelled, Bot, why, nil, nil)
	if CodeOf(err) == CodeConflict {
		return nil
	}
	return err
}
