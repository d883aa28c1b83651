package ordertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"extendbot/order"
)

var siblings = []testCase{
	{"Create_AskedOnce", on(testAskedOnce)},
	{"Create_AskedOnceAtOnce", testAskedOnceAtOnce},
	{"Create_DuplicateBeforeAll", on(testDuplicateBeforeAll)},
	{"Create_KnowsNewestExtension", on(testCreateKnowsExtension)},
	{"Change_PlacedTellsOthers", on(testPlacedTellsOthers)},
	{"Change_ApprovedNeedsToKnow", on(testApprovedNeedsToKnow)},
	{"Change_OneApprovalOfSeveral", on(testOneApprovalNeedsNothing)},
	{"Change_ApprovedAgainAfterPlacing", on(testApprovedAgain)},
	{"Change_KeepsWhatWasTold", on(testChangeKeepsTold)},
	{"Change_ApprovedDuringPlacement", testApprovedDuringPlacement},
	{"Create_DuringPlacement", testCreatedDuringPlacement},
	{"RecordShown_Extension", on(testRecordExtension)},
}

// wantOrder ends the test if the error does not have this code and this order.
func wantOrder(t *testing.T, err error, code order.Code, id order.ID) {
	t.Helper()
	WantCode(t, err, code)
	if e, ok := errors.AsType[*order.Error](err); !ok || e.Order == nil || e.Order.ID != id {
		t.Fatalf("the error is %v, want one that names %s", err, id)
	}
}

// identical returns a request for the same as o.
func identical(id order.ID, o order.Order) order.Order {
	again := Sample(id)
	again.Person, again.Account, again.Server, again.Hours = o.Person, o.Account, o.Server, o.Hours
	return again
}

// place takes an order through to Placed. The requester knows of the extension.
func place(t *testing.T, l Implementation, o order.Order, known order.ID) order.Order {
	t.Helper()
	o.ToldExtendedBy = known
	o = Through(t, l, o, order.Approved, order.Placing)
	o.Receipt = &order.Receipt{OrderID: "h-" + string(o.ID)}
	return Step(t, l, o, order.Placed)
}

func reload(t *testing.T, l Implementation, id order.ID) order.Order {
	t.Helper()
	o, err := l.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func testAskedOnce(t *testing.T, l Implementation) {
	first := Create(t, l, Sample("a"))
	again := identical("b", first)
	got, err := l.Create(t.Context(), again, created(again))
	wantOrder(t, err, order.CodeAsked, "a")
	if got.ID != "a" {
		t.Errorf("got order %q with the error", got.ID)
	}
	_, err = l.Order(t.Context(), "b")
	WantCode(t, err, order.CodeNotFound)

	for name, differ := range map[order.ID]func(o *order.Order){
		"person":     func(o *order.Order) { o.Person.User = "U0BOB" },
		"team":       func(o *order.Order) { o.Person.Team = "T0OTHER" },
		"account":    func(o *order.Order) { o.Account = "acc-2" },
		"server":     func(o *order.Order) { o.Server.ID = "srv-2" },
		"hours":      func(o *order.Order) { o.Hours++ },
		"late":       func(o *order.Order) { o.CreatedAt = first.Deadline },
		"clock back": func(o *order.Order) { o.CreatedAt = Start.Add(-time.Hour) }, // the first one cannot be confirmed anymore
	} {
		other := identical(name, first)
		differ(&other)
		Create(t, l, other)
	}
	other := identical("name", first)
	other.Server.Name, other.Channel, other.Typed, other.Purpose = "db-1", "C0OTHER", "", ""
	_, err = l.Create(t.Context(), other, created(other))
	WantCode(t, err, order.CodeAsked)
}

// A redelivery of a request returns its order, whatever became of that. After the
// first one was decided, the same can be asked for again.
func testDuplicateBeforeAll(t *testing.T, l Implementation) {
	first := Create(t, l, Sample("a"))
	redelivered := identical("b", first)
	redelivered.RequestKey = first.RequestKey
	for _, to := range []order.State{order.Pending, order.Approved, order.Placing, order.Unknown, order.Placed} {
		if to != order.Pending {
			first = Step(t, l, first, to)
		}
		got, err := l.Create(t.Context(), redelivered, created(redelivered))
		wantOrder(t, err, order.CodeDuplicate, "a")
		if got.ID != "a" || got.State != to {
			t.Errorf("got order %q, which is %s, with the error", got.ID, got.State)
		}
	}
	Create(t, l, identical("c", first))
}

// Of many identical requests at once, in two processes, one is recorded.
func testAskedOnceAtOnce(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	processes := []Implementation{l, another()}
	const together = 8
	var errs [servers][together]error
	var wg sync.WaitGroup
	for i := range servers {
		for n := range together {
			wg.Go(func() {
				o := identical(order.ID(fmt.Sprintf("o-%d-%d", i, n)), onServer(i, "o"))
				_, errs[i][n] = processes[n%len(processes)].Create(context.WithoutCancel(t.Context()), o, created(o))
			})
		}
	}
	wg.Wait()
	for i := range servers {
		list, err := l.OfServer(t.Context(), onServer(i, "").Server.ID, together)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d orders are recorded (%v)", len(list), err)
		}
		for n, err := range errs[i] {
			if list[0].ID != order.ID(fmt.Sprintf("o-%d-%d", i, n)) {
				wantOrder(t, err, order.CodeAsked, list[0].ID)
			} else if err != nil {
				t.Error(err)
			}
		}
	}
}

func testCreateKnowsExtension(t *testing.T, l Implementation) {
	if o := Create(t, l, Sample("before")); o.ExtendedBy != "" {
		t.Errorf("extended by %q before any order was placed", o.ExtendedBy)
	}
	other := Sample("other")
	other.Server.ID = "srv-2"
	place(t, l, Create(t, l, other), "")
	first := place(t, l, Create(t, l, Sample("first")), "")
	later := Sample("later")
	later.CreatedAt, later.ChangedAt = Start.Add(time.Minute), Start.Add(time.Minute)
	later = place(t, l, Create(t, l, later), "first")

	for at, by := range map[time.Time]order.ID{
		later.ChangedAt:                                            "later",
		later.ChangedAt.Add(order.RecentWindow):                    "later",
		later.ChangedAt.Add(order.RecentWindow + time.Microsecond): "",
		first.ChangedAt.Add(order.RecentWindow):                    "later",
	} {
		o := Sample(order.ID(at.Format(time.RFC3339Nano)))
		o.CreatedAt, o.Deadline = at, at.Add(time.Minute)
		stored := Create(t, l, o)
		if stored.ExtendedBy != by || stored.CardExtendedBy != "" || stored.ToldExtendedBy != "" {
			t.Errorf("requested at %s: extended by %q, want %q; the card shows %q, the requester was told of %q",
				at, stored.ExtendedBy, by, stored.CardExtendedBy, stored.ToldExtendedBy)
		}
		want(t, l, stored)
	}
}

func testPlacedTellsOthers(t *testing.T, l Implementation) {
	waiting := Create(t, l, Sample("waiting"))
	cancelled := Step(t, l, Create(t, l, Sample("cancelled")), order.Cancelled)
	away := Create(t, l, elsewhere(Sample("elsewhere")))
	lost := Create(t, l, Sample("lost"))

	placed := place(t, l, Create(t, l, Sample("placed")), "")
	if placed.ExtendedBy != "" {
		t.Error("an order extended itself")
	}
	check := func(by order.ID) {
		t.Helper()
		now := reload(t, l, "waiting")
		if now.ExtendedBy != by || now.Version != waiting.Version || !now.CardDue() {
			t.Errorf("extended by %q, version %d, card due: %v", now.ExtendedBy, now.Version, now.CardDue())
		}
		for _, other := range []order.Order{cancelled, away} {
			if now := reload(t, l, other.ID); now.ExtendedBy != "" {
				t.Errorf("%s was extended by %q", now.ID, now.ExtendedBy)
			}
		}
	}
	check("placed")

	// It is also an extension when that is found out later.
	lost.ToldExtendedBy = "placed"
	lost = Through(t, l, lost, order.Approved, order.Placing, order.Unknown)
	check("placed")
	lost.SettledBy, lost.Receipt = "ops", &order.Receipt{OrderID: "h-9"}
	lost = Step(t, l, lost, order.Placed)
	check("lost")
	if lost.ExtendedBy != "placed" {
		t.Errorf("an order that was placed forgets that %q extended it before", lost.ExtendedBy)
	}
}

func testApprovedNeedsToKnow(t *testing.T, l Implementation) {
	long, other := Sample("long ago"), Sample("other")
	long.CreatedAt = Start.Add(-2 * order.RecentWindow)
	long.ChangedAt = long.CreatedAt
	place(t, l, Create(t, l, long), "")
	other.Server.ID = "srv-2"
	place(t, l, Create(t, l, other), "")
	var list []order.Order
	for i := range 6 {
		list = append(list, Create(t, l, Sample(order.ID(fmt.Sprint("o-", i)))))
	}
	try := func(i int, seen order.ID) error {
		o := list[i]
		o.ToldExtendedBy = seen
		stored, err := Try(t.Context(), l, o, order.Approved)
		if err == nil {
			list[i] = stored
		}
		return err
	}
	// What was placed long ago, or for another server, does not matter.
	WantCode(t, try(0, ""), "")
	list[0] = Through(t, l, list[0], order.Placing, order.Placed)

	wantOrder(t, try(1, ""), order.CodeExtended, "o-0")
	wantOrder(t, try(1, "other"), order.CodeExtended, "o-0")
	WantCode(t, try(1, "o-0"), "")
	if list[1].ToldExtendedBy != "o-0" {
		t.Errorf("the requester knew of %q", list[1].ToldExtendedBy)
	}
	list[1].ChangedAt = list[0].ChangedAt // placed later
	list[1] = Through(t, l, list[1], order.Placing, order.Placed)

	// Only the newest one counts.
	tell := func(id, of order.ID, user string) {
		t.Helper()
		if err := l.RecordShown(t.Context(), order.Shown{ID: id, ToldExtendedBy: of, ToldUser: user}); err != nil {
			t.Fatal(err)
		}
	}
	tell("o-2", "o-0", "U0ALICE") // who approves in try
	wantOrder(t, try(2, ""), order.CodeExtended, "o-1")
	wantOrder(t, try(2, "o-0"), order.CodeExtended, "o-1")
	tell("o-2", "o-1", "U0BOB")
	wantOrder(t, try(2, ""), order.CodeExtended, "o-1") // somebody else knows
	tell("o-2", "o-1", "U0ALICE")
	WantCode(t, try(2, "o-0"), "")
	if list[2].ToldExtendedBy != "o-1" || list[2].ToldUser != "U0ALICE" {
		t.Errorf("%q knew of %q", list[2].ToldUser, list[2].ToldExtendedBy)
	}
	// While an order holds the server, that is what the requester learns.
	wantOrder(t, try(3, ""), order.CodeServerHeld, "o-2")
	if now := reload(t, l, "o-3"); now.State != order.Pending || now.ExtendedBy != "o-1" {
		t.Errorf("it is %s, extended by %q", now.State, now.ExtendedBy)
	}
	if _, err := Try(t.Context(), l, list[4], order.Cancelled); err != nil {
		t.Errorf("an order whose requester knows nothing cannot be withdrawn: %v", err)
	}
}

// Only the last approval needs to know: it is the one that spends money.
func testOneApprovalNeedsNothing(t *testing.T, l Implementation) {
	place(t, l, Create(t, l, Sample("placed")), "")
	o := Create(t, l, Sample("a"))
	o.Approvals = []order.Approval{{User: "U0CARO", At: Start}}
	o = Step(t, l, o, order.Pending)
	if o.ToldExtendedBy != "" || o.ExtendedBy != "placed" {
		t.Errorf("told %q, extended by %q", o.ToldExtendedBy, o.ExtendedBy)
	}
	_, err := Try(t.Context(), l, o, order.Approved)
	wantOrder(t, err, order.CodeExtended, "placed")
}

// An attempt that was not sent returns to Approved, whatever its requester knows.
func testApprovedAgain(t *testing.T, l Implementation) {
	o := Step(t, l, Create(t, l, Sample("a")), order.Approved)
	place(t, l, Create(t, l, elsewhere(Sample("b"))), "")
	o = Through(t, l, o, order.Placing, order.Approved)
	if o.ToldExtendedBy != "" {
		t.Errorf("the requester knows of %q", o.ToldExtendedBy)
	}
	Through(t, l, o, order.Placing, order.Placed)
}

func elsewhere(o order.Order) order.Order {
	o.Server.ID = "srv-2"
	return o
}

// A change that does not know what was recorded meanwhile keeps it.
func testChangeKeepsTold(t *testing.T, l Implementation) {
	place(t, l, Create(t, l, Sample("placed")), "")
	o := Create(t, l, Sample("a"))
	shown := order.Shown{ID: "a", Card: order.ShownMessage{Ref: "1.1", Version: 1}, CardExtendedBy: "placed", ToldExtendedBy: "placed", ToldUser: "U0ALICE"}
	if err := l.RecordShown(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	o.ExtendedBy, o.ToldExtendedBy = "", "nonsense"
	o = Step(t, l, o, order.Approved)
	if o.ExtendedBy != "placed" || o.CardExtendedBy != "placed" || o.ToldExtendedBy != "placed" || o.ToldUser != "U0ALICE" {
		t.Errorf("extended by %q, the card shows %q, the requester knows of %q", o.ExtendedBy, o.CardExtendedBy, o.ToldExtendedBy)
	}
	if err := l.RecordShown(t.Context(), order.Shown{ID: "a", ToldExtendedBy: "too late"}); err != nil {
		t.Fatal(err)
	}
	o.ToldExtendedBy = "nonsense"
	if o = Step(t, l, o, order.Placing); o.ToldExtendedBy != "placed" {
		t.Errorf("the requester knows of %q", o.ToldExtendedBy)
	}
	want(t, l, o)
}

// servers is how many servers a test of a race uses.
const servers = 20

// race runs two functions for each server at once.
func race(a, b func(i int)) {
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() { a(i) })
		wg.Go(func() { b(i) })
	}
	wg.Wait()
}

// onServer returns a sample for one of the servers of a race.
func onServer(i int, name string) order.Order {
	o := Sample(order.ID(fmt.Sprintf("%s-%02d", name, i)))
	o.Server.ID = fmt.Sprint("srv-", i)
	return o
}

// While one order of a server becomes placed in one process, another one cannot be
// approved in another process by a requester who does not know.
func testApprovedDuringPlacement(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	other := another()
	var placing, waiting [servers]order.Order
	for i := range servers {
		placing[i] = Through(t, l, Create(t, l, onServer(i, "placing")), order.Approved, order.Placing)
		waiting[i] = Create(t, l, onServer(i, "waiting"))
	}
	race(func(i int) {
		if _, err := Try(t.Context(), l, placing[i], order.Placed); err != nil {
			t.Error(err)
		}
	}, func(i int) {
		for try := true; try; { // until the other one is placed
			_, err := Try(t.Context(), other, waiting[i], order.Approved)
			switch code := order.CodeOf(err); code {
			case order.CodeServerHeld:
			case order.CodeExtended:
				try = false
			default:
				t.Errorf("approving it returns %v", err)
				try = false
			}
		}
	})
	for i := range servers {
		if now := reload(t, l, waiting[i].ID); now.State != order.Pending || now.ExtendedBy != placing[i].ID {
			t.Errorf("%s is %s, extended by %q", now.ID, now.State, now.ExtendedBy)
		}
	}
}

// An order that is requested in one process while another one becomes placed in
// another process knows of that.
func testCreatedDuringPlacement(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	other := another()
	var placing [servers]order.Order
	for i := range servers {
		placing[i] = Through(t, l, Create(t, l, onServer(i, "placing")), order.Approved, order.Placing)
	}
	race(func(i int) {
		if _, err := Try(t.Context(), l, placing[i], order.Placed); err != nil {
			t.Error(err)
		}
	}, func(i int) {
		for n := range 3 {
			o := onServer(i, fmt.Sprint("new-", n))
			if _, err := other.Create(context.WithoutCancel(t.Context()), o, created(o)); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range servers {
		for n := range 3 {
			if now := reload(t, l, onServer(i, fmt.Sprint("new-", n)).ID); now.ExtendedBy != placing[i].ID {
				t.Errorf("%s was extended by %q", now.ID, now.ExtendedBy)
			}
		}
	}
}

// What the card shows is recorded with the card, also that it shows nothing. Of two
// cards of one version, the last one counts.
func testRecordExtension(t *testing.T, l Implementation) {
	Create(t, l, Sample("a"))
	place(t, l, Create(t, l, Sample("placed")), "")
	for i, c := range []struct {
		shown      order.Shown
		card, told order.ID
		due        bool
	}{
		{order.Shown{}, "", "", true},
		{order.Shown{CardExtendedBy: "placed"}, "", "", true}, // without a card
		{order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 1}}, "", "", true},
		{order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 1}, CardExtendedBy: "placed"}, "placed", "", false},
		{order.Shown{ToldExtendedBy: "placed"}, "placed", "placed", false},
		{order.Shown{ThreadMessage: order.ShownMessage{Ref: "1.2", Version: 1}}, "placed", "placed", false},
		{order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 1}}, "", "placed", true}, // of a slow process
		{order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 1}, CardExtendedBy: "placed", ToldExtendedBy: "older"}, "placed", "older", false},
		{order.Shown{Card: order.ShownMessage{Ref: "1.1", Version: 2}, CardExtendedBy: "placed"}, "placed", "older", false},
		{order.Shown{Card: order.ShownMessage{Ref: "0.1", Version: 1}, CardExtendedBy: "x"}, "placed", "older", false},
	} {
		c.shown.ID = "a"
		if err := l.RecordShown(t.Context(), c.shown); err != nil {
			t.Fatal(err)
		}
		if o := reload(t, l, "a"); o.ExtendedBy != "placed" || o.CardExtendedBy != c.card || o.ToldExtendedBy != c.told || o.CardDue() != c.due {
			t.Errorf("step %d: extended by %q, the card shows %q, the requester knows of %q, due: %v", i, o.ExtendedBy, o.CardExtendedBy, o.ToldExtendedBy, o.CardDue())
		}
	}
}
