package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// tamperedHost is a host to which nothing may be sent.
type tamperedHost struct{ sent atomic.Int64 }

func (h *tamperedHost) ExtendServer(context.Context, order.Extension) (order.Receipt, error) {
	h.sent.Add(1)
	return order.Receipt{OrderID: "h-1"}, nil
}

// alarms counts the orders that do not verify. It is an [order.Observer].
type alarms struct{ tampered atomic.Int64 }

func (*alarms) Transitioned(order.Order, order.Entry)                      {}
func (*alarms) Attempted(order.Order, order.Verdict, time.Duration, error) {}
func (*alarms) LookedUp(order.Order, order.Match, error)                   {}
func (*alarms) Unrecorded(order.Order, order.State, *order.Receipt, error) {}
func (a *alarms) Unverified(_ order.Order, err error)                      { a.tampered.Add(1) }
func (a *alarms) raised() bool                                             { return a.tampered.Swap(0) > 0 }

// stays reports whether an order stays as it is after the change of a column: it is
// found under another id, has rows of history that it cannot have yet, or may be that of
// another process, which has the key.
func stays(table, column string) bool {
	return table == "orders" && (column == "id" || column == "version") || table == "history" && column == "key_id"
}

// Whatever column of an order or of its history is changed in the database, while it
// waits for its approvals or is approved: nothing is sent, nobody's press counts, it is
// reported, and the order ends.
func TestDesk_TamperedOrderIsNotSent(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url, host, seen := d.url(t), &tamperedHost{}, &alarms{}
		l := open(t, url, true)
		desk := order.NewDesk(order.Config{
			Ledger: l, Host: host, Observer: seen, ProcessID: "p1", Now: func() time.Time { return start.Add(time.Minute) },
			Policy: ordertest.NewPolicy(ordertest.Rules{
				People: []string{"U0ALICE"}, Account: "acc-1",
				Approvals: []ordertest.Approval{{Name: "one", Approvers: []string{"U0", "U1", "U2"}}},
			}),
			ConfirmTTL: time.Hour, MaxHours: 1_000_000, HostTimeout: time.Minute,
		})
		db := d.raw(t, url)
		db.SetMaxOpenConns(1)
		exec(t, db, d.unguard)
		n := 0
		for _, way := range [][]order.State{{}, {order.Pending}, {order.Approved}, {order.Approved, order.Placing, order.Approved}} {
			for _, table := range []string{"orders", "history"} {
				for _, column := range ledger.TableColumns[table] {
					if table == "orders" && slices.Contains(bookkeeping, column) {
						continue
					}
					n++
					id := order.ID(fmt.Sprintf("o-%03d", n))
					o := onTheWay(t, l, id, way)
					where := map[string]string{"orders": "id = '%s'", "history": "order_id = '%s' AND version = 1"}[table]
					value := fmt.Sprintf("'x%d'", n)
					if _, number := (tampering{t: t, d: d, db: db}).value(table, column, fmt.Sprintf(where, id)).(int64); number {
						value = "99999"
					}
					switch column {
					case "id":
						value = "id || 'x'"
					case "version":
						value = "0"
					case "state":
						value = "CASE state WHEN 'pending' THEN 'approved' ELSE 'pending' END"
					}
					exec(t, db, fmt.Sprintf("UPDATE %s SET %s = %s WHERE "+where, table, column, value, id))
					name := fmt.Sprintf("%s as %s, %s of %s", o.State, way, column, table)
					checkNotSent(t, desk, l, id, name, !stays(table, column))
					if host.sent.Swap(0) > 0 {
						t.Errorf("%s: it was sent", name)
					}
					if !seen.raised() && column != "id" {
						t.Errorf("%s: nothing was reported", name)
					}
				}
			}
		}
	})
}

// checkNotSent lets people press the buttons of an order that was tampered with, and
// processes place it.
func checkNotSent(t *testing.T, desk *order.Desk, l *ledger.Ledger, id order.ID, name string, ends bool) {
	t.Helper()
	for range 2 {
		_ = desk.Place(t.Context(), id)
		for _, user := range []string{"U2", "U0ALICE"} {
			o, err := desk.Decide(t.Context(), order.Decision{ID: id, Person: order.Person{Team: "T0TEAM", User: user}, Yes: true})
			if err == nil {
				t.Errorf("%s: the yes of %s counts, and it is %s", name, user, o.State)
			}
		}
	}
	now, err := l.Order(t.Context(), id)
	if ended := err == nil && now.State != order.Pending && now.State != order.Approved; ended != ends {
		t.Errorf("%s: in the end it is %s (%s), %v", name, now.State, now.Reason, err)
	}
	if ends && !strings.Contains(now.Reason, "tampered with") {
		t.Errorf("%s: it ended because %q", name, now.Reason)
	}
}

// SQLite stores a text in a column for numbers. The order can still be read, alone and in
// a list, and ends like any other that was changed.
func TestDesk_TextInsteadOfNumber(t *testing.T) {
	t.Parallel()
	d := databases[0]
	url, seen := d.url(t), &alarms{}
	l := open(t, url, true)
	desk := order.NewDesk(order.Config{
		Ledger: l, Observer: seen, ProcessID: "p1", Now: func() time.Time { return start.Add(time.Minute) },
		Policy: ordertest.NewPolicy(ordertest.Rules{}), ConfirmTTL: time.Hour, MaxHours: 1_000_000, HostTimeout: time.Minute,
	})
	db := d.raw(t, url)
	exec(t, db, d.unguard)
	x := tampering{t: t, d: d, db: db}
	for table, where := range map[string]string{"orders": "id = '%s'", "history": "order_id = '%s' AND version = 1"} {
		for _, column := range ledger.TableColumns[table] {
			id := order.ID("o-" + table + "-" + column)
			onTheWay(t, l, id, []order.State{order.Approved})
			if _, number := x.value(table, column, fmt.Sprintf(where, id)).(int64); !number {
				continue
			}
			exec(t, db, fmt.Sprintf("UPDATE %s SET %s = 'text' WHERE "+where, table, column, id))
			if _, err := l.List(t.Context(), start.Add(-time.Hour), 1000); err != nil {
				t.Fatalf("%s of %s: %v", column, table, err)
			}
			if table == "orders" && slices.Contains(bookkeeping, column) {
				continue
			}
			want := order.Refused
			if column == "throttled_at" { // as if it may have been charged
				want = order.Unknown
			}
			_ = desk.Place(t.Context(), id)
			if now, err := l.Order(t.Context(), id); err != nil || now.State != want || !seen.raised() {
				t.Errorf("%s of %s: it is %s, %v", column, table, now.State, err)
			}
		}
	}
}
