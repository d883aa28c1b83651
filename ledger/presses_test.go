package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
)

// pressed returns what a press on a reminder records: the order with its first row of
// history, and its approval.
func pressed(id order.ID) (o order.Order, e order.Entry, approved order.Order, a order.Entry) {
	o = sample(id)
	o.Server.ID, o.Lease, o.Thread = "srv-"+string(id), start.Add(24*time.Hour), "C0OPS/1.1"
	e = order.Entry{Version: 1, At: start, Who: o.Person.User, To: order.Pending}
	approved = o
	approved.State, approved.DecidedBy, approved.DecidedAt, approved.Owner = order.Approved, o.Person.User, start, "p1"
	approved.Approvals = []order.Approval{{User: o.Person.User, At: start}}
	a = order.Entry{Version: 2, At: start, Who: o.Person.User, From: order.Pending, To: order.Approved, Why: "one\x00 click"}
	return o, e, approved, a
}

// press records a press on a reminder.
func press(t *testing.T, l *ledger.Ledger, id order.ID, b *order.Baseline, due ...order.Due) (order.Order, error) {
	t.Helper()
	o, e, approved, a := pressed(id)
	return l.CreateApproved(t.Context(), o, e, approved, a, nil, b, due...)
}

// A press is recorded, column by column, as the request, the baseline and the approval
// would be one after another, with its due work. It verifies.
func TestCreateApproved_RowsOfEachStep(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		b := order.Baseline{IDs: []string{"h-1"}, Complete: true, At: start}
		due := []order.Due{{Work: order.WorkPlace, At: start}, {Work: order.WorkReconcile, At: start}}
		record := map[string]func(l *ledger.Ledger){
			"at once": func(l *ledger.Ledger) {
				if _, err := press(t, l, "a", &b, due...); err != nil {
					t.Fatal(err)
				}
			},
			"in steps": func(l *ledger.Ledger) {
				o, e, approved, a := pressed("a")
				if _, err := l.Create(t.Context(), o, e, due[0]); err != nil {
					t.Fatal(err)
				}
				if err := l.AddBaseline(t.Context(), "a", b); err != nil {
					t.Fatal(err)
				}
				if _, err := l.Approve(t.Context(), approved, a, nil, due[1]); err != nil {
					t.Fatal(err)
				}
			},
		}
		rows := map[string][][]any{}
		for way, record := range record {
			url := d.url(t)
			l := open(t, url, true)
			record(l)
			if _, err := l.Verified(t.Context(), "a"); err != nil {
				t.Errorf("%s: %v", way, err)
			}
			if _, found := verify(t, l, start.Add(never)); len(found) > 0 {
				t.Errorf("%s: %v", way, found)
			}
			db := d.raw(t, url)
			rows[way] = [][]any{
				columnsOf(t, db, "orders", ledger.OrderColumns(), 0),
				columnsOf(t, db, "history", ledger.HistoryColumns(), 0), columnsOf(t, db, "history", ledger.HistoryColumns(), 1),
				columnsOf(t, db, "(SELECT 1 AS version, notes.* FROM notes) AS notes", ledger.TableColumns["notes"], 0),
				columnsOf(t, db, "(SELECT 1 AS version, COUNT(*) AS due FROM river_job WHERE state IN ('available', 'scheduled')) AS jobs", []string{"due"}, 0),
			}
		}
		if diff := cmp.Diff(rows["in steps"], rows["at once"]); diff != "" {
			t.Errorf("(-in steps +at once): %s", diff)
		}
	})
}

// If there is a baseline of the new order already, which somebody else added, nothing of
// the press is recorded.
func TestCreateApproved_BaselineIsThere(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		exec(t, d.raw(t, url), "INSERT INTO notes (order_id, noted_at, complete, ids) VALUES ('a', 1, 1, '[]')")
		_, err := press(t, l, "a", &order.Baseline{})
		wantCode(t, err, order.CodeUnavailable)
		if _, err := l.Order(t.Context(), "a"); order.CodeOf(err) != order.CodeNotFound {
			t.Errorf("the order: %v", err)
		}
		if _, err := l.History(t.Context(), "a"); order.CodeOf(err) != order.CodeNotFound {
			t.Errorf("its history: %v", err)
		}
	})
}

// Also without the program's own check, the database takes one open or placed order for
// each lease of a server.
func TestOneClick_DatabaseTakesOne(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.url(t)
		l := open(t, url, true)
		if _, err := press(t, l, "a", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := press(t, l, "b", nil); err != nil {
			t.Fatal(err)
		}
		db := d.raw(t, url)
		exec(t, db, "UPDATE orders SET state = 'pending'")
		if _, err := db.ExecContext(t.Context(), "UPDATE orders SET server_id = 'srv-a'"); err == nil || !strings.Contains(strings.ToLower(err.Error()), "unique") {
			t.Errorf("two orders of a lease: %v", err)
		}
		for _, free := range []string{"state = 'declined', lease = lease", "state = 'pending', lease = 0"} {
			exec(t, db, "UPDATE orders SET server_id = 'srv-a', "+free, "UPDATE orders SET server_id = 'srv-' || id")
		}
	})
}

// On SQLite, a start ends the claim of the process before it, which can no longer be
// reminding.
func TestWork_StartMayRemind(t *testing.T) {
	t.Parallel()
	url := databases[0].url(t)
	withServing(t, url, func(l *ledger.Ledger) {
		if !reminds(t, l, "p1") {
			t.Error("p1 does not remind")
		}
	})
	l := open(t, url, true)
	if reminds(t, l, "p2") {
		t.Error("the claim does not outlast its process")
	}
	work(t, l, func(context.Context, order.ID) error { return nil })
	if !reminds(t, l, "p2") {
		t.Error("the start did not end the claim")
	}
}
