package ordertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
)

// Orders because of presses on reminders: recorded together with their approval, and one
// for each lease.
var presses = []testCase{
	{"CreateApproved_AsItWasStored", on(testApprovedAsStored)},
	{"CreateApproved_Refused", on(testApprovedRefused)},
	{"CreateApproved_NotInTheStateTable", on(testApprovedIllegal)},
	{"CreateApproved_ExtendedMeanwhile", on(testApprovedExtended)},
	{"CreateApproved_HeldByAnApproval", testApprovedTogether},
	{"Create_OnePressForALease", on(testOnePressForALease)},
	{"Create_ManyPressesAtOnce", testManyPresses},
	{"Create_PressDespiteACard", on(testPressDespiteACard)},
}

// leaseEnd is the end of the lease that presses are about.
var leaseEnd = Start.Add(24 * time.Hour)

// press returns an order because of a press on a reminder, before it is recorded.
func press(id order.ID) order.Order {
	o := Sample(id)
	o.Lease, o.Thread = leaseEnd, "C0OPS/1772600000.000100"
	return o
}

// createApproved records an order together with its approval.
func createApproved(ctx context.Context, l order.Ledger, o order.Order, limits []order.Limit, b *order.Baseline) (order.Order, error) {
	next := o
	next.State, next.DecidedBy, next.DecidedAt, next.Owner = order.Approved, o.Person.User, o.CreatedAt, "p1"
	next.Approvals = []order.Approval{{User: o.Person.User, At: o.CreatedAt}}
	a := order.Entry{Version: 2, At: o.CreatedAt, Who: o.Person.User, From: order.Pending, To: order.Approved}
	return l.CreateApproved(ctx, o, created(o), next, a, limits, b)
}

// mustApprove is createApproved without limits, and ends the test if that fails.
func mustApprove(t *testing.T, l order.Ledger, o order.Order) order.Order {
	t.Helper()
	stored, err := createApproved(t.Context(), l, o, nil, nil)
	if err != nil {
		t.Fatalf("create %s with its approval: %v", o.ID, err)
	}
	return stored
}

// It is stored as if it had been requested, got its baseline, and been approved.
func testApprovedAsStored(t *testing.T, l Implementation) {
	b := order.Baseline{IDs: []string{"h-1", "h-2"}, Complete: true, At: Start}
	o, err := createApproved(t.Context(), l, press("a"), nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	stepwise := press("b")
	stepwise.Server.ID = "srv-2"
	stepwise = Create(t, l, stepwise)
	next := stepwise
	next.State, next.Owner, next.DecidedBy, next.DecidedAt, next.Approvals = o.State, o.Owner, o.DecidedBy, o.DecidedAt, o.Approvals
	stepwise, err = l.Approve(t.Context(), next, order.Entry{Version: 2, At: Start, Who: "U0ALICE", From: order.Pending, To: order.Approved}, nil)
	if err != nil {
		t.Fatal(err)
	}
	like := stepwise
	like.ID, like.RequestKey, like.Server, like.Hours, like.Chain = o.ID, o.RequestKey, o.Server, o.Hours, o.Chain
	if diff := cmp.Diff(like, o); diff != "" {
		t.Error(diff)
	}
	if o.Chain == "" || o.Chain == stepwise.Chain {
		t.Errorf("its chain is %q", o.Chain)
	}
	want(t, l, o)
	if got, err := l.Baseline(t.Context(), "a"); err != nil || cmp.Diff(b, got) != "" {
		t.Errorf("its baseline is %+v, %v", got, err)
	}
	WantCode(t, l.AddBaseline(t.Context(), "a", b), order.CodeConflict)
	want(t, l, Through(t, l, o, order.Placing, order.Unknown, order.NotPlaced))
}

// What is refused leaves nothing behind, and the error names the order that is why.
func testApprovedRefused(t *testing.T, l Implementation) {
	for name, c := range map[string]struct {
		other  []order.State // the path of an order of the server
		limits []order.Limit
		key    bool // the other order has the same request key
		want   order.Code
	}{
		"the same request":              {other: []order.State{order.Declined}, key: true, want: order.CodeDuplicate},
		"the same request, held":        {other: []order.State{order.Approved}, key: true, want: order.CodeDuplicate},
		"another one is approved":       {other: []order.State{order.Approved}, want: order.CodeServerHeld},
		"another one is placed now":     {other: []order.State{order.Approved, order.Placing}, want: order.CodeServerHeld},
		"the outcome of one is unknown": {other: []order.State{order.Approved, order.Placing, order.Unknown}, want: order.CodeServerHeld},
		"extended meanwhile":            {other: []order.State{order.Approved, order.Placing, order.Placed}, want: order.CodeExtended},
		"held, and over a limit":        {other: []order.State{order.Approved}, limits: hoursPer(order.PerServer, day, 1), want: order.CodeServerHeld},
		"over a limit":                  {limits: hoursPer(order.PerServer, day, 1), want: order.CodeOverLimit},
	} {
		o, other := press(order.ID(name)), Sample(order.ID("other, "+name))
		o.Server.ID, other.Server.ID = "srv "+name, "srv "+name
		if c.key {
			o.RequestKey = other.RequestKey
		}
		if c.other != nil {
			other = Through(t, l, Create(t, l, other), c.other...)
		}
		got, err := createApproved(t.Context(), l, o, c.limits, &order.Baseline{})
		e, _ := errors.AsType[*order.Error](err)
		switch {
		case e == nil || e.Code != c.want:
			t.Errorf("%s: %v, want %s", name, err, c.want)
			continue
		case c.other != nil && (e.Order == nil || e.Order.ID != other.ID), c.limits != nil && c.other == nil && e.Limit == nil:
			t.Errorf("%s: the error has order %v and limit %v", name, e.Order, e.Limit)
		case c.want == order.CodeDuplicate && got.ID != other.ID:
			t.Errorf("%s: got order %s with the error", name, got.ID)
		}
		_, err = l.Order(t.Context(), o.ID)
		WantCode(t, err, order.CodeNotFound)
		_, err = l.Baseline(t.Context(), o.ID)
		WantCode(t, err, order.CodeNotFound)
		_, err = l.OneClick(t.Context(), o.Server.ID, leaseEnd)
		WantCode(t, err, order.CodeNotFound)
	}
	o := press("at last")
	o.Server.ID, o.RequestKey = "srv over a limit", "key-over a limit"
	if _, err := createApproved(t.Context(), l, o, hoursPer(order.PerServer, day, o.Hours), nil); err != nil {
		t.Error(err)
	}
}

// It records a request and its last approval, and nothing else.
func testApprovedIllegal(t *testing.T, l Implementation) {
	for _, way := range [][]order.State{
		{order.Pending, order.Pending}, {order.Pending, order.Declined}, {order.Pending, order.Placing}, {order.Approved, order.Approved}, {order.Placed, order.Approved},
	} {
		o := press("a")
		o.State = way[0]
		next := o
		next.State = way[1]
		e, a := created(o), order.Entry{Version: 2, At: Start, Who: "U0ALICE", From: order.Pending, To: way[1]}
		e.To = way[0]
		_, err := l.CreateApproved(t.Context(), o, e, next, a, nil, nil)
		WantCode(t, err, order.CodeIllegal)
	}
	_, err := l.Order(t.Context(), "a")
	WantCode(t, err, order.CodeNotFound)
}

// Whoever presses has to know of the newest order that extended the server lately, which
// is then recorded. An older one does not matter.
func testApprovedExtended(t *testing.T, l Implementation) {
	older, newer := place(t, l, Create(t, l, Sample("older")), ""), Sample("newer")
	newer.ChangedAt = Start.Add(time.Minute)
	place(t, l, Create(t, l, newer), older.ID)
	o := press("a")
	o.ToldExtendedBy = older.ID
	_, err := createApproved(t.Context(), l, o, nil, nil)
	wantOrder(t, err, order.CodeExtended, newer.ID)
	o.ToldExtendedBy = newer.ID
	o = mustApprove(t, l, o)
	if o.ExtendedBy != newer.ID || o.ToldExtendedBy != newer.ID || o.ToldUser != "U0ALICE" {
		t.Errorf("extended by %q, %q knows of %q", o.ExtendedBy, o.ToldUser, o.ToldExtendedBy)
	}
	want(t, l, o)
	Through(t, l, o, order.Refused)

	late := press("late")
	late.CreatedAt = Start.Add(day)
	late.ChangedAt = late.CreatedAt
	if late = mustApprove(t, l, late); late.ExtendedBy != "" || late.ToldExtendedBy != "" {
		t.Errorf("a day later, extended by %q", late.ExtendedBy)
	}
}

// A press in one process and the approval of a card in another one do not both get the
// server.
func testApprovedTogether(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	other := another()
	var waiting [servers]order.Order
	for i := range servers {
		waiting[i] = Create(t, l, onServer(i, "waiting"))
	}
	var won [2][servers]order.Code
	race(func(i int) {
		_, err := Try(t.Context(), l, waiting[i], order.Approved)
		won[0][i] = order.CodeOf(err)
	}, func(i int) {
		o := press(order.ID(fmt.Sprint("press-", i)))
		o.Server.ID = waiting[i].Server.ID
		_, err := createApproved(t.Context(), other, o, nil, nil)
		won[1][i] = order.CodeOf(err)
	})
	for i := range servers {
		if a, b := won[0][i], won[1][i]; a != "" && b != "" || a != order.CodeServerHeld && b != order.CodeServerHeld {
			t.Errorf("server %d: the card got %q, and the press %q", i, a, b)
		}
	}
}

// leaseTaken says for each state whether an order in it is the one of its lease.
var leaseTaken = map[order.State]bool{
	order.Pending: true, order.Approved: true, order.Placing: true, order.Unknown: true, order.Placed: true,
}

// While an order because of a press is open, and when it was placed, there is no second
// one for the same lease of the server: neither a card nor one that is approved at once. If
// it ends otherwise, there can be.
func testOnePressForALease(t *testing.T, l Implementation) {
	for to, way := range map[order.State][]order.State{
		order.Pending: {}, order.Declined: {order.Declined}, order.Cancelled: {order.Cancelled}, order.Expired: {order.Expired},
		order.Approved: {order.Approved}, order.Placing: {order.Approved, order.Placing}, order.Refused: {order.Approved, order.Refused},
		order.Unknown: {order.Approved, order.Placing, order.Unknown}, order.Placed: {order.Approved, order.Placing, order.Placed},
		order.NotPlaced: {order.Approved, order.Placing, order.Unknown, order.NotPlaced},
	} {
		for _, atOnce := range []bool{false, true} {
			name := fmt.Sprintf("%s-%v", to, atOnce)
			first := press(order.ID("first-" + name))
			first.Server.ID = "srv-" + name
			switch {
			case !atOnce:
				first = Create(t, l, first)
			case len(way) > 0 && way[0] == order.Approved:
				first, way = mustApprove(t, l, first), way[1:]
			default:
				continue
			}
			testNextPress(t, l, Through(t, l, first, way...))
		}
	}
}

// testNextPress tests what becomes of the presses after one that led to an order.
func testNextPress(t *testing.T, l Implementation, first order.Order) {
	t.Helper()
	next := press("next-" + first.ID)
	next.Server, next.Person.User = first.Server, "U0BOB"
	for _, create := range []func() (order.Order, error){
		func() (order.Order, error) { return createApproved(t.Context(), l, next, nil, nil) },
		func() (order.Order, error) { return l.Create(t.Context(), next, created(next)) },
	} {
		got, err := l.OneClick(t.Context(), first.Server.ID, leaseEnd)
		if !leaseTaken[first.State] {
			WantCode(t, err, order.CodeNotFound)
			first, err = create()
			if err != nil {
				t.Fatalf("%s: %v", next.ID, err)
			}
			first = Step(t, l, first, map[order.State]order.State{order.Pending: order.Cancelled, order.Approved: order.Refused}[first.State])
			next.ID, next.RequestKey = next.ID+"-card", next.RequestKey+"-card"
			continue
		}
		if diff := cmp.Diff(first, got); err != nil || diff != "" {
			t.Errorf("the order of the lease: %v\n%s", err, diff)
		}
		_, err = create()
		wantOrder(t, err, order.CodeLeaseTaken, first.ID)
	}
	for _, free := range []func(o *order.Order){
		func(o *order.Order) { o.Lease = time.Time{} },
		func(o *order.Order) { o.Lease = leaseEnd.Add(time.Microsecond) },
		func(o *order.Order) { o.Server.ID += "-other" },
	} {
		o := next
		free(&o)
		o.ID, o.RequestKey = order.ID(fmt.Sprint(o.ID, o.Lease.UnixMicro(), o.Server.ID)), fmt.Sprint(o.RequestKey, o.Lease.UnixMicro(), o.Server.ID)
		o.Hours += order.Hours(1 + len(o.ID))
		if _, err := l.Create(t.Context(), o, created(o)); err != nil && (first.State != order.Unknown || order.CodeOf(err) != order.CodeServerHeld) {
			t.Errorf("%s: %v", o.ID, err)
		}
	}
}

// Of twenty presses at once, by several people in several processes, with and without
// approvals, one is an order, and the others are told which.
func testManyPresses(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	processes := []Implementation{l, another(), another()}
	const together = 20
	var (
		group sync.WaitGroup
		errs  [together]error
	)
	start := make(chan struct{})
	for i := range together {
		o := press(order.ID(fmt.Sprintf("o-%02d", i)))
		o.Person.User = fmt.Sprint("U", i%3)
		group.Go(func() {
			<-start
			p := processes[i%len(processes)]
			if i%4 == 3 {
				_, errs[i] = p.Create(t.Context(), o, created(o))
				return
			}
			_, errs[i] = createApproved(t.Context(), p, o, nil, nil)
		})
	}
	close(start)
	group.Wait()
	won, err := l.OneClick(t.Context(), "srv-1", leaseEnd)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if won.ID == order.ID(fmt.Sprintf("o-%02d", i)) {
			WantCode(t, err, "")
			continue
		}
		wantOrder(t, err, order.CodeLeaseTaken, won.ID)
	}
}

// Somebody who has a card for the same hours can press all the same: the card stays, and
// says that the server was extended.
func testPressDespiteACard(t *testing.T, l Implementation) {
	card := Create(t, l, Sample("card"))
	o := press("press")
	o.Hours = card.Hours
	Through(t, l, mustApprove(t, l, o), order.Placing, order.Placed)
	if card = reload(t, l, card.ID); card.State != order.Pending || card.ExtendedBy != o.ID {
		t.Errorf("the card is %s, extended by %q", card.State, card.ExtendedBy)
	}
}
