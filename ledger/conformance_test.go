package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

func wantCode(t *testing.T, err error, want order.Code) {
	t.Helper()
	if got := order.CodeOf(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
}

func TestAnOrderComesBackAsItWasStored(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := create(t, l, sample("a"))
		got, err := l.Order(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, got); diff != "" {
			t.Fatal(diff)
		}
		o = through(t, l, o, order.Approved, order.Placing)
		o.Receipt = &order.Receipt{
			OrderID: "h-1", Type: order.RenewServer, Currency: "EUR", Hours: 72, Took: 1500 * time.Millisecond,
			Amount:        decimal.NewNullDecimal(decimal.RequireFromString("1.30")),
			BalanceBefore: decimal.NewNullDecimal(decimal.RequireFromString("3328.78")),
			ExpiresAt:     start.AddDate(0, 1, 0),
		}
		o.Reason, o.DecidedBy, o.DecidedAt, o.Attempts = "why", "U0ALICE", start, 1
		o = step(t, l, o, order.Placed)
		got, err = l.Order(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTextOfAnyBytesIsKeptAndVerified(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := through(t, l, create(t, l, sample("a")), order.Approved, order.Placing)
		next := o
		next.State, next.Reason = order.Refused, "no\x00 money \xff\xfe left"
		e := order.Entry{Version: o.Version + 1, At: next.ChangedAt, Who: "bot", From: o.State, To: order.Refused, Why: next.Reason}
		if _, err := l.Change(t.Context(), next, e); err != nil {
			t.Fatal(err)
		}
		got, err := l.Order(t.Context(), "a")
		if err != nil || got.Reason != "no money \uFFFD left" {
			t.Errorf("kept as %q (%v)", got.Reason, err)
		}
		if _, found := verify(t, l, start.Add(never)); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestAnUnknownOrderIsNotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		_, err := l.Order(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
		_, err = l.History(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
	})
}

func TestTheSameRequestIsRecordedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		first := create(t, l, sample("a"))
		again := sample("b")
		again.RequestKey = first.RequestKey
		got, err := l.Create(t.Context(), again, order.Entry{Version: 1, To: order.Pending})
		wantCode(t, err, order.CodeDuplicate)
		if got.ID != "a" {
			t.Fatalf("got order %q beside the error, want the first one", got.ID)
		}
		_, err = l.Order(t.Context(), "b")
		wantCode(t, err, order.CodeNotFound)
	})
}

func TestOfManyChangesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := create(t, l, sample("a"))
		var (
			wg   sync.WaitGroup
			wins atomic.Int32
		)
		for range 40 {
			wg.Go(func() {
				_, err := try(t, l, o, order.Approved)
				switch order.CodeOf(err) {
				case "":
					wins.Add(1)
				case order.CodeConflict:
				default:
					t.Errorf("lost with %v", err)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d changes won, want 1", wins.Load())
		}
	})
}

func TestEachOfManyWritesAtOnceIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		var wg sync.WaitGroup
		const n = 200
		for i := range n {
			wg.Go(func() {
				o := sample(order.ID(fmt.Sprintf("o-%03d", i)))
				o.Server.ID = string(o.ID)
				if i%10 == 9 {
					o.RequestKey = "key-o-000" // somebody else's: this one must fail alone
				}
				_, err := l.Create(t.Context(), o, order.Entry{Version: 1, At: start, To: order.Pending})
				if code := order.CodeOf(err); code != "" && code != order.CodeDuplicate {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := l.List(t.Context(), time.Time{}, n)
		if err != nil {
			t.Fatal(err)
		}
		// Of the orders with the shared key one is in: o-000 or one of the 20.
		if want := n - n/10; len(list) != want {
			t.Fatalf("%d orders, want %d", len(list), want)
		}
	})
}

func TestAStepThatTheTableDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := create(t, l, sample("a"))
		_, err := try(t, l, o, order.Placed)
		wantCode(t, err, order.CodeIllegal)
	})
}

func TestAnUnknownOutcomeHoldsItsServer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		waiting := create(t, l, sample("waiting"))
		lost := through(t, l, create(t, l, sample("lost")), order.Approved, order.Placing, order.Unknown)

		_, err := l.Create(t.Context(), sample("new"), order.Entry{Version: 1, To: order.Pending})
		wantCode(t, err, order.CodeServerHeld)
		if e, _ := errors.AsType[*order.Error](err); e.Order == nil || e.Order.ID != lost.ID {
			t.Fatalf("the error names %v, want the order that holds the server", e.Order)
		}
		_, err = try(t, l, waiting, order.Approved)
		wantCode(t, err, order.CodeServerHeld)

		other := sample("other")
		other.Server.ID = "srv-2"
		create(t, l, other)
		step(t, l, lost, order.NotPlaced)
		step(t, l, waiting, order.Approved)
		create(t, l, sample("new"))
	})
}

func TestTwoOrdersOfAServerAreNotApprovedAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		a, b := create(t, l, sample("a")), create(t, l, sample("b"))
		a = step(t, l, a, order.Approved)
		_, err := try(t, l, b, order.Approved)
		wantCode(t, err, order.CodeServerHeld)
		a = step(t, l, a, order.Placing)
		_, err = try(t, l, b, order.Approved)
		wantCode(t, err, order.CodeServerHeld)
		step(t, l, a, order.Placed)
		step(t, l, b, order.Approved)
	})
}

func TestEveryTransitionLeavesARowOfHistory(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		through(t, l, create(t, l, sample("a")), order.Approved, order.Placing, order.Unknown, order.NotPlaced)
		list, err := l.History(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var path []order.State
		seen := map[string]bool{}
		for i, r := range list {
			path = append(path, r.To)
			if r.Version != i+1 || r.Chain == "" || seen[r.Chain] {
				t.Errorf("row %d: version %d, chain %q", i, r.Version, r.Chain)
			}
			seen[r.Chain] = true
		}
		want := []order.State{order.Pending, order.Approved, order.Placing, order.Unknown, order.NotPlaced}
		if diff := cmp.Diff(want, path); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWhatWasShownIsNotedAndAnOlderNoteChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		create(t, l, sample("a"))
		note := func(s order.Shown) order.Order {
			t.Helper()
			s.ID = "a"
			if err := l.RecordShown(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			o, err := l.Order(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		note(order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 2}})
		note(order.Shown{ThreadMessage: order.ShownMessage{Ref: "1.2", Version: 3}})
		o := note(order.Shown{Card: order.ShownMessage{Ref: "0.9", Version: 1}})
		if o.Card != (order.ShownMessage{Ref: "1.1", Version: 2}) || o.ThreadMessage != (order.ShownMessage{Ref: "1.2", Version: 3}) {
			t.Fatalf("card %v, word %v", o.Card, o.ThreadMessage)
		}
	})
}

func TestAChangeKeepsTheCardAndLearnsItsPlaceOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := create(t, l, sample("a"))
		o.Card.Ref = "1.1" // learnt from the click
		o = step(t, l, o, order.Approved)
		if o.Card != (order.ShownMessage{Ref: "1.1"}) {
			t.Fatalf("card %v", o.Card)
		}
		o.Card.Ref = "2.2"
		if o = step(t, l, o, order.Placing); o.Card.Ref != "1.1" {
			t.Fatalf("card %v", o.Card)
		}
	})
}

func TestOneProcessTendsAnOrderAtATime(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			now := start
			l, err := ledger.Open(t.Context(), ledger.Config{URL: d.url(t), Serve: true, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			create(t, l, sample("a")) // tended by p1 for 15 s
			claim := func(self string) bool {
				t.Helper()
				_, ok, err := l.Claim(t.Context(), "a", self, now.Add(time.Minute))
				if err != nil {
					t.Fatal(err)
				}
				return ok
			}
			if claim("p2") {
				t.Error("p2 took what p1 tends")
			}
			if !claim("p1") {
				t.Error("p1 lost what it tends")
			}
			now = now.Add(61 * time.Second)
			if !claim("p2") {
				t.Error("p2 could not take what p1 left")
			}
		})
	}
}

func TestStandingTellsOfOpenAndRecentOrdersAndOfTheLastReceipt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		placed := through(t, l, create(t, l, sample("placed")), order.Approved, order.Placing)
		placed.Receipt = &order.Receipt{OrderID: "h-1", PlanPrice: decimal.NewNullDecimal(decimal.New(1299, -2))}
		placed = step(t, l, placed, order.Placed)
		step(t, l, create(t, l, sample("cancelled")), order.Cancelled)
		o := create(t, l, sample("now"))

		got, err := l.ServerActivity(t.Context(), o, placed.ChangedAt)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Others) != 1 || got.Others[0].ID != "placed" || got.Last == nil || got.Last.OrderID != "h-1" {
			t.Fatalf("got %+v", got)
		}
		got, err = l.ServerActivity(t.Context(), o, placed.ChangedAt.Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Others) != 0 || got.Last == nil {
			t.Fatalf("an order placed long ago is still among %+v", got)
		}
	})
}

func TestALedgerThatCanBeWrittenAnswersPing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		create(t, l, sample("a"))
		if err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
