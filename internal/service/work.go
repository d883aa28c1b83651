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
	if showErr := v.Bot.Reconcile(ctx, id); showErr != nil {
		v.log.WithField("order_id", id).WithError(showErr).Debug("the order's card is not up to date yet")
	}
	return err
}

// lookup looks up an order whose outcome is unknown, as long as the schedule
// lasts, and immediately shows the result. After that, it asks people.
func (v *Service) lookup(ctx context.Context, id order.ID) error {
	if err := v.Desk.Lookup(ctx, id); err != nil {
		return err
	}
	if err := v.Bot.Reconcile(ctx, id); err != nil {
		return err
	}
	return v.Bot.AskPeople(ctx, id)
}
