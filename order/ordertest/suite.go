package ordertest

import (
	"context"
	"testing"
	"time"

	"extendbot/order"
	"extendbot/order/leases"
)

// Implementation is what the suite tests: everything that the Desk, the bot and
// reminders need from a ledger.
type Implementation interface {
	order.Ledger
	order.Baselines
	leases.Store
	Claim(ctx context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error)
	RecordShown(ctx context.Context, s order.Shown) error
	ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error)
	Recent(ctx context.Context, p order.Person, n int) ([]order.Order, error)
	Pending(ctx context.Context, team string, n int) ([]order.Order, error)
	PendingOf(ctx context.Context, p order.Person) ([]order.Order, error)
	OfServer(ctx context.Context, server string, n int) ([]order.Order, error)
}

// Open opens a new ledger without orders, with a clock. another opens the same
// ledger a second time, as another process does. Both are closed when the test
// ends.
type Open func(t *testing.T, now func() time.Time) (l Implementation, another func() Implementation)

// TestLedger tests that a ledger does what [order.Ledger] and [order.Baselines]
// promise, and what the bot needs. An implementation has to:
//
//   - return each order as it was stored, and CodeNotFound for an unknown id;
//   - record a request key once: a second Create returns the first order;
//   - make each transition a compare-and-swap of version and state, so that only
//     one of many concurrent ones succeeds; let only the owner take an order out of
//     placing; and store exactly the transitions of the state table, of which one
//     more approval is one;
//   - let one order at a time hold a server: no other is approved while one is
//     approved, placing or unknown, and none is created while one is unknown;
//   - record what a person asks for only once while it can be decided;
//   - tell the pending orders of a server, and those that are requested soon, that it
//     was extended, and approve none whose requester does not know;
//   - settle only one order with an order of the host, whichever process does it,
//     but store each receipt that the host sent;
//   - store one baseline for a pending order, before any decision, and keep it until
//     the order is final;
//   - store what was shown separately from the transitions: the newest version
//     counts, and a transition neither changes nor loses it;
//   - store what people found out about an unknown outcome, one finding at a time, until
//     it was checked;
//   - let one process at a time own the card of an order;
//   - record a press on a reminder together with its approval, or nothing of it, and one
//     for each lease as long as that is open or placed, whichever process gets it;
//   - let one process at a time remind, and keep what people were told about a lease, and
//     what each reminder shows;
//   - return for a server what is open, what was placed recently, the last receipt,
//     its newest orders, and those from which its lease follows, and for a person the
//     newest and the pending ones.
//
// It does not test what only a database can do: survive a crash, migrate, verify
// its history, do due work.
func TestLedger(t *testing.T, open Open) {
	t.Helper()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open)
		})
	}
}

type testCase struct {
	name string
	test func(t *testing.T, open Open)
}

// on makes a test of one ledger, which lives in the present.
func on(test func(t *testing.T, l Implementation)) func(t *testing.T, open Open) {
	return func(t *testing.T, open Open) {
		t.Helper()
		l, _ := open(t, time.Now)
		test(t, l)
	}
}

func cases() (all []testCase) {
	for _, list := range [][]testCase{storing, transitions, siblings, limits, baselines, showing, findings, presses, reminding} {
		all = append(all, list...)
	}
	return all
}
