package leases

import (
	"context"
	"slices"
	"strings"
	"time"

	"extendbot/order"
)

// view returns what a reminder with these entries says now.
func (r *Reminders) view(ctx context.Context, entries []Entry, found map[string]Found, now time.Time) (View, error) {
	v := View{Now: now}
	for _, e := range entries {
		row, err := r.row(ctx, e, found[e.Server.ID], now)
		if err != nil {
			return View{}, err
		}
		v.Rows = append(v.Rows, row)
	}
	v.Needs = r.needs(v.Rows, now)
	return v, nil
}

// row returns what a reminder says about one server now.
func (r *Reminders) row(ctx context.Context, e Entry, f Found, now time.Time) (Row, error) {
	row := Row{Entry: e, Lease: f.Lease, State: StateOpen, Renews: f.Lease.AutoRenew}
	if row.Lease.Server.ID == "" { // it is in the policy no longer
		row.Lease.Server = e.Server
	}
	row.Account = r.account(row.Lease)
	row.Balance = r.cfg.Balance(row.Account)
	o, err := r.cfg.Store.OneClick(ctx, e.Server.ID, e.Lease)
	switch {
	case err == nil:
		row.Order = &o
	case order.CodeOf(err) != order.CodeNotFound:
		return row, err
	}
	if f.Record.Lease.Equal(e.Lease) {
		row.StoppedBy = f.Record.StoppedBy
	}
	switch {
	case row.Order != nil && o.State != order.Placed:
		row.State = StateOrdered
	case row.Lease.Known() && !row.Lease.ExpiresAt.Equal(e.Lease):
		row.State = StateExtended
	case !e.Lease.After(now):
		row.State = StatePassed
	case row.Order != nil: // its receipt states the old expiry
		row.State = StateOrdered
	case row.StoppedBy != "":
		row.State = StateStopped
	}
	for _, hours := range OfferedHours() {
		estimate, err := r.cfg.Prices.Estimate(ctx, order.Order{Server: row.Lease.Server, Account: row.Account, Hours: hours})
		if err != nil {
			return row, err
		}
		row.Offers = append(row.Offers, Offer{Hours: hours, Estimate: estimate})
	}
	return row, nil
}

// final reports whether the row will not show anything else.
func (r Row) final() bool { return r.State == StateExtended || r.State == StatePassed }

// follows reports whether a line follows a reminder about the row. The thread in which the
// receipt is says enough, and so does the person who let the server run out.
func (r Row) follows(ref string) bool {
	if r.State == StatePassed {
		return r.StoppedBy == ""
	}
	return r.State == StateExtended && (r.Order == nil || r.Order.Thread != ref)
}

// fingerprint identifies what the view shows of one of its rows.
func (v View) fingerprint(i int) string {
	r := v.Rows[i]
	parts := []string{string(r.State)}
	switch r.State {
	case StateOpen, StateStopped:
		parts = append(parts, r.StoppedBy)
		for _, o := range r.Offers {
			parts = append(parts, order.FormatAmount(o.Estimate.Amount))
		}
		if slices.ContainsFunc(v.Needs, func(n Need) bool { return n.Account == r.Account }) {
			parts = append(parts, "uncovered")
		}
	case StateOrdered:
		parts = append(parts, string(r.Order.ID), string(r.Order.State))
	case StateExtended:
		parts = append(parts, r.Lease.ExpiresAt.UTC().Format(time.RFC3339))
	case StatePassed:
	}
	return strings.Join(parts, " ")
}
