package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/leases"
)

// onEachWay runs a test for each pair of database kinds.
func onEachWay(t *testing.T, test func(t *testing.T, from, to database)) {
	t.Helper()
	for _, from := range databases {
		for _, to := range databases {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				t.Parallel()
				test(t, from, to)
			})
		}
	}
}

func move(t testing.TB, from, to string) (ledger.MoveResult, error) {
	t.Helper()
	return ledger.Move(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: from}), ledger.WithLongTimeouts(ledger.Config{URL: to}), nil)
}

func mustMove(t testing.TB, from, to string) ledger.MoveResult {
	t.Helper()
	moved, err := move(t, from, to)
	if err != nil {
		t.Fatalf("move: %v", err)
	}
	return moved
}

// withServing opens a ledger, serving, while use runs.
func withServing(t testing.TB, url string, use func(l *ledger.Ledger)) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: true, PollEvery: 10 * time.Millisecond}))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	use(l)
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// withReader opens a ledger without serving, which is always possible, while use
// runs.
func withReader(t testing.TB, url string, use func(l *ledger.Ledger)) {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: url})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	use(l)
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// full returns the URL of a database filled by fill.
func full(t *testing.T, d database) string {
	t.Helper()
	url := d.url(t)
	fill(t, url)
	return url
}

// fill fills a new database with orders in every state in which an order can be
// left.
func fill(t *testing.T, url string) {
	t.Helper()
	withServing(t, url, func(l *ledger.Ledger) {
		eventful(t, l, "placed")
		for id, states := range map[order.ID][]order.State{
			"pending": {}, "cancelled": {order.Cancelled}, "expired": {order.Expired}, "approved": {order.Approved},
			"placing": {order.Approved, order.Placing}, "unknown": {order.Approved, order.Placing, order.Unknown},
			"asked": {order.Approved, order.Placing, order.Unknown}, "done": {order.Approved, order.Placing, order.Refused},
			"kept": {order.Approved, order.Placing, order.Unknown, order.NotPlaced},
		} {
			o := sample(id)
			o.Server.ID, o.Server.Name = "srv-"+string(id), `wéb "1"`
			o = create(t, l, o)
			if err := l.AddBaseline(t.Context(), id, order.Baseline{At: start, Complete: true, IDs: []string{"h-1", "ü"}}); err != nil {
				t.Fatal(err)
			}
			for _, s := range states {
				o.OwnerUntil = start.Add(never)
				o = step(t, l, o, s)
			}
			show(t, l, o)
		}
		remind(t, l)
	})
}

// remind records what people were told about the lease of one server, and what is known of
// another one.
func remind(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	entry := leases.Entry{Server: order.Server{ID: "srv-1", Name: `wéb "1"`}, Lease: start.Add(24 * time.Hour), Before: 2 * time.Hour, Shown: "x"}
	err := errors.Join(
		l.AddReminder(t.Context(), leases.Reminder{Ref: "c/1", PostedAt: start, Entries: []leases.Entry{entry}}),
		l.StopReminders(t.Context(), "srv-1", entry.Lease, "U0ALICE"),
		l.SaveLeaseRecord(t.Context(), leases.Record{ServerID: "srv-2", Base: start, BaseOrder: "placed", BaseSince: start, Elsewhere: 24, ElsewhereAt: start}))
	if err != nil {
		t.Fatal(err)
	}
}

// show records that everything about the order was shown.
func show(t *testing.T, l *ledger.Ledger, o order.Order) {
	t.Helper()
	s := order.Shown{ID: o.ID}
	switch o.ID {
	case "cancelled", "expired", "unknown", "done", "kept":
		s.Card, s.ThreadMessage = order.ShownMessage{Ref: "c:1", Version: o.Version}, order.ShownMessage{Ref: "c:2", Version: o.Version}
	case "asked":
		s.Card, s.ThreadMessage = order.ShownMessage{Ref: "c:1", Version: o.Version}, order.ShownMessage{Ref: "c:2", Version: o.Version}
		s.Question, s.AskedAt = order.ShownMessage{Ref: "c:3", Version: o.Version}, time.Now().Add(-time.Hour).Truncate(time.Microsecond).UTC()
	}
	if o.ID == "kept" { // its question still has its buttons
		s.Question = order.ShownMessage{Ref: "c:3", Version: o.Version - 1}
	}
	if err := l.RecordShown(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

const fullOrders = 10

// content is everything that a reader can see of a ledger.
type content struct {
	Orders    []order.Order
	History   map[order.ID][]ledger.HistoryRow
	Baselines map[order.ID]order.Baseline
	Proof     ledger.Proof
	Leases    []leases.Record
	Reminders []leases.Reminder
}

func contentOf(t *testing.T, url string) content {
	t.Helper()
	c := content{History: map[order.ID][]ledger.HistoryRow{}, Baselines: map[order.ID]order.Baseline{}}
	withReader(t, url, func(l *ledger.Ledger) {
		var err error
		if c.Orders, err = l.List(t.Context(), time.Time{}, 1<<30); err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Orders {
			if c.History[o.ID], err = l.History(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			baseline, err := l.Baseline(t.Context(), o.ID)
			if err != nil && order.CodeOf(err) != order.CodeNotFound {
				t.Fatal(err)
			}
			c.Baselines[o.ID] = baseline
		}
		for _, id := range []string{"srv-1", "srv-2"} {
			r, err := l.LeaseRecord(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			c.Leases = append(c.Leases, r)
		}
		if c.Reminders, err = l.OpenReminders(t.Context()); err != nil {
			t.Fatal(err)
		}
		var differences []string
		c.Proof, differences = verify(t, l, start.Add(never))
		if len(differences) > 0 {
			t.Errorf("differences: %v", differences)
		}
	})
	return c
}

// withoutLeases ignores what belonged to a process.
var withoutLeases = cmpopts.IgnoreFields(order.Order{}, "OwnerUntil", "CardOwnerUntil")

// A move copies everything but leases, between all kinds of databases. It can be
// repeated, history is protected at the destination too, and the source can no
// longer be served. The destination may have been served, as long as it has no orders.
func TestMove_EachWay(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := full(t, from), to.url(t)
		withServing(t, b, func(l *ledger.Ledger) { remind(t, l) })
		before := contentOf(t, a)
		moved := mustMove(t, a, b)
		if moved.Orders != fullOrders || moved.History != before.Proof.History || moved.Baselines != 5 || moved.AlreadyThere {
			t.Errorf("moved %+v", moved)
		}
		if diff := cmp.Diff(before, contentOf(t, a)); diff != "" {
			t.Errorf("the source was changed: %s", diff)
		}
		after := contentOf(t, b)
		if diff := cmp.Diff(before, after, withoutLeases); diff != "" {
			t.Error(diff)
		}
		for _, o := range after.Orders {
			if !o.OwnerUntil.IsZero() || !o.CardOwnerUntil.IsZero() {
				t.Errorf("%s belongs to a dead process until %s and %s", o.ID, o.OwnerUntil, o.CardOwnerUntil)
			}
		}
		if _, err := ledger.Open(t.Context(), ledger.Config{Keys: testKeys, URL: a, Serve: true}); !errors.Is(err, ledger.ErrMoved) {
			t.Errorf("serving from the source: %v, want ErrMoved", err)
		}
		if again := mustMove(t, a, b); !again.AlreadyThere || !cmp.Equal(again.Proof, moved.Proof) || again.Baselines != moved.Baselines || again.Due != 0 {
			t.Errorf("first %+v, then %+v", moved, again)
		}
		for _, change := range []string{"UPDATE history SET who = 'nobody'", "DELETE FROM history"} {
			if _, err := to.raw(t, b).ExecContext(t.Context(), change); err == nil {
				t.Errorf("%s succeeded", change)
			}
		}
	})
}

// A ledger that was moved to PostgreSQL and back is unchanged.
func TestMove_ThereAndBack(t *testing.T) {
	t.Parallel()
	file, server, back := full(t, databases[0]), databases[1].url(t), databases[0].url(t)
	before := contentOf(t, file)
	there := mustMove(t, file, server)
	home := mustMove(t, server, back)
	if there.Digest == "" || there.Digest != home.Digest || !cmp.Equal(there.Proof, home.Proof) {
		t.Errorf("moved %+v and back %+v", there, home)
	}
	if diff := cmp.Diff(before, contentOf(t, back), withoutLeases); diff != "" {
		t.Error(diff)
	}
}

// The queue is not moved; all due work is done at the destination.
func TestMove_DueWork(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		b := to.url(t)
		moved := mustMove(t, full(t, from), b)
		type call struct {
			work order.Work
			id   order.ID
		}
		want := map[call]bool{
			{order.WorkReconcile, "placed"}: true, {order.WorkReconcile, "pending"}: true, {order.WorkReconcile, "kept"}: true,
			{order.WorkReconcile, "approved"}: true, {order.WorkPlace, "approved"}: true,
			{order.WorkReconcile, "placing"}: true, {order.WorkPlace, "placing"}: true,
			{order.WorkReconcile, "unknown"}: true, {order.WorkLookup, "unknown"}: true,
			{order.WorkReconcile, "asked"}: true, {order.WorkLookup, "asked"}: true,
		}
		if moved.Due != 7 {
			t.Errorf("due for %d orders, want 7", moved.Due)
		}
		done := make(chan call, 100)
		handle := map[order.Work]ledger.Handler{}
		for _, w := range order.Works() {
			handle[w] = func(_ context.Context, id order.ID) error { done <- call{w, id}; return nil }
		}
		workWith(t, open(t, b, true), handle)
		got := map[call]bool{}
		for len(got) < len(want) {
			select {
			case c := <-done:
				if !want[c] {
					t.Errorf("%s for %s", c.work, c.id)
				}
				got[c] = true
			case <-time.After(2 * time.Minute):
				t.Fatalf("done: %v", got)
			}
		}
	})
}

// A ledger without orders can be moved.
func TestMove_EmptyLedger(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(t *testing.T, from, to database) {
		a, b := from.url(t), to.url(t)
		withServing(t, a, func(*ledger.Ledger) {})
		if moved := mustMove(t, a, b); moved.Orders != 0 || moved.AlreadyThere {
			t.Errorf("moved %+v", moved)
		}
	})
}
