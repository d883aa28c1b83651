package ordertest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/order"
)

var transitions = []testCase{
	{"Change_OneOfManyAtOnce", on(testOneOfManyChanges)},
	{"Change_AttemptOfAnotherOwner", on(testAttemptOfAnotherOwner)},
	{"Change_NotInTheStateTable", on(testIllegalTransition)},
	{"Change_OneOfManyApprovals", on(testOneOfManyApprovals)},
	{"Change_EachLegalTransition", on(testEachLegalTransition)},
	{"Change_NotFound", on(testChangeNotFound)},
	{"Change_UnknownHoldsItsServer", on(testUnknownHoldsServer)},
	{"Change_TwoApprovalsOfAServer", on(testTwoApprovals)},
	{"Change_HostOrderIsSettledOnce", testHostOrderSettledOnce},
	{"Change_ReceiptWithAKnownID", on(testReceiptWithKnownID)},
}

func testOneOfManyChanges(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	var (
		wg   sync.WaitGroup
		wins atomic.Int32
	)
	for range 40 {
		wg.Go(func() {
			_, err := Try(t.Context(), l, o, order.Approved)
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
}

// An attempt of the same version and number can be that of another process.
func testAttemptOfAnotherOwner(t *testing.T, l Implementation) {
	o := Step(t, l, Create(t, l, Sample("a")), order.Approved)
	o.Attempts, o.Owner = 1, "p2"
	placing := Step(t, l, o, order.Placing)
	mistaken := placing
	mistaken.Owner = "p1"
	for _, to := range []order.State{order.Approved, order.Placed, order.Refused, order.Unknown} {
		_, err := Try(t.Context(), l, mistaken, to)
		WantCode(t, err, order.CodeConflict)
	}
	Step(t, l, placing, order.Placed)
}

func testIllegalTransition(t *testing.T, l Implementation) {
	_, err := Try(t.Context(), l, Create(t, l, Sample("a")), order.Placed)
	WantCode(t, err, order.CodeIllegal)
}

// A single approval is a compare-and-swap, too, although the state stays the same.
func testOneOfManyApprovals(t *testing.T, l Implementation) {
	o := Create(t, l, Sample("a"))
	var (
		wg   sync.WaitGroup
		wins atomic.Int32
	)
	for i := range 20 {
		wg.Go(func() {
			next := o
			next.Approvals = []order.Approval{{User: fmt.Sprintf("U%d", i), At: Start}}
			_, err := Try(t.Context(), l, next, order.Pending)
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
	got, err := l.Order(t.Context(), "a")
	if err != nil || wins.Load() != 1 || got.Version != 2 || len(got.Approvals) != 1 {
		t.Fatalf("%d approvals were recorded, and the order is %+v (%v)", wins.Load(), got, err)
	}
}

// Every transition of the state table is stored, and no other.
func testEachLegalTransition(t *testing.T, l Implementation) {
	ways := map[order.State][]order.State{
		order.Pending: {}, order.Approved: {order.Approved}, order.Placing: {order.Approved, order.Placing},
		order.Unknown: {order.Approved, order.Placing, order.Unknown},
	}
	for from, way := range ways {
		for _, to := range order.States() {
			o := Sample(order.ID(fmt.Sprintf("%s-%s", from, to)))
			o.Server.ID = "srv-" + string(o.ID)
			o = Through(t, l, Create(t, l, o), way...)
			next, err := Try(t.Context(), l, o, to)
			if !from.CanBecome(to) {
				WantCode(t, err, order.CodeIllegal)
				continue
			}
			if err != nil || next.State != to || next.Version != o.Version+1 || next.Chain == "" || next.Chain == o.Chain {
				t.Errorf("%s to %s: %+v, %v", from, to, next, err)
			}
			want(t, l, next)
		}
	}
}

func testChangeNotFound(t *testing.T, l Implementation) {
	_, err := Try(t.Context(), l, Sample("a"), order.Approved)
	WantCode(t, err, order.CodeNotFound)
}

func testUnknownHoldsServer(t *testing.T, l Implementation) {
	waiting := Create(t, l, Sample("waiting"))
	lost := Through(t, l, Create(t, l, Sample("lost")), order.Approved, order.Placing, order.Unknown)

	_, err := l.Create(t.Context(), Sample("new"), created(Sample("new")))
	WantCode(t, err, order.CodeServerHeld)
	if e, _ := errors.AsType[*order.Error](err); e.Order == nil || e.Order.ID != lost.ID {
		t.Fatalf("the error names %v, want the order that holds the server", e.Order)
	}
	_, err = Try(t.Context(), l, waiting, order.Approved)
	WantCode(t, err, order.CodeServerHeld)

	other := Sample("other")
	other.Server.ID = "srv-2"
	Create(t, l, other)
	Step(t, l, lost, order.NotPlaced)
	Step(t, l, waiting, order.Approved)
	Create(t, l, Sample("new"))
}

func testTwoApprovals(t *testing.T, l Implementation) {
	a, b := Create(t, l, Sample("a")), Create(t, l, Sample("b"))
	a = Step(t, l, a, order.Approved)
	_, err := Try(t.Context(), l, b, order.Approved)
	WantCode(t, err, order.CodeServerHeld)
	a = Step(t, l, a, order.Placing)
	_, err = Try(t.Context(), l, b, order.Approved)
	WantCode(t, err, order.CodeServerHeld)
	Step(t, l, a, order.Placed)
	b.ToldExtendedBy = a.ID
	Step(t, l, b, order.Approved)
}

// Of many settlements at once, in two processes, only one can use the host's
// order.
func testHostOrderSettledOnce(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	processes := []Implementation{l, another()}
	const together = 8
	var lost []order.Order
	for i := range together {
		o := Sample(order.ID(fmt.Sprintf("o-%d", i)))
		o.Server.ID = "srv-" + string(o.ID)
		lost = append(lost, Through(t, l, Create(t, l, o), order.Approved, order.Placing, order.Unknown))
	}
	errs := make(chan error, together)
	for i, o := range lost {
		o.SettledBy, o.Receipt = "ops", &order.Receipt{OrderID: "h-7"}
		go func() {
			_, err := Try(t.Context(), processes[i%len(processes)], o, order.Placed)
			errs <- err
		}()
	}
	var winners []order.ID
	for range together {
		err := <-errs
		if err == nil {
			continue
		}
		WantCode(t, err, order.CodeClaimed)
		if e, ok := errors.AsType[*order.Error](err); ok && e.Order != nil {
			winners = append(winners, e.Order.ID)
		}
	}
	won, err := l.HostOrderOf(t.Context(), "h-7")
	if err != nil {
		t.Fatal(err)
	}
	if len(winners) != together-1 {
		t.Fatalf("%d of %d got CodeClaimed", len(winners), together-1)
	}
	for _, id := range winners {
		if id != won {
			t.Errorf("CodeClaimed names %s, but the host's order belongs to %s", id, won)
		}
	}
	for _, o := range lost {
		if now, err := processes[1].Order(t.Context(), o.ID); err != nil || (now.State == order.Placed) != (o.ID == won) {
			t.Errorf("%s is %s (%v), but the host's order belongs to %s", o.ID, now.State, err, won)
		}
	}
}

// What the host itself reports about a purchase is recorded, whatever its id.
func testReceiptWithKnownID(t *testing.T, l Implementation) {
	for _, id := range []order.ID{"a", "b"} {
		o := Sample(id)
		o.Server.ID = "srv-" + string(id)
		o = Through(t, l, Create(t, l, o), order.Approved, order.Placing)
		o.Receipt = &order.Receipt{OrderID: "h-7"}
		Step(t, l, o, order.Placed)
	}
}
