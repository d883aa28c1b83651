package leases

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"extendbot/order"
)

// renewValid is how long the host's word counts that it renews a server by itself.
const renewValid = 7 * 24 * time.Hour

// due is a reminder that is due for one server.
type due struct {
	Found

	before time.Duration // the threshold
	at     time.Time     // since when it is due
}

// dueNow returns what is due, the first lease to end first.
func (r *Reminders) dueNow(all []Found, now time.Time) (list []due) {
	for _, f := range all {
		if d, ok := r.dueOf(f, now); ok {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b due) int { return a.Lease.ExpiresAt.Compare(b.Lease.ExpiresAt) })
	return list
}

// dueOf returns the reminder that is due for a server. Of several thresholds that have passed,
// the last one counts. One that had passed when hours were bought is skipped.
func (r *Reminders) dueOf(f Found, now time.Time) (due, bool) {
	l := f.Lease
	if !l.Known() || !l.ExpiresAt.After(now) || f.reminded(l.ExpiresAt, 0) {
		return due{}, false
	}
	d := due{Found: f}
	for _, before := range r.cfg.Before {
		if !l.ExpiresAt.Add(-before).After(now) && (d.before == 0 || before < d.before) {
			d.before = before
		}
	}
	d.at = l.ExpiresAt.Add(-d.before)
	if d.before == 0 || f.reminded(l.ExpiresAt, d.before) || !l.Since.IsZero() && !d.at.After(l.Since) {
		return due{}, false
	}
	if !l.AutoRenew {
		return d, true
	}
	if now.Sub(l.RenewStatedAt) > renewValid {
		return d, d.before == slices.Min(r.cfg.Before)
	}
	balance := r.cfg.Balance(r.account(l))
	if balance.Amount.Valid && l.PlanPrice.Valid && balance.Amount.Decimal.GreaterThanOrEqual(l.PlanPrice.Decimal) {
		return due{}, false
	}
	if balance.At.After(d.at) { // it was not due before
		d.at = balance.At
	}
	return d, true
}

// reminded reports whether nobody is to be reminded of a threshold of a lease, because they
// were reminded of it, or of a later one, or do not want it. For 0, only the latter counts.
func (f Found) reminded(lease time.Time, before time.Duration) bool {
	if !f.Record.Lease.Equal(lease) {
		return false
	}
	return f.Record.StoppedBy != "" || before > 0 && f.Record.Reminded > 0 && f.Record.Reminded <= before
}

// nextChange returns when something about a lease is due next: a threshold, or its end; zero
// if nothing is.
func (r *Reminders) nextChange(l order.Lease, now time.Time) (next time.Time) {
	if !l.Known() || !l.ExpiresAt.After(now) {
		return time.Time{}
	}
	next = l.ExpiresAt
	for _, before := range r.cfg.Before {
		if at := l.ExpiresAt.Add(-before); at.After(now) && at.Before(next) {
			next = at
		}
	}
	return next
}

// account returns the account that is expected to pay for a server, or "".
func (r *Reminders) account(l order.Lease) string {
	if l.Last != nil {
		return l.Last.Account
	}
	if accounts := r.cfg.AccountsOf(l.Server.ID); len(accounts) == 1 {
		return accounts[0]
	}
	return ""
}

// readLists reads the lists of the accounts that paid for the servers last, or may pay for them. If
// one cannot be read, what is known otherwise counts.
func (r *Reminders) readLists(ctx context.Context, list []due) {
	ctx, cancel := context.WithTimeoutCause(ctx, listsTimeout, errListsTimeout)
	defer cancel()
	accounts := map[string]bool{}
	for _, d := range list {
		if d.Lease.Last != nil {
			accounts[d.Lease.Last.Account] = true
			continue
		}
		for _, id := range r.cfg.AccountsOf(d.Lease.Server.ID) {
			accounts[id] = true
		}
	}
	var readings sync.WaitGroup
	for id := range accounts {
		readings.Go(func() { _ = r.cfg.ReadList(ctx, id) }) // who reads it logs its error
	}
	readings.Wait()
}

// balanceValid is how old a balance may be for [Need].
const balanceValid = time.Hour

// needs returns what accounts need for the rows that will run out, and do not have.
func (r *Reminders) needs(rows []Row, now time.Time) (list []Need) {
	sums := map[string]Need{}
	for _, row := range rows {
		if row.State != StateOpen || row.Account == "" {
			continue
		}
		amount := row.Offers[0].Estimate.Amount
		if row.Renews {
			amount = row.Lease.PlanPrice
		}
		n := sums[row.Account]
		n.Account, n.Balance, n.Servers = row.Account, row.Balance, n.Servers+1
		n.Amount = n.Amount.Add(amount.Decimal) // 0 if it is not known
		sums[row.Account] = n
	}
	for _, n := range sums {
		known := n.Balance.Amount.Valid && now.Sub(n.Balance.At) <= balanceValid
		if known && n.Balance.Amount.Decimal.LessThan(n.Amount) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b Need) int { return cmp.Compare(a.Account, b.Account) })
	return list
}
