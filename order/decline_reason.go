package order

import (
	"context"
	"fmt"
)

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
