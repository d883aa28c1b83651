package ordertest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"extendbot/order"
	"extendbot/order/leases"
)

var _ leases.Store = (*Ledger)(nil)

// CreateApproved implements [order.Ledger].
func (l *Ledger) CreateApproved(_ context.Context, o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due ...order.Due) (order.Order, error) {
	if l.Before != nil {
		if err := l.Before(a); err != nil {
			return o, err
		}
	}
	stored, err := l.createApproved(o, e, approved, a, limits, b, due)
	if err != nil {
		return stored, err
	}
	if l.After != nil {
		l.After(a)
	}
	if l.LoseAnswer != nil {
		if err := l.LoseAnswer(a); err != nil {
			return o, err
		}
	}
	return stored, nil
}

func (l *Ledger) createApproved(o order.Order, e order.Entry, approved order.Order, a order.Entry, limits []order.Limit, b *order.Baseline, due []order.Due) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.From.CanBecome(e.To) || e.To != o.State || a.From != order.Pending || a.To != order.Approved || a.To != approved.State {
		return o, &order.Error{Code: order.CodeIllegal}
	}
	if instead, err := l.mayCreate(o); err != nil {
		return instead, err
	}
	if err := l.mustNotBeHeld(o, order.State.Holds); err != nil {
		return o, err
	}
	if newest := l.extension(o); newest != nil {
		if newest.ID != approved.ToldExtendedBy {
			return o, &order.Error{Code: order.CodeExtended, Order: newest}
		}
		approved.ExtendedBy, approved.ToldUser = newest.ID, a.Who
	} else {
		approved.ToldExtendedBy, approved.ToldUser = "", ""
	}
	if err := order.Exceeded(l.limitStates(approved, limits, a.At)); err != nil {
		return o, err
	}
	if b != nil {
		l.baselines[o.ID] = *b
	}
	l.history[o.ID] = append(l.history[o.ID], e)
	approved.Version, approved.Chain = a.Version, chain(approved, a)
	l.store(approved, a, due)
	return approved, nil
}

// mayCreate fails if another order prevents that o is created, and then returns what Create
// returns.
func (l *Ledger) mayCreate(o order.Order) (order.Order, error) {
	if first, ok := l.find(func(other order.Order) bool { return other.RequestKey == o.RequestKey }); ok {
		return first, &order.Error{Code: order.CodeDuplicate, Order: &first}
	}
	if taken, ok := l.find(pressed(o.Server.ID, o.Lease)); ok {
		return o, &order.Error{Code: order.CodeLeaseTaken, Order: &taken}
	}
	if err := l.mustNotBeHeld(o, func(s order.State) bool { return s == order.Unknown }); err != nil {
		return o, err
	}
	if !o.Lease.IsZero() { // a press does not depend on what else the person asks for
		return o, nil
	}
	if asked, ok := l.find(func(other order.Order) bool { return sameRequest(other, o) && other.Decidable(o.CreatedAt) }); ok {
		return asked, &order.Error{Code: order.CodeAsked, Order: &asked}
	}
	return o, nil
}

// pressed matches the orders that are open, or were placed, because of a press on a reminder
// of a lease.
func pressed(serverID string, lease time.Time) func(order.Order) bool {
	return func(o order.Order) bool {
		live := o.State == order.Pending || o.State.Holds() || o.State == order.Placed
		return live && o.Server.ID == serverID && !o.Lease.IsZero() && o.Lease.Equal(lease)
	}
}

// LeaseOrders implements [leases.Store].
func (l *Ledger) LeaseOrders(_ context.Context, serverID string) (found leases.LeaseOrders, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	placed := l.all(func(o order.Order) bool { return o.Server.ID == serverID && o.State == order.Placed })
	slices.SortFunc(placed, func(a, b order.Order) int {
		return cmp.Or(b.FirstTry.Compare(a.FirstTry), cmp.Compare(b.ID, a.ID))
	})
	for _, o := range placed[:min(len(placed), 50)] {
		found.Placed = append(found.Placed, o)
		if o.Receipt != nil && !o.Receipt.ExpiresAt.IsZero() {
			break
		}
	}
	found.Unsettled = l.all(func(o order.Order) bool {
		return o.Server.ID == serverID && o.State.Holds() && (o.State != order.Approved || !o.FirstTry.IsZero())
	})
	return found, nil
}

// RentedServers implements [leases.Store].
func (l *Ledger) RentedServers(context.Context) ([]order.Server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := map[string]order.Order{}
	for _, o := range l.all(func(o order.Order) bool { return o.State == order.Placed }) {
		if last, ok := newest[o.Server.ID]; !ok || !o.FirstTry.Before(last.FirstTry) {
			newest[o.Server.ID] = o
		}
	}
	var list []order.Server
	for _, o := range newest {
		list = append(list, o.Server)
	}
	slices.SortFunc(list, func(a, b order.Server) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// OneClick implements [leases.Store].
func (l *Ledger) OneClick(_ context.Context, serverID string, lease time.Time) (order.Order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.find(pressed(serverID, lease))
	if !ok {
		return o, &order.Error{Code: order.CodeNotFound}
	}
	return o, nil
}

// LeaseRecord implements [leases.Store].
func (l *Ledger) LeaseRecord(_ context.Context, serverID string) (leases.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leases[serverID], nil
}

// SaveLeaseRecord implements [leases.Store].
func (l *Ledger) SaveLeaseRecord(_ context.Context, r leases.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.leases[r.ServerID]
	r.Lease, r.Reminded, r.StoppedBy = now.Lease, now.Reminded, now.StoppedBy
	l.leases[r.ServerID] = r
	return nil
}

// StopReminders implements [leases.Store].
func (l *Ledger) StopReminders(_ context.Context, serverID string, lease time.Time, user string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.ofLease(serverID, lease)
	if r.StoppedBy == "" {
		r.StoppedBy = user
	}
	l.leases[serverID] = r
	return nil
}

// ofLease returns the record of a server, as far as it is about that lease.
func (l *Ledger) ofLease(serverID string, lease time.Time) leases.Record {
	r := l.leases[serverID]
	if r.ServerID = serverID; !r.Lease.Equal(lease) {
		r.Lease, r.Reminded, r.StoppedBy = lease, 0, ""
	}
	return r
}

// ClaimReminders implements [leases.Store].
func (l *Ledger) ClaimReminders(_ context.Context, process string, until time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reminds != process && l.remindsUntil.After(l.now()) {
		return false, nil
	}
	l.reminds, l.remindsUntil = process, until
	return until.After(l.now()), nil
}

// AddReminder implements [leases.Store].
func (l *Ledger) AddReminder(_ context.Context, r leases.Reminder) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range r.Entries {
		if r.Late && l.leases[e.Server.ID].Lease.After(e.Lease) {
			continue
		}
		now := l.ofLease(e.Server.ID, e.Lease)
		if now.Reminded == 0 || e.Before < now.Reminded {
			now.Reminded = e.Before
		}
		l.leases[e.Server.ID] = now
	}
	if slices.ContainsFunc(l.reminders, func(other leases.Reminder) bool { return other.Ref == r.Ref }) {
		return nil
	}
	r.Entries, r.Late = slices.Clone(r.Entries), false
	l.reminders = append(l.reminders, r)
	return nil
}

// OpenReminders implements [leases.Store].
func (l *Ledger) OpenReminders(context.Context) (open []leases.Reminder, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.reminders {
		if slices.ContainsFunc(r.Entries, func(e leases.Entry) bool { return !e.Done }) {
			r.Entries = slices.Clone(r.Entries)
			open = append(open, r)
		}
	}
	slices.SortStableFunc(open, func(a, b leases.Reminder) int {
		return cmp.Or(a.PostedAt.Compare(b.PostedAt), cmp.Compare(a.Ref, b.Ref))
	})
	return open, nil
}

// SaveReminder implements [leases.Store].
func (l *Ledger) SaveReminder(_ context.Context, r leases.Reminder) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, known := range l.reminders {
		if known.Ref != r.Ref {
			continue
		}
		for j := range known.Entries {
			known.Entries[j].Shown, known.Entries[j].Done = r.Entries[j].Shown, r.Entries[j].Done
		}
		l.reminders[i] = known
	}
	return nil
}
