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

// calls is what a handler of due work was called with.
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

// inHand is an order that a process tends for as long as a test may take, and
// that has that long to be decided. Where processes share a database, others
// would adopt it otherwise: due work would not be the only one at it.
func inHand(o order.Order) order.Order {
	o.CardOwnerUntil = time.Now().Add(time.Hour)
	o.Deadline = o.CardOwnerUntil
	return o
}

func TestDueWorkIsDone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		done := make(calls, 10)
		work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
		create(t, l, inHand(sample("a")), order.Due{Work: order.WorkReconcile, At: time.Now()})
		if id := done.wait(t); id != "a" {
			t.Fatalf("work for %q", id)
		}
	})
}

func TestDueWorkThatFailsOrHasToWaitIsDoneAgain(t *testing.T) {
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
		create(t, l, inHand(sample("a")), order.Due{Work: order.WorkPlace, At: time.Now()})
		for range 3 {
			done.wait(t)
		}
	})
}

func TestWorkOfAChangeThatWasRefusedIsNotRecorded(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, d.url(t), true)
		o := create(t, l, inHand(sample("a")))
		step(t, l, o, order.Approved)
		if _, err := try(t, l, o, order.Approved, order.Due{Work: order.WorkReconcile, At: time.Now()}); err == nil {
			t.Fatal("the same version was changed twice")
		}
		step(t, l, create(t, l, inHand(sample("b"))), order.Cancelled, order.Due{Work: order.WorkReconcile, At: time.Now()})
		done := make(calls, 10)
		handlers := map[order.Work]ledger.Handler{}
		for _, w := range order.Works() {
			handlers[w] = func(context.Context, order.ID) error { return nil }
		}
		handlers[order.WorkReconcile] = func(_ context.Context, id order.ID) error { done <- id; return nil }
		workWith(t, l, handlers)
		want := map[order.ID]int{"b": 1}
		if !d.shared {
			// Start-up makes the work of open orders due: a's and b's.
			want = map[order.ID]int{"a": 1, "b": 2}
		}
		// What was asked for last is done last: nothing else came before it.
		last := inHand(sample("z"))
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

// On SQLite nobody else can be at work: whoever starts need not wait.
func TestStartUpTakesOverWhatADeadProcessLeft(t *testing.T) {
	t.Parallel()
	url := databases[0].url(t)
	first := open(t, url, true)
	leave(t, first, time.Now().Add(time.Hour))
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
		t.Fatalf("owner until %v, tended until %v, state %s", got.OwnerUntil, got.CardOwnerUntil, got.State)
	}
}

// leave takes an order to Placing as a process does that dies then. What it
// owns stays its own until a time.
func leave(t *testing.T, l *ledger.Ledger, until time.Time) {
	t.Helper()
	o := step(t, l, create(t, l, sample("a")), order.Approved)
	o.Owner, o.OwnerUntil, o.CardOwnerUntil = "dead", until, until
	step(t, l, o, order.Placing)
}

// Where processes share a database the living ones find it, without a look
// into the queue: nothing was recorded there.
func TestALivingProcessAdoptsTheOrdersOfADeadOne(t *testing.T) {
	t.Parallel()
	onShared(t, func(t *testing.T, l *ledger.Ledger) {
		until := time.Now().Add(500 * time.Millisecond)
		leave(t, l, until)
		approved := sample("b")
		approved.Server.ID = "srv-b"
		step(t, l, create(t, l, approved), order.Approved)
		placed := make(chan order.ID, 100)
		early := make(chan time.Time, 100)
		workWith(t, l, map[order.Work]ledger.Handler{
			order.WorkPlace: func(_ context.Context, id order.ID) error {
				if now := time.Now(); id == "a" && now.Before(until) {
					early <- now
				}
				placed <- id
				return nil
			},
			order.WorkReconcile: func(context.Context, order.ID) error { return nil },
			order.WorkLookup:    func(context.Context, order.ID) error { return nil },
		})
		seen := map[order.ID]bool{}
		for !seen["a"] || !seen["b"] {
			seen[calls(placed).wait(t)] = true
		}
		if len(early) > 0 {
			t.Errorf("adopted at %s, and it had an owner until %s", <-early, until)
		}
	})
}

func TestWorkDoesNotWaitForADeadProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, "sqlite:"+path, true)
	create(t, l, sample("a"))
	raw(t, path, "INSERT INTO river_leader (leader_id, elected_at, expires_at)"+
		" VALUES ('dead', '2026-01-01 00:00:00', '2999-01-01 00:00:00')")
	done := make(calls, 10)
	work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
	done.wait(t) // what it left
	create(t, l, sample("b"), order.Due{Work: order.WorkReconcile, At: time.Now().Add(10 * time.Millisecond)})
	if id := done.wait(t); id != "b" { // what was scheduled since
		t.Fatalf("work for %q", id)
	}
}

func TestWorkThatIsDueNowIsNotScheduled(t *testing.T) {
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

func TestTheQueueForgetsWorkThatWasDoneAnHourAgo(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		few := ledgerfill.Years(30, time.Now())
		few.Jobs = 20 // of the last twenty hours
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
