package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Decision is a person's yes or no to an order.
type Decision struct {
	ID     ID
	Person Person
	Yes    bool
	// Card is the reference of the message whose button was clicked. It is used if
	// the ledger does not have the order's card yet.
	Card string
	// SeenEstimate is what the order is expected to cost according to the card that was
	// clicked; null if the card did not say so.
	SeenEstimate decimal.NullDecimal
	// Seen is the order that, according to the card that was clicked, extended the
	// server meanwhile; "" if the card showed none.
	Seen ID
}

// Decide records a decision, if the order is still waiting for one and the policy
// allows the person to decide it now. A yes that is not the last one that the policy
// asks for leaves the order pending. It returns the current order even with an error:
//
//   - CodeDecided if it was too late for a decision and the policy lets the person see
//     the order;
//   - CodeServerHeld if the order cannot be approved before another one has its
//     outcome;
//   - CodeExtended, with the order that extended the server meanwhile, if this yes
//     would be the last one and the person does not know of that;
//   - CodeRepriced if it is expected to cost more than the card showed, which is due to
//     show that now;
//   - CodeOverLimit, with the limit, if this yes would be the last one and a limit does
//     not leave enough for the order. The yes is not recorded, and may come again;
//   - CodeNotFound, and the errors of [Desk.Verify], [Policy.MayApprove] and
//     [Policy.MayDecline].
//
// If another decision about the order is recorded at the same time, the order is read
// and judged again.
func (d *Desk) Decide(ctx context.Context, v Decision) (Order, error) {
	for {
		o, err := d.decide(ctx, v)
		switch {
		case err == nil:
			return o, nil
		case CodeOf(err) != CodeConflict:
			return o, fmt.Errorf("decide: %w", err)
		case ctx.Err() != nil:
			return o, &Error{Code: CodeUnavailable, Detail: "others decide the order at the same time", Err: context.Cause(ctx)}
		}
	}
}

// decide tries once to record a decision. It fails with CodeConflict if the order was
// changed in the meantime.
func (d *Desk) decide(ctx context.Context, v Decision) (Order, error) {
	o, err := d.Verify(ctx, v.ID)
	switch {
	case err != nil && !unverified(err):
		return Order{}, err
	case o.Person.Team != v.Person.Team:
		return Order{}, &Error{Code: CodeNotFound, Detail: "the order belongs to another workspace"}
	case CodeOf(err) == CodeTampered, unverified(err) && (o.State == Pending || o.Voided()):
		return o, errors.Join(d.cfg.Policy.MaySee(ctx, v.Person, o), err) // the first one counts
	case o.State == Pending && o.deadlinePassed(d.now()):
		if o, err = d.expire(ctx, o); err != nil {
			return o, err
		}
	}
	if o.State != Pending {
		return d.lateDecision(ctx, o, v.Person)
	}
	if o.Card.Ref == "" {
		o.Card.Ref = v.Card
	}
	if v.Yes {
		return d.approve(ctx, o, v)
	}
	return d.decline(ctx, o, v.Person)
}

// lateDecision returns CodeDecided to people who may be told about the order. To all
// others it tells nothing.
func (d *Desk) lateDecision(ctx context.Context, o Order, p Person) (Order, error) {
	if err := d.cfg.Policy.MaySee(ctx, p, o); err != nil {
		return o, err
	}
	return o, &Error{Code: CodeDecided, Order: &o}
}

// approve records a person's yes. The last one that the policy asks for approves the
// order.
func (d *Desk) approve(ctx context.Context, o Order, v Decision) (Order, error) {
	o, ruling, err := d.judgeYes(ctx, o, v)
	if err != nil {
		return o, err
	}
	user := v.Person.User
	if !ruling.Complete {
		return d.transition(ctx, o, Pending, user, "", nil, func(next *Order) { next.Approvals = next.withApproval(user) })
	}
	due := []Due{{Work: WorkPlace, At: d.now().Add(ReconcileGrace)}}
	within := func(ctx context.Context, next Order, e Entry, due ...Due) (Order, error) {
		return d.cfg.Ledger.Approve(ctx, next, e, ruling.Limits, due...)
	}
	return d.commit(ctx, o, Approved, user, "", due, func(next *Order) {
		next.Approvals = next.withApproval(user)
		next.DecidedBy, next.DecidedAt = user, next.ChangedAt
		next.Owner = d.cfg.ProcessID // which places it, too
		next.ToldExtendedBy = v.Seen
	}, within)
}

// judgeYes estimates an order anew, unless somebody approved it before, and judges a
// person's yes to that. If the new estimate is why the yes does not count, it is recorded,
// so that the card shows it, and who must approve now.
func (d *Desk) judgeYes(ctx context.Context, o Order, v Decision) (Order, Ruling, error) {
	estimate, changed, err := d.estimate(ctx, o)
	if err != nil {
		return o, Ruling{}, err
	}
	o.Estimate = estimate
	ruling, err := d.cfg.Policy.MayApprove(ctx, v.Person, o)
	if err == nil && Above(estimate.Amount, v.SeenEstimate) {
		err = &Error{Code: CodeRepriced, Detail: "the card showed " + FormatAmount(v.SeenEstimate)}
	}
	if code := CodeOf(err); changed && (code == CodeRepriced || code == CodeNotYours || code == CodeNotApprover) {
		stored, failed := d.recordEstimate(ctx, o, estimate)
		if failed != nil {
			return o, ruling, failed
		}
		o = stored
	}
	return o, ruling, err
}

// withApproval returns the approvals with the yes of a user at the time of the last
// transition, unless there is one already.
func (o Order) withApproval(user string) []Approval {
	if o.ApprovedBy(user) {
		return o.Approvals
	}
	return append(slices.Clone(o.Approvals), Approval{User: user, At: o.ChangedAt})
}

// decline records a person's no.
func (d *Desk) decline(ctx context.Context, o Order, p Person) (Order, error) {
	to, err := d.cfg.Policy.MayDecline(ctx, p, o)
	if err != nil {
		return o, err
	}
	return d.transition(ctx, o, to, p.User, "", nil, func(next *Order) {
		next.DecidedBy, next.DecidedAt = p.User, next.ChangedAt
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

// Expire ends a pending order whose deadline has passed, also one that does not verify:
// see [Desk.Verify]. Before the deadline it returns [*Later]. It does not change a
// decided order.
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
	o, err = d.Verify(ctx, id)
	switch {
	case o.State != Pending && (err == nil || unverified(err)):
		return nil
	case err != nil && CodeOf(err) != CodeKeyUnknown:
		return fmt.Errorf("expire: %w", err)
	}
	_, err = d.expire(ctx, o)
	if CodeOf(err) == CodeConflict {
		return nil
	}
	return err
}

func (d *Desk) expire(ctx context.Context, o Order) (Order, error) {
	why := "nobody confirmed it within "
	if len(o.Approvals) > 0 || !o.RemindAt.IsZero() {
		why = "not enough people said yes within "
	}
	return d.transition(ctx, o, Expired, Bot, why+brief(o.Deadline.Sub(o.CreatedAt)), nil, nil)
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

// DeclineReason records why a person declined an order, cut to [MaxDeclineReason]
// characters, and makes it due to be shown. It returns the order even with an error.
// To everybody who did not decline the order, it looks like one that does not exist:
// CodeNotFound. It fails with CodeConflict if there is another reason already, and
// with CodeUnavailable.
func (d *Desk) DeclineReason(ctx context.Context, p Person, id ID, reason string) (Order, error) {
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return Order{}, fmt.Errorf("decline reason: %w", err)
	}
	if o.State != Declined || (Person{Team: o.Person.Team, User: o.DecidedBy}) != p {
		return Order{}, &Error{Code: CodeNotFound, Detail: "the person did not decline it"}
	}
	reason = firstCharacters(reason, MaxDeclineReason)
	err = d.cfg.Ledger.AddDeclineReason(ctx, id, reason, Due{Work: WorkReconcile, At: d.reconcileFrom(d.now())})
	if err != nil {
		return o, fmt.Errorf("decline reason: %w", err)
	}
	o.DeclineReason = reason
	return o, nil
}
