package ledger_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
)

func TestANoteComesBackAsItWasTaken(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		_, err := l.Baseline(t.Context(), "a")
		wantCode(t, err, order.CodeNotFound)
		create(t, l, sample("a"))
		create(t, l, sample("b"))
		want := map[order.ID]order.Baseline{
			"a": {IDs: []string{"h-1", "h-2"}, Complete: true, At: start},
			"b": {IDs: []string{}, At: start.Add(time.Second)},
		}
		for id, n := range want {
			if err := l.AddBaseline(t.Context(), id, n); err != nil {
				t.Fatal(err)
			}
			got, err := l.Baseline(t.Context(), id)
			if diff := cmp.Diff(n, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", id, err, diff)
			}
		}
	})
}

func TestANoteIsTakenOnceAndBeforeAnyDecision(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		wantCode(t, l.AddBaseline(t.Context(), "nobody", order.Baseline{}), order.CodeNotFound)
		o := create(t, l, sample("a"))
		if err := l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-1"}, Complete: true}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-2"}}), order.CodeConflict)
		step(t, l, o, order.Approved)
		wantCode(t, l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-2"}}), order.CodeConflict)
		other := sample("b")
		other.Server.ID = "srv-2"
		step(t, l, create(t, l, other), order.Approved)
		wantCode(t, l.AddBaseline(t.Context(), "b", order.Baseline{}), order.CodeConflict)
		if n, err := l.Baseline(t.Context(), "a"); err != nil || n.IDs[0] != "h-1" {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

func TestANoteStaysUntilItsOrderCameToItsEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := create(t, l, sample("a"))
		if err := l.AddBaseline(t.Context(), "a", order.Baseline{Complete: true}); err != nil {
			t.Fatal(err)
		}
		o = through(t, l, o, order.Approved, order.Placing, order.Unknown)
		if _, err := l.Baseline(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		step(t, l, o, order.NotPlaced)
		_, err := l.Baseline(t.Context(), "a")
		wantCode(t, err, order.CodeNotFound)
	})
}

func TestTheHostsOrderIsFoundByItsID(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing)
		o.Receipt = &order.Receipt{OrderID: "h-1"}
		step(t, l, o, order.Placed)
		if id, err := l.HostOrderOf(t.Context(), "h-1"); err != nil || id != "a" {
			t.Errorf("%q, %v", id, err)
		}
		for _, none := range []string{"h-2", ""} {
			_, err := l.HostOrderOf(t.Context(), none)
			wantCode(t, err, order.CodeNotFound)
		}
	})
}

func TestRivalsAreOrdersForTheSameWhoseHostOrderIsNotKnown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := sample("o")
		rivals := func() int {
			t.Helper()
			n, err := l.Rivals(t.Context(), o, start)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		settled := func(id order.ID, to order.State, edit func(*order.Order)) {
			t.Helper()
			s := sample(id)
			if edit != nil {
				edit(&s)
			}
			s = through(t, l, create(t, l, s), order.Approved, order.Placing, order.Unknown)
			if to == order.Placed {
				s.Receipt = &order.Receipt{}
			}
			step(t, l, s, to)
		}
		settled("other-server", order.NotPlaced, func(o *order.Order) { o.Server.ID = "srv-2" })
		settled("other-hours", order.NotPlaced, func(o *order.Order) { o.Hours = 1 })
		settled("other-account", order.NotPlaced, func(o *order.Order) { o.Account = "acc-2" })
		settled("long-ago", order.NotPlaced, func(o *order.Order) { o.ChangedAt = start.Add(-time.Minute) })
		settled("o", order.NotPlaced, nil)
		named := through(t, l, create(t, l, sample("named")), order.Approved, order.Placing)
		named.Receipt = &order.Receipt{OrderID: "h-1"}
		step(t, l, named, order.Placed)
		if n := rivals(); n != 0 {
			t.Errorf("%d rivals, want none", n)
		}
		settled("not-placed", order.NotPlaced, nil)
		settled("placed-without-id", order.Placed, nil)
		if n := rivals(); n != 2 {
			t.Errorf("%d rivals, want 2", n)
		}
	})
}

func TestUnknownOutcomesAreCounted(t *testing.T) {
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

func TestAQuestionIsNotedAndAnAnswerKeepsTheNote(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing, order.Unknown)
		for i, at := range []time.Time{start, start.Add(24 * time.Hour)} {
			ask := order.Shown{ID: "a", Question: order.ShownMessage{Ref: []string{"1.1", "2.2"}[i], Version: o.Version}, AskedAt: at}
			if err := l.RecordShown(t.Context(), ask); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.RecordShown(t.Context(), order.Shown{ID: "a", ThreadMessage: order.ShownMessage{Ref: "1.0", Version: o.Version}}); err != nil {
			t.Fatal(err)
		}
		o.SettledBy = "U0BOB"
		o = step(t, l, o, order.NotPlaced) // o knows nothing of the question
		got, err := l.Order(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, got); diff != "" {
			t.Error(diff)
		}
		if got.Question != (order.ShownMessage{Ref: "2.2", Version: 4}) || !got.AskedAt.Equal(start.Add(24*time.Hour)) || got.SettledBy != "U0BOB" || !got.QuestionDue() {
			t.Errorf("ask %+v at %s, settled by %q", got.Question, got.AskedAt, got.SettledBy)
		}
	})
}

func TestStartUpGoesOnWithOrdersWhoseOutcomeIsUnknown(t *testing.T) {
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

// What an order came to before there was a column for it is inside its receipt.
func TestReceiptsFromBeforeAreFoundByTheirID(t *testing.T) {
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
