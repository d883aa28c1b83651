package ordertest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/order"
	"extendbot/order/leases"
)

var reminding = []testCase{
	{"ClaimReminders_OneProcess", testClaimOfReminders},
	{"ClaimReminders_ManyAtOnce", testManyClaims},
	{"LeaseRecord_KnownAndTold", on(testLeaseRecord)},
	{"LeaseRecord_SavedWhileToldElsewhere", testRecordSavedMeanwhile},
	{"Reminders_OpenOldestFirst", on(testOpenReminders)},
	{"Reminders_RecordedTwice", on(testReminderTwice)},
	{"LeaseOrders_UpToAnExpiry", on(testLeaseOrders)},
	{"LeaseOrders_AtMost50", on(testManyLeaseOrders)},
	{"RentedServers_NameOfTheNewest", on(testRentedServers)},
}

// One process reminds, until the time that it said last, or until it releases the claim.
func testClaimOfReminders(t *testing.T, open Open) {
	now := Start
	l, _ := open(t, func() time.Time { return now })
	for i, c := range []struct {
		at      time.Duration
		process string
		until   time.Duration
		want    bool
	}{
		{0, "p1", 60 * time.Second, true},
		{0, "p2", 60 * time.Second, false},
		{30 * time.Second, "p1", 90 * time.Second, true},
		{90*time.Second - time.Microsecond, "p2", 150 * time.Second, false},
		{90 * time.Second, "p2", 150 * time.Second, true},
		{90 * time.Second, "p1", 150 * time.Second, false},
		{100 * time.Second, "p1", 0, false}, // it releases what it does not have
		{100 * time.Second, "p3", 160 * time.Second, false},
		{100 * time.Second, "p2", 100 * time.Second, false}, // it releases the claim
		{100 * time.Second, "p3", 160 * time.Second, true},
		{100 * time.Second, "p3", 0, false},
		{100 * time.Second, "p3", 130 * time.Second, true},
	} {
		now = Start.Add(c.at)
		if got, err := l.ClaimReminders(t.Context(), c.process, Start.Add(c.until)); err != nil || got != c.want {
			t.Fatalf("step %d: %v, %v, want %v", i, got, err, c.want)
		}
	}
}

func testManyClaims(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	processes := []Implementation{l, another(), another()}
	var (
		group   sync.WaitGroup
		claimed atomic.Int32
	)
	for i := range 12 {
		group.Go(func() {
			got, err := processes[i%len(processes)].ClaimReminders(t.Context(), fmt.Sprint("p", i), time.Now().Add(time.Hour))
			if err != nil {
				t.Error(err)
			}
			if got {
				claimed.Add(1)
			}
		})
	}
	group.Wait()
	if claimed.Load() != 1 {
		t.Errorf("%d processes remind", claimed.Load())
	}
}

// reminder returns one about servers with these ids.
func reminder(ref string, lease time.Time, before time.Duration, ids ...string) leases.Reminder {
	r := leases.Reminder{Ref: ref, PostedAt: lease.Add(-before)}
	for _, id := range ids {
		r.Entries = append(r.Entries, leases.Entry{Server: order.Server{Name: "name of " + id, ID: id}, Lease: lease, Before: before, Shown: "open"})
	}
	return r
}

// What people were told belongs to one lease. It is kept when what is known changes, and
// ends with the next lease.
func testLeaseRecord(t *testing.T, l Implementation) {
	next := leaseEnd.Add(day)
	full := leases.Record{
		ServerID: "a", Base: Start.Add(time.Hour), BaseOrder: "o-1", BaseSince: Start, Elsewhere: 24, ElsewhereAt: Start.Add(time.Minute),
	}
	remind := func(lease time.Time, before time.Duration) func() error {
		ref := fmt.Sprint(lease.Unix(), before)
		return func() error { return l.AddReminder(t.Context(), reminder(ref, lease, before, "b", "a")) }
	}
	late := func(lease time.Time, before time.Duration) func() error {
		r := reminder(fmt.Sprint("late", lease.Unix(), before), lease, before, "b", "a")
		r.Late = true
		return func() error { return l.AddReminder(t.Context(), r) }
	}
	stop := func(lease time.Time, user string) func() error {
		return func() error { return l.StopReminders(t.Context(), "a", lease, user) }
	}
	var known leases.Record
	save := func(r leases.Record) func() error {
		return func() error {
			err := l.SaveLeaseRecord(t.Context(), r)
			r.Lease, r.Reminded, r.StoppedBy = time.Time{}, 0, ""
			known = r
			return err
		}
	}
	less, more := full, full
	less.Elsewhere, less.ElsewhereAt = 0, time.Time{}
	more.Base, more.Lease, more.Reminded, more.StoppedBy = next, next, day, "U0EVE"
	for i, c := range []struct {
		do       func() error
		lease    time.Time
		reminded time.Duration
		stopped  string
	}{
		{do: func() error { return nil }},
		{do: save(full)},
		{do: remind(leaseEnd, 24*time.Hour), lease: leaseEnd, reminded: 24 * time.Hour},
		{do: save(less), lease: leaseEnd, reminded: 24 * time.Hour},
		{do: remind(leaseEnd, 2*time.Hour), lease: leaseEnd, reminded: 2 * time.Hour},
		{do: remind(leaseEnd, 12*time.Hour), lease: leaseEnd, reminded: 2 * time.Hour}, // recorded late
		{do: stop(leaseEnd, "U0ALICE"), lease: leaseEnd, reminded: 2 * time.Hour, stopped: "U0ALICE"},
		{do: stop(leaseEnd, "U0BOB"), lease: leaseEnd, reminded: 2 * time.Hour, stopped: "U0ALICE"},
		{do: remind(leaseEnd, time.Hour), lease: leaseEnd, reminded: time.Hour, stopped: "U0ALICE"},
		{do: save(more), lease: leaseEnd, reminded: time.Hour, stopped: "U0ALICE"},
		{do: remind(next, 24*time.Hour), lease: next, reminded: 24 * time.Hour},
		{do: late(leaseEnd, time.Hour), lease: next, reminded: 24 * time.Hour}, // another process reminded of the next lease meanwhile
		{do: stop(leaseEnd.Add(time.Microsecond), "U0BOB"), lease: leaseEnd.Add(time.Microsecond), stopped: "U0BOB"},
		{do: late(next, 24*time.Hour), lease: next, reminded: 24 * time.Hour},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		want := known
		want.Lease, want.Reminded, want.StoppedBy = c.lease, c.reminded, c.stopped
		if got, err := l.LeaseRecord(t.Context(), "a"); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("step %d: %v\n%s", i, err, cmp.Diff(want, got))
		}
	}
	if err := l.StopReminders(t.Context(), "c", leaseEnd, "U0ALICE"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]leases.Record{
		"b": {ServerID: "b", Lease: next, Reminded: day}, "c": {ServerID: "c", Lease: leaseEnd, StoppedBy: "U0ALICE"}, "d": {},
	} {
		if got, err := l.LeaseRecord(t.Context(), id); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v\n%s", id, err, cmp.Diff(want, got))
		}
	}
}

// A process that stores what it knows does not take back what another one has told people
// meanwhile.
func testRecordSavedMeanwhile(t *testing.T, open Open) {
	l, another := open(t, time.Now)
	other := another()
	if err := l.SaveLeaseRecord(t.Context(), leases.Record{ServerID: "a", Base: leaseEnd}); err != nil {
		t.Fatal(err)
	}
	r, err := l.LeaseRecord(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.AddReminder(t.Context(), reminder("m", leaseEnd, day, "a")); err != nil {
		t.Fatal(err)
	}
	if err := other.StopReminders(t.Context(), "a", leaseEnd, "U0ALICE"); err != nil {
		t.Fatal(err)
	}
	r.Elsewhere = 24
	if err := l.SaveLeaseRecord(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := leases.Record{ServerID: "a", Base: leaseEnd, Elsewhere: 24, Lease: leaseEnd, Reminded: day, StoppedBy: "U0ALICE"}
	if got, err := other.LeaseRecord(t.Context(), "a"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
}

// wantOpen checks which reminders are open.
func wantOpen(t *testing.T, l Implementation, want ...leases.Reminder) {
	t.Helper()
	got, err := l.OpenReminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A reminder is open until each of its entries is done. Their order is kept.
func testOpenReminders(t *testing.T, l Implementation) {
	wantOpen(t, l)
	var ids []string
	for i := range leases.MaxServers {
		ids = append(ids, fmt.Sprint("srv-", (7*i)%leases.MaxServers))
	}
	newer, older := reminder("C1/1", leaseEnd, time.Hour, ids...), reminder("C1/2", leaseEnd, day, "a", "b")
	closed := reminder("C1/3", leaseEnd, day, "a")
	closed.Entries[0].Done = true
	for _, r := range []leases.Reminder{newer, older, closed} {
		if err := l.AddReminder(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	wantOpen(t, l, older, newer)
	save := func(r leases.Reminder) {
		t.Helper()
		if err := l.SaveReminder(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	older.Entries[1].Shown, older.Entries[1].Done = "extended 𝛀", true
	save(older)
	wantOpen(t, l, older, newer)
	older.Entries[0].Done = true
	save(older)
	wantOpen(t, l, newer)
	older.Entries[1].Done = false
	save(older)
	wantOpen(t, l, older, newer)
	save(reminder("nowhere", leaseEnd, day, "a"))
	wantOpen(t, l, older, newer)
}

// A process that does not know whether a reminder was recorded records it once more. What
// it shows since then is kept.
func testReminderTwice(t *testing.T, l Implementation) {
	first := reminder("C1/1", leaseEnd, day, "a", "b")
	for range 2 {
		if err := l.AddReminder(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	wantOpen(t, l, first)
	later := reminder("C1/1", leaseEnd, day, "a", "b")
	later.Entries[0].Shown, later.Entries[0].Done = "extended", true
	if err := l.SaveReminder(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if err := l.AddReminder(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, l, later)
}

// tried records an order that was attempted at a time, and how it ended.
func tried(t *testing.T, l Implementation, o order.Order, at time.Duration, to order.State, r *order.Receipt) order.Order {
	t.Helper()
	o.CreatedAt = Start.Add(at)
	o.ChangedAt = o.CreatedAt
	o = mustApprove(t, l, o)
	o.FirstTry, o.Attempts = o.CreatedAt, 1
	o = Step(t, l, o, order.Placing)
	if to == order.Placing {
		return o
	}
	o.Receipt = r
	return Step(t, l, o, to)
}

func idsOf(list []order.Order) string {
	var ids []string
	for _, o := range list {
		ids = append(ids, string(o.ID))
	}
	return strings.Join(ids, " ")
}

// The orders from which a lease follows are those since the newest attempt whose receipt
// states an expiry, whenever their outcome became known.
func testLeaseOrders(t *testing.T, l Implementation) {
	check := func(placed, unsettled string) {
		t.Helper()
		got, err := l.LeaseOrders(t.Context(), "srv-1")
		if err != nil {
			t.Fatal(err)
		}
		if p, u := idsOf(got.Placed), idsOf(got.Unsettled); p != placed || u != unsettled {
			t.Errorf("placed %q, unsettled %q, want %q, %q", p, u, placed, unsettled)
		}
		for _, o := range append(got.Placed, got.Unsettled...) {
			want(t, l, o)
		}
	}
	check("", "")
	expires := &order.Receipt{OrderID: "h-1", ExpiresAt: leaseEnd}
	tried(t, l, Sample("0"), 0, order.Placed, &order.Receipt{OrderID: "h-0"})
	check("0", "")
	tried(t, l, Sample("1"), 2*time.Hour, order.Placed, expires)
	check("1", "")
	lost := tried(t, l, Sample("2"), 4*time.Hour, order.Unknown, nil)
	check("1", "2")
	lost.ChangedAt = Start.Add(50 * time.Hour)
	Step(t, l, lost, order.Placed) // by hand, without a receipt
	check("2 1", "")
	third := Sample("3")
	third.ToldExtendedBy = "2"
	tried(t, l, third, 6*time.Hour, order.Refused, nil)
	elsewhere := Sample("4")
	elsewhere.Server.ID = "srv-2"
	tried(t, l, elsewhere, 8*time.Hour, order.Placed, expires)
	Create(t, l, Sample("5"))
	check("2 1", "")
	sixth := tried(t, l, Sample("6"), 60*time.Hour, order.Placing, nil)
	check("2 1", "6")
	sixth.Receipt = &order.Receipt{OrderID: "h-6"}
	Step(t, l, sixth, order.Placed)
	check("6 2 1", "")
	tried(t, l, Sample("7"), 70*time.Hour, order.Placed, expires)
	check("7", "")
	approved := Sample("8")
	approved.CreatedAt = Start.Add(80 * time.Hour)
	approved = mustApprove(t, l, approved)
	check("7", "")
	approved.FirstTry, approved.Attempts = approved.CreatedAt, 1
	approved = Step(t, l, approved, order.Placing)
	Step(t, l, approved, order.Approved) // throttled: it is to be sent again, and may have been charged
	check("7", "8")
}

func testManyLeaseOrders(t *testing.T, l Implementation) {
	for i := range 51 {
		tried(t, l, Sample(order.ID(fmt.Sprintf("%02d", i))), time.Duration(2*i)*time.Hour, order.Placed, nil)
	}
	got, err := l.LeaseOrders(t.Context(), "srv-1")
	if err != nil || len(got.Placed) != 50 || got.Placed[0].ID != "50" || got.Placed[49].ID != "01" {
		t.Errorf("%d orders: %s, %v", len(got.Placed), idsOf(got.Placed), err)
	}
}

// A server counts if an order was placed for it, and has the name that the newest one had.
func testRentedServers(t *testing.T, l Implementation) {
	check := func(want ...order.Server) {
		t.Helper()
		if got, err := l.RentedServers(t.Context()); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%v\n%s", err, cmp.Diff(want, got))
		}
	}
	check()
	for i, c := range []struct {
		server order.Server
		to     order.State
	}{
		{order.Server{ID: "h-2", Name: "old"}, order.Placed},
		{order.Server{ID: "h-2", Name: "new"}, order.Placed},
		{order.Server{ID: "h-1"}, order.Placed},
		{order.Server{ID: "h-2", Name: "refused"}, order.Refused},
		{order.Server{ID: "h-0", Name: "never"}, order.Refused},
		{order.Server{ID: "h-9", Name: "lost"}, order.Unknown},
		{order.Server{ID: "h-3", Name: "third"}, order.Placed},
	} {
		o := Sample(order.ID(fmt.Sprint(i)))
		o.Server = c.server
		tried(t, l, o, time.Duration(2*i)*time.Hour, c.to, nil)
	}
	check(order.Server{ID: "h-1"}, order.Server{ID: "h-2", Name: "new"}, order.Server{ID: "h-3", Name: "third"})
}
