package service

import (
	"context"

	"extendbot/ledger"
	"extendbot/order"
)

// handlers returns the handlers for due work.
func (v *Service) handlers() map[order.Work]ledger.Handler {
	return map[order.Work]ledger.Handler{
		order.WorkReconcile: v.Bot.Reconcile,
		order.WorkPlace:     v.place,
		order.WorkLookup:    v.lookup,
	}
}

// place places an approved order, and immediately shows the result.
func (v *Service) place(ctx context.Context, id order.ID) error {
	err := v.Desk.Place(ctx, id)
	v.show(ctx, id)
	return err
}

// lookup looks up an order whose outcome is unknown, as long as the schedule
// lasts, and immediately shows the result. After that, it asks people, whether
// or not the rest could be shown.
func (v *Service) lookup(ctx context.Context, id order.ID) error {
	if err := v.Desk.Lookup(ctx, id); err != nil {
		return err
	}
	v.show(ctx, id)
	return v.Bot.AskPeople(ctx, id)
}

// show shows what changed. What cannot be shown now has its own due work.
func (v *Service) show(ctx context.Context, id order.ID) {
	if err := v.Bot.Reconcile(ctx, id); err != nil {
		v.log.WithField("order_id", id).WithError(err).Debug("what is shown of the order is not up to date yet")
	}
}
