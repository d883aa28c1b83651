package ledger_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// CountUnknown counts the orders whose outcome is unknown.
func TestCountUnknown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		want := func(n int) {
			t.Helper()
			if got, err := l.CountUnknown(t.Context()); err != nil || got != n {
				t.Errorf("%d, %v, want %d", got, err, n)
			}
		}
		want(0)
		o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing)
		want(0)
		o = step(t, l, o, order.Unknown)
		want(1)
		step(t, l, o, order.NotPlaced)
		want(0)
	})
}

// A start makes due the lookup of each order whose outcome is unknown, unless
// people were asked a short time ago.
func TestWork_StartResumesUnknownOrders(t *testing.T) {
	t.Parallel()
	url := databases[0].url(t)
	first := open(t, url, true)
	for _, id := range []order.ID{"new", "asked", "overdue"} {
		s := sample(id)
		s.Server.ID = string(id)
		o := through(t, first, create(t, first, s), order.Approved, order.Placing, order.Unknown)
		shown := order.Shown{ID: id, Card: order.ShownMessage{Ref: "1.1", Version: o.Version}, ThreadMessage: order.ShownMessage{Ref: "1.2", Version: o.Version}}
		switch id {
		case "asked":
			shown.AskedAt = time.Now()
		case "overdue":
			shown.AskedAt = time.Now().Add(-25 * time.Hour)
		}
		if err := first.RecordShown(t.Context(), shown); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(calls, 10)
	work(t, open(t, url, true), func(_ context.Context, id order.ID) error { done <- id; return nil })
	got := map[order.ID]int{}
	for range 2 {
		got[done.wait(t)]++
	}
	if got["new"] != 1 || got["overdue"] != 1 {
		t.Errorf("work done: %v", got)
	}
}

// Receipts that are older than the column of the host's id are found by it too.
func TestHostOrderOf_OlderReceipts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, "sqlite:"+path, true)
	o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing)
	o.Receipt = &order.Receipt{OrderID: "h-1"}
	step(t, l, o, order.Placed)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ledger.MigrateDown(t.Context(), path, 3); err != nil {
		t.Fatal(err)
	}
	if id, err := open(t, "sqlite:"+path, true).HostOrderOf(t.Context(), "h-1"); err != nil || id != "a" {
		t.Errorf("%q, %v", id, err)
	}
}
