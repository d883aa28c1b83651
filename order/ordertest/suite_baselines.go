package ordertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

var baselines = []testCase{
	{"Baseline_AsItWasStored", on(testBaselineAsStored)},
	{"AddBaseline_OnceBeforeAnyDecision", on(testBaselineOnce)},
	{"Baseline_UntilTheOrderIsFinal", on(testBaselineUntilFinal)},
	{"HostOrderOf_ByID", on(testHostOrderOf)},
	{"Rivals_WithoutAHostOrder", on(testRivals)},
}

func testBaselineAsStored(t *testing.T, l Implementation) {
	_, err := l.Baseline(t.Context(), "a")
	WantCode(t, err, order.CodeNotFound)
	for id, b := range map[order.ID]order.Baseline{
		"a": {IDs: []string{"h-1", "h-2"}, Complete: true, At: Start},
		"b": {IDs: []string{}, At: Start.Add(time.Second)},
	} {
		Create(t, l, Sample(id))
		if err := l.AddBaseline(t.Context(), id, b); err != nil {
			t.Fatal(err)
		}
		got, err := l.Baseline(t.Context(), id)
		if diff := cmp.Diff(b, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", id, err, diff)
		}
	}
}

func testBaselineOnce(t *testing.T, l Implementation) {
	WantCode(t, l.AddBaseline(t.Context(), "nobody", order.Baseline{}), order.CodeNotFound)
	o := Create(t, l, Sample("a"))
	if err := l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-1"}, Complete: true}); err != nil {
		t.Fatal(err)
	}
	WantCode(t, l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-2"}}), order.CodeConflict)
	Step(t, l, o, order.Approved)
	WantCode(t, l.AddBaseline(t.Context(), "a", order.Baseline{IDs: []string{"h-2"}}), order.CodeConflict)
	other := Sample("b")
	other.Server.ID = "srv-2"
	Step(t, l, Create(t, l, other), order.Approved)
	WantCode(t, l.AddBaseline(t.Context(), "b", order.Baseline{}), order.CodeConflict)
	if b, err := l.Baseline(t.Context(), "a"); err != nil || b.IDs[0] != "h-1" {
		t.Errorf("%+v, %v", b, err)
	}
}

func testBaselineUntilFinal(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	if err := l.AddBaseline(t.Context(), "a", order.Baseline{Complete: true}); err != nil {
		t.Fatal(err)
	}
	o = Through(t, l, o, order.Approved, order.Placing, order.Unknown)
	if _, err := l.Baseline(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	Step(t, l, o, order.NotPlaced)
	_, err := l.Baseline(t.Context(), "a")
	WantCode(t, err, order.CodeNotFound)
}

func testHostOrderOf(t *testing.T, l Implementation) {
	o := Through(t, l, Create(t, l, Sample("a")), order.Approved, order.Placing)
	o.Receipt = &order.Receipt{OrderID: "h-1"}
	Step(t, l, o, order.Placed)
	if id, err := l.HostOrderOf(t.Context(), "h-1"); err != nil || id != "a" {
		t.Errorf("%q, %v", id, err)
	}
	for _, none := range []string{"h-2", ""} {
		_, err := l.HostOrderOf(t.Context(), none)
		WantCode(t, err, order.CodeNotFound)
	}
}

// Rivals are orders for the same thing whose order at the host is not known.
func testRivals(t *testing.T, l Implementation) {
	o := Sample("o")
	o.Hours = 72
	want := func(n int) {
		t.Helper()
		if got, err := l.Rivals(t.Context(), o, Start); err != nil || got != n {
			t.Errorf("%d rivals (%v), want %d", got, err, n)
		}
	}
	settled := func(id order.ID, to order.State, edit func(*order.Order)) {
		t.Helper()
		s := Sample(id)
		s.Hours = 72
		if edit != nil {
			edit(&s)
		}
		s = Through(t, l, Create(t, l, s), order.Approved, order.Placing, order.Unknown)
		if to == order.Placed {
			s.Receipt = &order.Receipt{}
		}
		Step(t, l, s, to)
	}
	settled("other-server", order.NotPlaced, func(o *order.Order) { o.Server.ID = "srv-2" })
	settled("other-hours", order.NotPlaced, func(o *order.Order) { o.Hours = 1 })
	settled("other-account", order.NotPlaced, func(o *order.Order) { o.Account = "acc-2" })
	settled("long-ago", order.NotPlaced, func(o *order.Order) { o.ChangedAt = Start.Add(-time.Minute) })
	settled("o", order.NotPlaced, nil)
	named := Sample("named")
	named.Hours = 72
	named = Through(t, l, Create(t, l, named), order.Approved, order.Placing)
	named.Receipt = &order.Receipt{OrderID: "h-1"}
	Step(t, l, named, order.Placed)
	want(0)
	knows := func(o *order.Order) { o.ToldExtendedBy = "named" }
	settled("not-placed", order.NotPlaced, knows)
	settled("placed-without-id", order.Placed, knows)
	want(2)
}
