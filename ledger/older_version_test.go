package ledger_test

import (
	"path/filepath"
	"testing"
	"time"

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

// During an upgrade, a process of a version that does not know that an order was
// throttled cannot begin to send it again. One that knows can.
func TestPG_OlderVersionCannotResend(t *testing.T) {
	t.Parallel()
	l := open(t, databases[1].url(t), true)
	o := throttledOrder(t, l)
	if err := ledger.ChangeAsOlder(t.Context(), l, o, order.Placing); err == nil {
		t.Fatal("an older version may send a throttled order")
	}
	o.RetryAt = time.Time{}
	step(t, l, o, order.Placing)
}

// What an older version did to a throttled order during an upgrade does not look
// like a change by somebody else.
func TestVerify_OrderEndedByOlderVersion(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := throttledOrder(t, l)
		o.RetryAt = time.Time{}
		o = step(t, l, o, order.Placing)
		if err := ledger.ChangeAsOlder(t.Context(), l, o, order.Unknown); err != nil {
			t.Fatal(err)
		}
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

// An order that a process of an older version approved, which does not know that the
// requester has to know of an extension, goes on.
func TestChange_ApprovedByOlderVersion(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		through(t, l, create(t, l, sample("placed")), order.Approved, order.Placing, order.Placed)
		o := create(t, l, sample("a"))
		_, err := try(t, l, o, order.Approved)
		wantCode(t, err, order.CodeExtended)
		if err := ledger.ChangeAsOlder(t.Context(), l, o, order.Approved); err != nil {
			t.Fatal(err)
		}
		if o, err = l.Order(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		through(t, l, o, order.Placing, order.Approved, order.Placing, order.Placed)
	})
}
