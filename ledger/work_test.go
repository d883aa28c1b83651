package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/internal/ledgerfill"
	"extendbot/ledger"
	"extendbot/order"
)

// calls receives the orders for which a handler of due work was called.
type calls chan order.ID

func (c calls) wait(t *testing.T) order.ID {
	t.Helper()
	select {
	case id := <-c:
		return id
	case <-time.After(2 * time.Minute):
		t.Fatal("no due work was done")
		return ""
	}
}

// work starts due work with one handler for all kinds.
func work(t *testing.T, l *ledger.Ledger, h ledger.Handler) {
	t.Helper()
	all := map[order.Work]ledger.Handler{}
	for _, w := range order.Works() {
		all[w] = h
	}
	workWith(t, l, all)
}

// workWith starts due work.
func workWith(t *testing.T, l *ledger.Ledger, all map[order.Work]ledger.Handler) {
	t.Helper()
	if err := l.Work(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := l.StopWork(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// withOwner gives an order a card owner and a deadline that outlast the test.
// Otherwise it would be adopted on a shared database, and due work would not be
// the only one that works on it.
func withOwner(o order.Order) order.Order {
	o.CardOwnerUntil = time.Now().Add(time.Hour)
	o.Deadline = o.CardOwnerUntil
	return o
}

// Due work is done.
func TestWork_DueWorkIsDone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		done := make(calls, 10)
		work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
		create(t, l, withOwner(sample("a")), order.Due{Work: order.WorkReconcile, At: time.Now()})
		if id := done.wait(t); id != "a" {
			t.Fatalf("work for %q", id)
		}
	})
}

// Due work that fails, or has to wait, is done again.
func TestWork_RetriedAndPostponed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		done := make(calls, 10)
		var tries atomic.Int32
		work(t, l, func(_ context.Context, id order.ID) error {
			defer func() { done <- id }()
			switch tries.Add(1) {
			case 1:
				return &order.Later{At: time.Now().Add(20 * time.Millisecond)}
			case 2:
				return errors.New("not today")
			default:
				return nil
			}
		})
		create(t, l, withOwner(sample("a")), order.Due{Work: order.WorkPlace, At: time.Now()})
		for range 3 {
			done.wait(t)
		}
	})
}

// When an order is placed, the other pending orders of its server are due at once,
// because their cards have to say so.
func TestWork_PlacedMakesOthersDue(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, d.url(t), true)
		want := map[order.ID]int{"waiting": 1, "also waiting": 1}
		if !d.shared {
			want = map[order.ID]int{"waiting": 2, "also waiting": 2, "elsewhere": 1} // a start makes the work of open orders due
		}
		for _, id := range []order.ID{"waiting", "also waiting", "elsewhere"} {
			o := withOwner(sample(id))
			if id == "elsewhere" {
				o.Server.ID = "srv-2"
			}
			create(t, l, o)
		}
		placing := through(t, l, create(t, l, withOwner(sample("placing"))), order.Approved, order.Placing)
		shown := order.ShownMessage{Ref: "1", Version: placing.Version + 1}
		if err := l.RecordShown(t.Context(), order.Shown{ID: "placing", Card: shown, ThreadMessage: shown}); err != nil {
			t.Fatal(err)
		}
		placing.ChangedAt = time.Now().Add(-time.Second)
		step(t, l, placing, order.Placed)
		done := make(calls, 20)
		work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
		got := map[order.ID]int{}
		for sum(got) < sum(want) {
			got[done.wait(t)]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// The due work of a refused change is not recorded.
func TestWork_RefusedChangeLeavesNone(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, d.url(t), true)
		o := create(t, l, withOwner(sample("a")))
		step(t, l, o, order.Approved)
		if _, err := try(t, l, o, order.Approved, order.Due{Work: order.WorkReconcile, At: time.Now()}); err == nil {
			t.Fatal("the same version was changed twice")
		}
		step(t, l, create(t, l, withOwner(sample("b"))), order.Cancelled, order.Due{Work: order.WorkReconcile, At: time.Now()})
		done := make(calls, 10)
		handlers := map[order.Work]ledger.Handler{}
		for _, w := range order.Works() {
			handlers[w] = func(context.Context, order.ID) error { return nil }
		}
		handlers[order.WorkReconcile] = func(_ context.Context, id order.ID) error { done <- id; return nil }
		workWith(t, l, handlers)
		want := map[order.ID]int{"b": 1}
		if !d.shared {
			// A start makes the work of open orders due: a's and b's.
			want = map[order.ID]int{"a": 1, "b": 2}
		}
		// What was recorded last is done last, so nothing else came before it.
		last := withOwner(sample("z"))
		last.Server.ID = "srv-z"
		create(t, l, last, order.Due{Work: order.WorkReconcile, At: time.Now()})
		want["z"] = 1
		got := map[order.ID]int{}
		for got["z"] == 0 || len(got) < len(want) || sum(got) < sum(want) {
			got[done.wait(t)]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func sum(counts map[order.ID]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// On SQLite no other process can be working, so a start takes over what a dead
// process left, without waiting for its leases.
func TestWork_StartTakesOver(t *testing.T) {
	t.Parallel()
	url := databases[0].url(t)
	first := open(t, url, true)
	leavePlacing(t, first, time.Now().Add(time.Hour))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, url, true)
	done := make(calls, 10)
	work(t, second, func(_ context.Context, id order.ID) error { done <- id; return nil })
	done.wait(t)
	got, err := second.Order(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if !got.OwnerUntil.IsZero() || !got.CardOwnerUntil.IsZero() || got.State != order.Placing {
		t.Fatalf("owner until %v, card owner until %v, state %s", got.OwnerUntil, got.CardOwnerUntil, got.State)
	}
}

// leavePlacing takes an order to Placing like a process that then dies. That
// process owns it until a time.
func leavePlacing(t *testing.T, l *ledger.Ledger, until time.Time) {
	t.Helper()
	o := step(t, l, create(t, l, sample("a")), order.Approved)
	o.Owner, o.OwnerUntil, o.CardOwnerUntil = "dead", until, until
	step(t, l, o, order.Placing)
}

// On SQLite, a start does not wait for a dead leader of the queue.
func TestWork_DeadLeader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"))
	exec(t, databases[0].raw(t, path), "INSERT INTO river_leader (leader_id, elected_at, expires_at)"+
		" VALUES ('dead', '2026-01-01 00:00:00', '2999-01-01 00:00:00')")
	done := make(calls, 10)
	work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
	done.wait(t) // what the dead process left
	create(t, l, sample("b"), order.Due{Work: order.WorkReconcile, At: time.Now().Add(10 * time.Millisecond)})
	if id := done.wait(t); id != "b" { // what was scheduled afterward
		t.Fatalf("work for %q", id)
	}
}

// Work that is due now does not wait for the schedule.
func TestWork_DueNowIsNotScheduled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"), order.Due{Work: order.WorkReconcile, At: time.Now()}, order.Due{Work: order.WorkReconcile, At: time.Now().Add(time.Hour)})
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var now, later int
	count := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FILTER (WHERE state = 'available'), COUNT(*) FILTER (WHERE state = 'scheduled') FROM river_job")
	if err := count.Scan(&now, &later); err != nil || now != 1 || later != 1 {
		t.Fatalf("%d available and %d scheduled, want one each (%v)", now, later, err)
	}
}

// The queue removes work that was finished an hour ago.
func TestWork_OldWorkIsRemoved(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		few := ledgerfill.Years(30, time.Now())
		few.Jobs = 20 // one for each of the last twenty hours
		if err := ledgerfill.Fill(t.Context(), url, few); err != nil {
			t.Fatal(err)
		}
		work(t, open(t, url, true), func(context.Context, order.ID) error { return nil })
		db := d.raw(t, url)
		left, wait := -1, time.NewTicker(20*time.Millisecond)
		defer wait.Stop()
		for deadline := time.Now().Add(3 * time.Minute); left != 0 && time.Now().Before(deadline); <-wait.C {
			if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM river_job").Scan(&left); err != nil {
				t.Fatal(err)
			}
		}
		if left != 0 {
			t.Errorf("%d pieces of old work are left", left)
		}
	})
}

// A start makes the lookup of each order with an unknown outcome due, unless
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
