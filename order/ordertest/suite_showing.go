package ordertest

import (
	"slices"
	"testing"
	"time"

	"extendbot/order"
)

var showing = []testCase{
	{"RecordShown_OlderVersion", on(testOlderVersionShown)},
	{"RecordShown_ChangeKeepsQuestion", on(testChangeKeepsQuestion)},
	{"RecordShown_SupersededMessage", on(testSupersededMessage)},
	{"RecordShown_Approvers", on(testApproversTold)},
	{"AddDeclineReason_Once", on(testDeclineReason)},
	{"Change_LearnsTheCardOnce", on(testChangeLearnsCard)},
	{"Claim_OneProcessAtATime", testClaim},
	{"Claim_EverythingShown", testClaimShown},
}

func testOlderVersionShown(t *testing.T, l Implementation) {
	Create(t, l, Sample("a"))
	for _, s := range []order.Shown{
		{Card: order.ShownMessage{Ref: "1.1", Version: 2}},
		{ThreadMessage: order.ShownMessage{Ref: "1.2", Version: 3}},
		{Card: order.ShownMessage{Ref: "0.9", Version: 1}}, // changes nothing
	} {
		s.ID = "a"
		if err := l.RecordShown(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	o, err := l.Order(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if o.Card != (order.ShownMessage{Ref: "1.1", Version: 2}) || o.ThreadMessage != (order.ShownMessage{Ref: "1.2", Version: 3}) {
		t.Fatalf("card %v, thread message %v", o.Card, o.ThreadMessage)
	}
}

// The last question counts, and a transition that does not know it keeps it.
func testChangeKeepsQuestion(t *testing.T, l Implementation) {
	o := Through(t, l, Create(t, l, Sample("a")), order.Approved, order.Placing, order.Unknown)
	for i, at := range []time.Time{Start, Start.Add(24 * time.Hour)} {
		asked := order.Shown{ID: "a", Question: order.ShownMessage{Ref: []string{"1.1", "2.2"}[i], Version: o.Version}, AskedAt: at}
		if err := l.RecordShown(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.RecordShown(t.Context(), order.Shown{ID: "a", ThreadMessage: order.ShownMessage{Ref: "1.0", Version: o.Version}}); err != nil {
		t.Fatal(err)
	}
	o.SettledBy = "U0BOB"
	o = Step(t, l, o, order.NotPlaced)
	want(t, l, o)
	if o.Question != (order.ShownMessage{Ref: "2.2", Version: 4}) || !o.AskedAt.Equal(Start.Add(24*time.Hour)) || o.SettledBy != "U0BOB" || !o.QuestionDue() {
		t.Errorf("question %+v at %s, settled by %q", o.Question, o.AskedAt, o.SettledBy)
	}
}

// A later message in the thread makes the earlier one superseded until it was
// edited. What the requester was told stays recorded.
func testSupersededMessage(t *testing.T, l Implementation) {
	o := Through(t, l, Create(t, l, Sample("a")), order.Approved, order.Placing, order.Unknown)
	record := func(s order.Shown) order.Order {
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
	record(order.Shown{WaitingRef: "1.0", ToldVersion: 4})
	if got := record(order.Shown{ThreadMessage: order.ShownMessage{Ref: "1.1", Version: 4}, ToldVersion: 3}); got.SupersededRef != "" || got.ToldVersion != 4 {
		t.Errorf("after the first message: superseded %q, told version %d", got.SupersededRef, got.ToldVersion)
	}
	Step(t, l, o, order.NotPlaced)
	got := record(order.Shown{ThreadMessage: order.ShownMessage{Ref: "1.2", Version: 5}})
	if got.SupersededRef != "1.1" || got.WaitingRef != "1.0" || got.ToldVersion != 4 {
		t.Errorf("after the second message: superseded %q, waiting %q, told version %d", got.SupersededRef, got.WaitingRef, got.ToldVersion)
	}
	if got := record(order.Shown{EditedRef: "0.9"}); got.SupersededRef != "1.1" {
		t.Errorf("another message was edited, and %q is superseded", got.SupersededRef)
	}
	if got := record(order.Shown{EditedRef: "1.1"}); got.SupersededRef != "" || got.ThreadMessage.Ref != "1.2" {
		t.Errorf("after the edit: superseded %q, thread message %q", got.SupersededRef, got.ThreadMessage.Ref)
	}
}

// Each approver who was told is recorded once, and so is the reminder. One more
// approval keeps both.
func testApproversTold(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	for _, s := range []order.Shown{
		{ApproverTold: "U0CARO"}, {ApproverTold: "U0DAVE"}, {ApproverTold: "U0CARO"}, {ApproverTold: "U0DA"},
		{RemindedAt: Start.Add(time.Hour)}, {RemindedAt: Start},
	} {
		s.ID = "a"
		if err := l.RecordShown(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	o = Step(t, l, o, order.Pending)
	want(t, l, o)
	if told := []string{"U0CARO", "U0DAVE", "U0DA"}; !slices.Equal(o.ApproversTold, told) || !o.RemindedAt.Equal(Start.Add(time.Hour)) {
		t.Errorf("told %q, reminded at %s", o.ApproversTold, o.RemindedAt)
	}
}

// Only a declined order gets a reason, and only one.
func testDeclineReason(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	add := func(reason string) order.Code {
		t.Helper()
		return order.CodeOf(l.AddDeclineReason(t.Context(), "a", reason, order.Due{Work: order.WorkReconcile, At: Start}))
	}
	if code := add("too early"); code != order.CodeConflict {
		t.Errorf("a pending order: %q", code)
	}
	o = Step(t, l, o, order.Declined)
	for range 2 { // the answer to the first may be lost
		if code := add("no"); code != "" {
			t.Errorf("the first reason: %q", code)
		}
	}
	if code := add("another"); code != order.CodeConflict {
		t.Errorf("a second reason: %q", code)
	}
	if code := order.CodeOf(l.AddDeclineReason(t.Context(), "b", "no")); code != order.CodeConflict {
		t.Errorf("no order: %q", code)
	}
	shown := order.Shown{ID: "a", DeclineRef: "1.1", Card: order.ShownMessage{Ref: "1.0", Version: o.Version}, CardDeclineReason: "no"}
	for _, card := range []string{"no", "", "no"} { // the card that is recorded last counts
		shown.CardDeclineReason = card
		if err := l.RecordShown(t.Context(), shown); err != nil {
			t.Fatal(err)
		}
		o.DeclineReason, o.DeclineRef, o.Card, o.CardDeclineReason = "no", "1.1", shown.Card, card
		want(t, l, o)
		if o.CardDue() != (card == "") {
			t.Errorf("the card shows %q, due: %v", card, o.CardDue())
		}
	}
}

func testChangeLearnsCard(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	o.Card.Ref = "1.1" // learned from the click
	o = Step(t, l, o, order.Approved)
	if o.Card != (order.ShownMessage{Ref: "1.1"}) {
		t.Fatalf("card %v", o.Card)
	}
	o.Card.Ref = "2.2"
	if o = Step(t, l, o, order.Placing); o.Card.Ref != "1.1" {
		t.Fatalf("card %v", o.Card)
	}
}

func testClaim(t *testing.T, open Open) {
	now := Start
	l, _ := open(t, func() time.Time { return now })
	Create(t, l, Sample("a")) // owned by p1 for 15 s
	claim := func(self string) bool {
		t.Helper()
		_, ok, err := l.Claim(t.Context(), "a", self, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if claim("p2") {
		t.Error("p2 claimed the card that p1 owns")
	}
	if !claim("p1") {
		t.Error("p1 lost the card that it owns")
	}
	now = now.Add(61 * time.Second)
	if !claim("p2") {
		t.Error("p2 could not claim the card that p1 no longer owns")
	}
	if claim("p1") {
		t.Error("p1 claimed the card that p2 owns")
	}
}

// A process that overwrote a card with an old one does not have to wait for the owner
// of the card, if that has shown everything.
func testClaimShown(t *testing.T, open Open) {
	l, _ := open(t, func() time.Time { return Start })
	o := Step(t, l, Create(t, l, Sample("a")), order.Cancelled)
	claim := func() bool {
		t.Helper()
		_, ok, err := l.Claim(t.Context(), o.ID, "p2", Start.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if claim() {
		t.Error("p2 claimed a card that p1 still has to update")
	}
	if err := l.RecordShown(t.Context(), order.Shown{ID: o.ID, Card: order.ShownMessage{Ref: "1.1", Version: o.Version}}); err != nil {
		t.Fatal(err)
	}
	if !claim() {
		t.Error("p2 could not claim a card that nobody has to update")
	}
}
