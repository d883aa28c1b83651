package ledgerfill_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"extendbot/internal/ledgerfill"
	"extendbot/internal/testpg"
	"extendbot/ledger"
	"extendbot/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testpg.Suite(m)) }

// onEach runs a test for each kind of database, with the URL of a new one.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "ledger.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, testpg.Database(t)) })
}

func reopen(t *testing.T, url string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{URL: url, Serve: true, Keys: ledgerfill.Keys()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// A filled ledger is valid and finished, and has all outcomes.
func TestFill_AsTheLedgerWouldHaveWrittenIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, url string) {
		now := time.Now()
		plan := ledgerfill.Years(2500, now)
		if err := ledgerfill.Fill(t.Context(), url, plan); err != nil {
			t.Fatal(err)
		}
		l := reopen(t, url)
		proof, err := l.Verify(t.Context(), now, func(d ledger.Difference) error {
			t.Error(d)
			return nil
		})
		if err != nil || proof.Orders != plan.Orders || proof.History < 3*plan.Orders {
			t.Errorf("found %+v (%v)", proof, err)
		}
		states := map[order.State]int{}
		all, err := l.List(t.Context(), time.Time{}, plan.Orders)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			states[o.State]++
			if !o.State.Final() || o.CardDue() || o.ThreadMessageDue() {
				t.Fatalf("there is still work for %+v", o)
			}
		}
		if len(states) != 4 || states[order.Placed] < plan.Orders*4/5 {
			t.Errorf("the outcomes are %v", states)
		}
	})
}

// A filled ledger accepts new orders, and its finished work is not done again.
func TestFill_LedgerWorks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, url string) {
		plan := ledgerfill.Years(40, time.Now())
		if err := ledgerfill.Fill(t.Context(), url, plan); err != nil {
			t.Fatal(err)
		}
		l := reopen(t, url)
		recent, err := l.Recent(t.Context(), order.Person{Team: plan.Team, User: plan.User(0)}, 20)
		if err != nil || len(recent) != 20 {
			t.Fatalf("%d orders of the person (%v)", len(recent), err)
		}
		again := recent[0]
		again.ID, again.RequestKey, again.State, again.Version, again.Receipt = "new", "new", order.Pending, 1, nil
		// The order has a card owner, so only the queue works on it.
		again.CardOwnerUntil = time.Now().Add(time.Hour)
		again.Deadline = again.CardOwnerUntil
		due := order.Due{Work: order.WorkReconcile, At: time.Now()}
		if _, err := l.Create(t.Context(), again, order.Entry{Version: 1, To: order.Pending}, due); err != nil {
			t.Fatal(err)
		}
		ran := make(chan order.ID, 10)
		work := func(_ context.Context, id order.ID) error { ran <- id; return nil }
		err = l.Work(t.Context(), map[order.Work]ledger.Handler{order.WorkReconcile: work, order.WorkPlace: work, order.WorkLookup: work})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.StopWork(context.Background()) }()
		select {
		case id := <-ran:
			if id != again.ID {
				t.Errorf("finished work ran again, for %s", id)
			}
		case <-time.After(time.Minute):
			t.Error("the queue does not work")
		}
	})
}
