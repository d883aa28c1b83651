package ledger

import (
	"context"
	"fmt"
	"time"

	"extendbot/order"
	"extendbot/order/leases"
)

// What has to survive a restart of leases and reminders. Nothing authenticates it: at worst,
// people are reminded at the wrong time, or not at all, and no press counts without the
// policy.

var _ leases.Store = (*Ledger)(nil)

var leaseTable = newTable("leases", "server_id", []column[leases.Record]{
	{"server_id", fixed, func(r *leases.Record) any { return &r.ServerID }},
	{"base", changing, func(r *leases.Record) any { return (*storedTime)(&r.Base) }},
	{"base_order", changing, func(r *leases.Record) any { return &r.BaseOrder }},
	{"base_since", changing, func(r *leases.Record) any { return (*storedTime)(&r.BaseSince) }},
	{"elsewhere", changing, func(r *leases.Record) any { return &r.Elsewhere }},
	{"elsewhere_at", changing, func(r *leases.Record) any { return (*storedTime)(&r.ElsewhereAt) }},
	// What people were told; see [leases.Store.SaveLeaseRecord].
	{"lease", shown, func(r *leases.Record) any { return (*storedTime)(&r.Lease) }},
	{"reminded", shown, func(r *leases.Record) any { return &r.Reminded }},
	{"stopped_by", shown, func(r *leases.Record) any { return &r.StoppedBy }},
})

// reminderRow is one entry of a reminder in its stored form.
type reminderRow struct {
	leases.Entry
	ref      string
	place    int // in the reminder, from 0
	postedAt time.Time
	done     int // 1 if the entry is done
}

var reminderTable = newTable("reminders", "ref, place", []column[reminderRow]{
	{"ref", fixed, func(r *reminderRow) any { return &r.ref }},
	{"place", fixed, func(r *reminderRow) any { return &r.place }},
	{"posted_at", fixed, func(r *reminderRow) any { return (*storedTime)(&r.postedAt) }},
	{"server_id", fixed, func(r *reminderRow) any { return &r.Server.ID }},
	{"server_name", fixed, func(r *reminderRow) any { return &r.Server.Name }},
	{"lease", fixed, func(r *reminderRow) any { return (*storedTime)(&r.Lease) }},
	{"before_end", fixed, func(r *reminderRow) any { return &r.Before }},
	{"shown", changing, func(r *reminderRow) any { return &r.Shown }},
	{"done", changing, func(r *reminderRow) any { return &r.done }},
})

var (
	selectLease = leaseTable.selectWhere("WHERE server_id = $1")
	saveLease   = leaseTable.insert() + " ON CONFLICT (server_id) DO UPDATE SET base = excluded.base, base_order = excluded.base_order," +
		" base_since = excluded.base_since, elsewhere = excluded.elsewhere, elsewhere_at = excluded.elsewhere_at"
	addReminder  = reminderTable.insert() + " ON CONFLICT (ref, place) DO NOTHING"
	saveReminder = "UPDATE reminders SET shown = $3, done = $4 WHERE ref = $1 AND place = $2"
	// The index reminders_open has the condition of the inner query.
	selectReminders = reminderTable.selectWhere("WHERE ref IN (SELECT ref FROM reminders WHERE done = 0) ORDER BY posted_at, ref, place")
	selectOneClick  = orderTable.selectWhere("WHERE " + oneClick)

	// The index orders_rented has the conditions and the order.
	selectPlacedOf  = orderTable.selectWhere("WHERE server_id = $1 AND state = 'placed' ORDER BY first_try DESC, id DESC LIMIT 50")
	selectUnsettled = orderTable.selectWhere("WHERE server_id = $1 AND " + whereHolds + " AND (state <> 'approved' OR first_try <> 0)")
)

const (
	selectNextRented = "SELECT MIN(server_id) FROM orders WHERE state = 'placed' AND server_id > $1"
	selectNameOf     = "SELECT server_name FROM orders WHERE server_id = $1 AND state = 'placed' ORDER BY first_try DESC, id DESC LIMIT 1"

	claimReminding = "INSERT INTO reminding (id, process, until) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET process = $1, until = $2" +
		" WHERE reminding.process = $1 OR reminding.until <= $3 OR %s"
	endReminding = "UPDATE reminding SET until = 0"

	// remindedOf keeps a smaller threshold of the same lease, and who stopped it.
	remindedOf = "INSERT INTO leases (server_id, base, base_order, base_since, elsewhere, elsewhere_at, lease, reminded, stopped_by)" +
		" VALUES ($1, 0, '', 0, 0, 0, $2, $3, '') ON CONFLICT (server_id) DO UPDATE SET" +
		" reminded = CASE WHEN leases.lease = $2 AND leases.reminded <> 0 AND leases.reminded < $3 THEN leases.reminded ELSE $3 END," +
		" stopped_by = CASE WHEN leases.lease = $2 THEN leases.stopped_by ELSE '' END, lease = $2"
	// lateReminder is remindedOf, but keeps a later lease.
	lateReminder = remindedOf + " WHERE leases.lease <= $2"
	stopLease    = "INSERT INTO leases (server_id, base, base_order, base_since, elsewhere, elsewhere_at, lease, reminded, stopped_by)" +
		" VALUES ($1, 0, '', 0, 0, 0, $2, 0, $3) ON CONFLICT (server_id) DO UPDATE SET" +
		" reminded = CASE WHEN leases.lease = $2 THEN leases.reminded ELSE 0 END," +
		" stopped_by = CASE WHEN leases.lease = $2 AND leases.stopped_by <> '' THEN leases.stopped_by ELSE $3 END, lease = $2"
)

// LeaseOrders implements [leases.Store]. It reads the unsettled orders first: one that becomes
// placed just now is found twice, rather than not at all.
func (l *Ledger) LeaseOrders(ctx context.Context, serverID string) (found leases.LeaseOrders, err error) {
	if found.Unsettled, err = l.orders(ctx, selectUnsettled, serverID); err != nil {
		return found, err
	}
	placed, err := l.orders(ctx, selectPlacedOf, serverID)
	for i, o := range placed {
		if o.Receipt != nil && !o.Receipt.ExpiresAt.IsZero() {
			placed = placed[:i+1]
			break
		}
	}
	found.Placed = placed
	return found, err
}

// RentedServers implements [leases.Store]. It looks for one server after the other, because
// a ledger has many orders and few servers.
func (l *Ledger) RentedServers(ctx context.Context) (list []order.Server, err error) {
	for after := ""; ; {
		var id *string
		if err := l.scanFirst(ctx, selectNextRented, []any{after}, &id); err != nil || id == nil {
			return list, err
		}
		s := order.Server{ID: *id}
		if err := l.scanFirst(ctx, selectNameOf, []any{s.ID}, &s.Name); err != nil && order.CodeOf(err) != order.CodeNotFound {
			return list, err
		}
		list, after = append(list, s), s.ID
	}
}

// OneClick implements [leases.Store].
func (l *Ledger) OneClick(ctx context.Context, serverID string, lease time.Time) (order.Order, error) {
	r, err := selectOne(ctx, l.db.read(), selectOneClick, serverID, micros(lease))
	return r.Order, l.db.wrap(err)
}

// LeaseRecord implements [leases.Store].
func (l *Ledger) LeaseRecord(ctx context.Context, serverID string) (leases.Record, error) {
	var r leases.Record
	err := l.withFirst(ctx, selectLease, []any{serverID}, func(found scanner) error { return leaseTable.scan(found, &r) })
	if order.CodeOf(err) == order.CodeNotFound {
		return leases.Record{}, nil
	}
	return r, err
}

// SaveLeaseRecord implements [leases.Store].
func (l *Ledger) SaveLeaseRecord(ctx context.Context, r leases.Record) error {
	r.Lease, r.Reminded, r.StoppedBy = time.Time{}, 0, "" // of a row that is there, they stay
	return l.writeReminding(ctx, false, func(ctx context.Context, tx tx) error {
		_, err := tx.exec(ctx, saveLease, leaseTable.values(&r)...)
		return err
	})
}

// StopReminders implements [leases.Store].
func (l *Ledger) StopReminders(ctx context.Context, serverID string, lease time.Time, user string) error {
	return l.writeReminding(ctx, true, func(ctx context.Context, tx tx) error {
		_, err := tx.exec(ctx, stopLease, serverID, micros(lease), user)
		return err
	})
}

// ClaimReminders implements [leases.Store]. The claim of a process that is known to be dead
// does not count.
func (l *Ledger) ClaimReminders(ctx context.Context, process string, until time.Time) (bool, error) {
	query := fmt.Sprintf(claimReminding, l.db.isDead("reminding.process", "$1"))
	now := l.now()
	claimed := false // after an error, the write may still run
	err := l.writeReminding(ctx, false, func(ctx context.Context, tx tx) error {
		n, err := tx.exec(ctx, query, process, micros(until), micros(now))
		claimed = n > 0
		return err
	})
	if err != nil {
		return false, err
	}
	return claimed && until.After(now), nil
}

// AddReminder implements [leases.Store].
func (l *Ledger) AddReminder(ctx context.Context, r leases.Reminder) error {
	reminded := remindedOf
	if r.Late {
		reminded = lateReminder
	}
	return l.writeReminding(ctx, true, func(ctx context.Context, tx tx) error {
		for i, e := range r.Entries {
			row := reminderRow{Entry: e, ref: r.Ref, place: i, postedAt: r.PostedAt, done: oneIf(e.Done)}
			if _, err := tx.exec(ctx, addReminder, reminderTable.values(&row)...); err != nil {
				return err
			}
			if _, err := tx.exec(ctx, reminded, e.Server.ID, micros(e.Lease), int64(e.Before)); err != nil {
				return err
			}
		}
		return nil
	})
}

// OpenReminders implements [leases.Store].
func (l *Ledger) OpenReminders(ctx context.Context) (list []leases.Reminder, err error) {
	err = forEachRow(ctx, l.db.read(), selectReminders, func(found scanner) error {
		var r reminderRow
		if err := reminderTable.scan(found, &r); err != nil {
			return err
		}
		r.Done = r.done == 1
		if n := len(list); n == 0 || list[n-1].Ref != r.ref {
			list = append(list, leases.Reminder{Ref: r.ref, PostedAt: r.postedAt})
		}
		last := &list[len(list)-1]
		last.Entries = append(last.Entries, r.Entry)
		return nil
	})
	return list, l.db.wrap(err)
}

// SaveReminder implements [leases.Store].
func (l *Ledger) SaveReminder(ctx context.Context, r leases.Reminder) error {
	return l.writeReminding(ctx, false, func(ctx context.Context, tx tx) error {
		for i, e := range r.Entries {
			if _, err := tx.exec(ctx, saveReminder, r.Ref, int64(i), e.Shown, int64(oneIf(e.Done))); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeReminding writes in one transaction, without due work.
func (l *Ledger) writeReminding(ctx context.Context, durable bool, write func(ctx context.Context, tx tx) error) error {
	if l.unwritable != nil {
		return l.unwritable
	}
	return l.db.wrap(l.db.write(ctx, durable, func(ctx context.Context, tx tx) ([]job, error) { return nil, write(ctx, tx) }))
}

// oneIf returns 1 for true, and otherwise 0.
func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
