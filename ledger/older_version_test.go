package ledger_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"extendbot/ledger"
	"extendbot/order"
)

// throttledOrder returns an approved order that the host throttled.
func throttledOrder(t *testing.T, l *ledger.Ledger) order.Order {
	t.Helper()
	o := through(t, l, create(t, l, sample("a")), order.Approved)
	o.Attempts, o.FirstTry, o.Owner = 1, start, "p1"
	o = step(t, l, o, order.Placing)
	o.ThrottledAt, o.RetryAt = start, start.Add(10*time.Second)
	return step(t, l, o, order.Approved)
}

// older fills a ledger as a version that does not authenticate, and returns its URL.
func older(t *testing.T, d database, fill func(l *ledger.Ledger)) (url string) {
	t.Helper()
	url = d.altered(t)
	l, err := ledger.Open(t.Context(), ledger.AsOlder(ledger.WithLongTimeouts(ledger.Config{URL: url})))
	if err != nil {
		t.Fatal(err)
	}
	fill(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return url
}

// A process of an older version that was not stopped for the upgrade can record
// nothing: no decision, and no attempt, so it sends nothing.
func TestHistory_OlderVersionCannotWrite(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, older(t, d, func(l *ledger.Ledger) {
			create(t, l, sample("pending"))
			o := sample("approved")
			o.Server.ID = "srv-2"
			through(t, l, create(t, l, o), order.Approved)
		}), true)
		create(t, l, sample("new"))
		for id, to := range map[order.ID]order.State{"pending": order.Approved, "approved": order.Placing, "new": order.Cancelled} {
			before, err := l.Order(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.ChangeAsOlder(t.Context(), l, before, to); err == nil {
				t.Errorf("an older version recorded %s", to)
			}
			after, err := l.Order(t.Context(), id)
			if diff := cmp.Diff(before, after); err != nil || diff != "" {
				t.Errorf("it changed the order: %v\n%s", err, diff)
			}
		}
	})
}

// What an older version did to a throttled order, during an upgrade before it
// authenticated, does not look like a change by somebody else.
func TestVerify_OrderEndedByOlderVersion(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		l := open(t, older(t, d, func(l *ledger.Ledger) {
			o := throttledOrder(t, l)
			o.RetryAt = time.Time{}
			o = step(t, l, o, order.Placing)
			if err := ledger.ChangeAsOlder(t.Context(), l, o, order.Unknown); err != nil {
				t.Fatal(err)
			}
		}), true)
		if _, found := verify(t, l, start); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	})
}

// An order that an older version was trying again at the upgrade may have been
// throttled.
func TestOpen_OlderAttemptsMayBeCharged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, "sqlite:"+path, true)
	tried := through(t, l, create(t, l, sample("tried")), order.Approved)
	tried.Attempts = 1
	through(t, l, tried, order.Placing, order.Approved)
	untried := sample("untried")
	untried.Server.ID = "srv-untried"
	through(t, l, create(t, l, untried), order.Approved)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ledger.MigrateDown(t.Context(), path, 7); err != nil {
		t.Fatal(err)
	}
	l = open(t, "sqlite:"+path, true)
	for id, want := range map[order.ID]bool{"tried": true, "untried": false} {
		if o, err := l.Order(t.Context(), id); err != nil || o.ThrottledAt.IsZero() == want {
			t.Errorf("%s: throttled at %s, %v", id, o.ThrottledAt, err)
		}
	}
}
