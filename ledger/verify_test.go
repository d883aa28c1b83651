package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/ledger"
	"extendbot/order"
)

// eventful takes an order through as many states as possible, and sets every
// field that the program sets.
func eventful(t *testing.T, l *ledger.Ledger, id order.ID) order.Order {
	t.Helper()
	o := sample(id)
	o.Server.ID = "srv-" + string(id)
	o = create(t, l, o)
	o.DecidedBy, o.DecidedAt = "U0ALICE", start.Add(time.Second)
	o = step(t, l, o, order.Approved)
	o.Attempts, o.FirstTry, o.Owner, o.OwnerUntil = 1, start.Add(2*time.Second), "p1", start.Add(time.Minute)
	o = step(t, l, o, order.Placing)
	o.Reason, o.OwnerUntil, o.RetryAt = "slow down", time.Time{}, start.Add(5*time.Second)
	o = step(t, l, o, order.Approved)
	o.Attempts, o.Owner = 2, "p2"
	o = step(t, l, o, order.Placing)
	o.Reason = "no answer"
	o = step(t, l, o, order.Unknown)
	o.Reason = "seen at 0xhost"
	o.Receipt = &order.Receipt{OrderID: "h-1", Amount: decimal.NewNullDecimal(decimal.RequireFromString("1.30")), ExpiresAt: start}
	return step(t, l, o, order.Placed)
}

const (
	eventfulRows = 7
	never        = 100 * 365 * 24 * time.Hour
)

// verify returns what Verify reports, without the triggers that a test removed.
func verify(t *testing.T, l *ledger.Ledger, until time.Time) (ledger.Proof, []string) {
	t.Helper()
	var found []string
	proof, err := l.Verify(t.Context(), until, func(d ledger.Difference) error {
		if !strings.Contains(d.What, "history is no longer protected") {
			found = append(found, d.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return proof, found
}

// A ledger that was not tampered with has no difference.
func TestVerify_IntactLedger(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		eventful(t, l, "a")
		create(t, l, sample("b"))
		proof, found := verify(t, l, start.Add(never))
		if len(found) > 0 || proof.Orders != 2 || proof.History != eventfulRows+1 || proof.Digest == "" {
			t.Fatalf("proof %+v, differences %v", proof, found)
		}
		one, differences, err := l.VerifyOrder(t.Context(), "a")
		if err != nil || len(differences) > 0 || one.History != eventfulRows {
			t.Fatalf("proof %+v, differences %v, error %v", one, differences, err)
		}
		_, _, err = l.VerifyOrder(t.Context(), "nobody")
		wantCode(t, err, order.CodeNotFound)
	})
}

// The digest as of a time stays the same when the ledger grows.
func TestVerify_DigestStaysTheSame(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		o := step(t, l, create(t, l, sample("a")), order.Approved)
		until := o.ChangedAt
		before, _ := verify(t, l, until)
		step(t, l, o, order.Placing)
		later := sample("b")
		later.CreatedAt, later.Server.ID = until.Add(time.Minute), "srv-2"
		if _, err := l.Create(t.Context(), later, order.Entry{Version: 1, At: until.Add(time.Minute), To: order.Pending}); err != nil {
			t.Fatal(err)
		}
		after, _ := verify(t, l, until)
		if before.Digest != after.Digest {
			t.Errorf("%s became %s", before.Digest, after.Digest)
		}
		if grown, _ := verify(t, l, until.Add(never)); grown.Digest == before.Digest {
			t.Error("the current digest did not change")
		}
	})
}

// A trigger that is missing or switched off is reported.
func TestVerify_MissingTrigger(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		url := d.altered(t)
		l := open(t, url, true)
		exec(t, d.raw(t, url), d.dropTriggers...)
		var found []string
		_, err := l.Verify(t.Context(), start, func(d ledger.Difference) error { found = append(found, d.String()); return nil })
		if err != nil || len(found) != 2 || !strings.Contains(found[1], "history_no_update") {
			t.Errorf("found %q, error %v", found, err)
		}
	})
}

// A large ledger is verified in parts.
func TestVerify_LargeLedger(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, d database) {
		const n = 450 // more than two parts
		proof := proofOf(t, filled(t, d, n))
		if proof.Orders != n || proof.History != 2*n {
			t.Errorf("proof %+v", proof)
		}
	})
}
