package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
	"extendbot/order/ordertest"
)

// Every database passes the conformance suite.
func TestLedger_Conformance(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		t.Helper()
		ordertest.TestLedger(t, func(t *testing.T, now func() time.Time) (ordertest.Implementation, func() ordertest.Implementation) {
			t.Helper()
			url := d.url(t)
			l := openWith(t, ledger.WithLongTimeouts(ledger.Config{Keys: testKeys, URL: url, Serve: true, Now: now, PollEvery: 10 * time.Millisecond}))
			// On SQLite the other process is the command line.
			return l, func() ordertest.Implementation { return open(t, url, false) }
		})
	})
}

// Text with any bytes is stored, as far as it is text, and can be verified.
func TestChange_TextOfAnyBytes(t *testing.T) {
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
			t.Errorf("stored as %q (%v)", got.Reason, err)
		}
		if _, found := verify(t, l, start.Add(never)); len(found) > 0 {
			t.Error(found)
		}
	})
}

// An order that does not exist has no history.
func TestHistory_NotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		_, err := l.History(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
	})
}

// Every transition adds a row with its own hash to the history.
func TestHistory_RowForEachTransition(t *testing.T) {
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

// A ledger that can be written answers a ping.
func TestPing_Writable(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		create(t, l, sample("a"))
		if err := errors.Join(l.Ping(t.Context()), l.Check(t.Context())); err != nil {
			t.Fatal(err)
		}
	})
}
