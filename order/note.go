package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// listTimeout bounds one reading of the host's list, however many pages it has.
const listTimeout = 25 * time.Second

// errListTimeout is the cause of a context that ended because the host's list
// took too long.
var errListTimeout = errors.New("the list of orders did not come in time")

// Note notes which orders of the server the host lists already, so that a lost
// answer can be looked up later. It is for the time when the card is made:
// once somebody has decided, it notes nothing. An order does not wait for its
// note and goes on without it; only an Unknown outcome then needs a person.
// Note may be called as often as anybody likes.
func (d *Desk) RecordBaseline(ctx context.Context, id ID) error {
	if d.HostOrders == nil {
		return nil
	}
	o, err := d.Ledger.Order(ctx, id)
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	if o.State != Pending {
		return nil
	}
	if _, err := d.Baselines.Baseline(ctx, id); CodeOf(err) != CodeNotFound {
		return err
	}
	asked := d.now()
	listed, err := d.list(ctx, o)
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	err = d.Baselines.AddBaseline(ctx, id, Baseline{IDs: idsOf(listed, o), Complete: listed.Complete, At: asked})
	if err != nil && CodeOf(err) != CodeConflict {
		return fmt.Errorf("note: %w", err)
	}
	return nil
}

// list reads the host's list of o's account, in limited time.
func (d *Desk) list(ctx context.Context, o Order) (HostOrderList, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listTimeout, errListTimeout)
	defer cancel()
	listed, err := d.HostOrders.Orders(ctx, o.Account)
	if err != nil {
		return HostOrderList{}, fmt.Errorf("the orders of the account: %w", err)
	}
	return listed, nil
}

// idsOf gives the ids that are worth noting: those of o's server, and those
// that do not say of which server they are.
func idsOf(listed HostOrderList, o Order) []string {
	ids := []string{}
	for _, line := range listed.Orders {
		if line.ServerID == o.Server.ID || line.ServerID == "" {
			ids = append(ids, line.ID)
		}
	}
	return ids
}
