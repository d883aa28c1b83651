package ordertest

import (
	"testing"
	"time"

	"extendbot/order"
)

var findings = []testCase{
	{"RecordFinding_OnlyUnknown", on(testFindingOnlyUnknown)},
	{"RecordFinding_OneAtATime", testFindingOneAtATime},
	{"RefuseFinding_ThatOne", on(testRefuseFinding)},
	{"RecordShown_Refusal", on(testRefusalShown)},
}

// lost records an order whose outcome is unknown.
func lost(t *testing.T, l Implementation, id order.ID) {
	t.Helper()
	o := Sample(id)
	o.Server.ID = "srv-" + string(id)
	Through(t, l, Create(t, l, o), order.Approved, order.Placing, order.Unknown)
}

func finding(by string, placed bool, after time.Duration) order.Finding {
	return order.Finding{By: by, Placed: placed, Why: "looked \x00at 0xhost", At: Start.Add(after)}
}

// A finding is stored with an unknown outcome, also the way it is read later, and
// with no other state. It stays when the order is settled.
func testFindingOnlyUnknown(t *testing.T, l Implementation) {
	_, err := l.RecordFinding(t.Context(), "nobody", finding("U0BOB", true, 0))
	WantCode(t, err, order.CodeNotFound)
	o := Sample("a")
	o = Create(t, l, o)
	for _, next := range []order.State{order.Approved, order.Placing, order.Unknown} {
		got, err := l.RecordFinding(t.Context(), "a", finding("U0BOB", true, 0))
		wantOrder(t, err, order.CodeConflict, "a")
		if got.State != o.State || !got.Finding.At.IsZero() {
			t.Errorf("got %s with finding %+v", got.State, got.Finding)
		}
		o = Step(t, l, o, next)
	}
	got, err := l.RecordFinding(t.Context(), "a", finding("U0BOB", true, time.Hour), order.Due{Work: order.WorkReconcile, At: Start})
	o.Finding = order.Finding{By: "U0BOB", Placed: true, Why: "looked at 0xhost", At: Start.Add(time.Hour)}
	if err != nil || got.Finding != o.Finding || !got.FindingDue() {
		t.Errorf("got %+v, %v", got.Finding, err)
	}
	want(t, l, o)
	o = Step(t, l, o, order.NotPlaced)
	want(t, l, o)
	_, err = l.RecordFinding(t.Context(), "a", finding("U0CARO", false, 0))
	wantOrder(t, err, order.CodeConflict, "a")
}

// While a finding waits for its check, no other one replaces it, whichever process
// records it. The same one is recorded once.
func testFindingOneAtATime(t *testing.T, open Open) {
	l, again := open(t, time.Now)
	another := again()
	lost(t, l, "a")
	for i, c := range []struct {
		l    Implementation
		f    order.Finding
		want order.Code
	}{
		{l, finding("U0BOB", false, 0), ""},
		{another, finding("U0BOB", false, time.Second), ""}, // a double click
		{another, finding("U0BOB", true, 2*time.Second), order.CodeConflict},
		{l, finding("U0CARO", false, 3*time.Second), order.CodeConflict},
	} {
		o, err := c.l.RecordFinding(t.Context(), "a", c.f)
		WantCode(t, err, c.want)
		if o.Finding.By != "U0BOB" || o.Finding.Placed || !o.Finding.At.Equal(Start) {
			t.Errorf("step %d: the finding is %+v", i, o.Finding)
		}
	}
}

// Only the finding that was checked is refused, and only as long as it matters. After
// that there can be another one.
func testRefuseFinding(t *testing.T, l Implementation) {
	refuse := func(after time.Duration, why string) order.Code {
		t.Helper()
		return order.CodeOf(l.RefuseFinding(t.Context(), "a", Start.Add(after), why, order.Due{Work: order.WorkReconcile, At: Start}))
	}
	lost(t, l, "a")
	if code := refuse(0, "no"); code != order.CodeConflict {
		t.Errorf("without a finding: %q", code)
	}
	if _, err := l.RecordFinding(t.Context(), "a", finding("U0BOB", false, 0)); err != nil {
		t.Fatal(err)
	}
	if code := refuse(time.Second, "no"); code != order.CodeConflict {
		t.Errorf("another finding: %q", code)
	}
	if code := refuse(0, "it is listed"); code != "" {
		t.Errorf("the finding: %q", code)
	}
	if code := refuse(0, "it is not"); code != order.CodeConflict {
		t.Errorf("refused again: %q", code)
	}
	o := reload(t, l, "a")
	if o.Finding.Refused != "it is listed" || o.FindingDue() || !o.RefusalDue() {
		t.Errorf("the finding is %+v", o.Finding)
	}
	got, err := l.RecordFinding(t.Context(), "a", finding("U0BOB", false, time.Minute))
	if err != nil || got.Finding.Refused != "" || !got.FindingDue() {
		t.Errorf("the next finding is %+v, %v", got.Finding, err)
	}
	Step(t, l, reload(t, l, "a"), order.Placed)
	if code := refuse(time.Minute, "it is listed"); code != order.CodeConflict {
		t.Errorf("a settled order: %q", code)
	}
}

// What the thread says is recorded with the finding that it is about.
func testRefusalShown(t *testing.T, l Implementation) {
	lost(t, l, "a")
	if _, err := l.RecordFinding(t.Context(), "a", finding("U0BOB", false, 0)); err != nil {
		t.Fatal(err)
	}
	if err := l.RefuseFinding(t.Context(), "a", Start, "it is listed"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{Start.Add(time.Second), false}, {time.Time{}, false}, {Start, true}, {Start, true}} {
		if err := l.RecordShown(t.Context(), order.Shown{ID: "a", FindingAt: c.at}); err != nil {
			t.Fatal(err)
		}
		if o := reload(t, l, "a"); o.Finding.Shown != c.want || o.Finding.Refused != "it is listed" || o.RefusalDue() == c.want {
			t.Errorf("%s: the finding is %+v", c.at, o.Finding)
		}
	}
}
