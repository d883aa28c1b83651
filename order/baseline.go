package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// listTimeout limits one reading of the host's list, however many pages it has.
const listTimeout = 25 * time.Second

// errListTimeout is the cause of a context that ended because reading the host's
// list took too long.
var errListTimeout = errors.New("the list of orders did not come in time")

// RecordBaseline records which orders of the server the host already lists, so
// that a lost answer can be looked up later. It is called when the card is made.
// Once the order is decided, it does nothing. An order does not wait for its
// baseline, but without one, an Unknown outcome needs a person. It may be called
// any number of times. It reports whether the order is expected to cost something else
// now, because the list may have a price that was not known at the request: the card is
// due again then.
func (d *Desk) RecordBaseline(ctx context.Context, id ID) (repriced bool, err error) {
	if d.cfg.HostOrders == nil {
		return false, nil
	}
	o, err := d.cfg.Ledger.Order(ctx, id)
	if err != nil {
		return false, fmt.Errorf("baseline: %w", err)
	}
	if o.State != Pending {
		return false, nil
	}
	if _, err = d.cfg.Baselines.Baseline(ctx, id); CodeOf(err) == CodeNotFound {
		err = d.addBaseline(ctx, o)
	}
	if err == nil {
		repriced, err = d.reprice(ctx, o)
	}
	if err != nil && CodeOf(err) != CodeConflict {
		return false, fmt.Errorf("baseline: %w", err)
	}
	return repriced, nil
}

func (d *Desk) addBaseline(ctx context.Context, o Order) error {
	asked := d.now()
	listed, err := d.list(ctx, o)
	if err != nil {
		return err
	}
	return d.cfg.Baselines.AddBaseline(ctx, o.ID, Baseline{IDs: idsOf(listed, o), Complete: listed.Complete, At: asked})
}

// baseline returns the baseline of an order, and why it cannot show what is new in the
// host's list; "" if it can. One that is newer than the decision may have what the order
// bought, and one that is not proven to be the program's may have anything.
func (d *Desk) baseline(ctx context.Context, o Order) (b Baseline, missing string, err error) {
	b, err = d.cfg.Baselines.Baseline(ctx, o.ID)
	switch {
	case unverified(err):
		d.report(o, err)
		return Baseline{}, "the record of which orders it listed before does not count: " + unverifiedWhy(Order{}, err), nil
	case err != nil && CodeOf(err) != CodeNotFound:
		return Baseline{}, "", err
	case err != nil, b.At.After(o.DecidedAt):
		b = Baseline{}
	}
	if !b.Complete {
		missing = "its list of orders was not recorded before, so it cannot show what is new"
	}
	return b, missing, nil
}

// list reads the host's list for o's account, with a time limit.
func (d *Desk) list(ctx context.Context, o Order) (HostOrderList, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listTimeout, errListTimeout)
	defer cancel()
	listed, err := d.cfg.HostOrders.Orders(ctx, o.Account)
	if err != nil {
		return HostOrderList{}, fmt.Errorf("the orders of the account: %w", err)
	}
	return listed, nil
}

// idsOf returns the ids that belong in the baseline: those of the lines that may
// be for o's server.
func idsOf(listed HostOrderList, o Order) []string {
	ids := []string{}
	for _, line := range listed.Orders {
		if line.mayBe(o) {
			ids = append(ids, line.ID)
		}
	}
	return ids
}
