package ledger_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// A person answers again just when it is recorded that the thread says why their last
// answer was refused. The new answer is not lost.
func TestRecordShown_KeepsNewerFinding(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, l *ledger.Ledger) {
		onTheWay(t, l, "a", []order.State{order.Approved, order.Placing, order.Unknown})
		for i := range 15 {
			at := start.Add(time.Duration(2*i+1) * time.Minute)
			if _, err := l.RecordFinding(t.Context(), "a", order.Finding{By: "U0BOB", At: at}); err != nil {
				t.Fatal(err)
			}
			if err := l.RefuseFinding(t.Context(), "a", at, "it is listed"); err != nil {
				t.Fatal(err)
			}
			var shown, again error
			var both sync.WaitGroup
			both.Go(func() { shown = l.RecordShown(t.Context(), order.Shown{ID: "a", FindingAt: at}) })
			both.Go(func() {
				_, again = l.RecordFinding(t.Context(), "a", order.Finding{By: "U0BOB", At: at.Add(time.Minute)})
			})
			both.Wait()
			o, err := l.Order(t.Context(), "a")
			if err := errors.Join(shown, again, err); err != nil || !o.FindingDue() {
				t.Fatalf("round %d: %v; %+v", i, err, o.Finding)
			}
			if err := l.RefuseFinding(t.Context(), "a", o.Finding.At, "it is listed"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A caller that gives up while its write runs gets nothing that the write still changes.
// Only the race detector sees it.
func TestRecordFinding_CallerGivesUp(t *testing.T) {
	t.Parallel()
	l := open(t, emptyFile(t), true)
	onTheWay(t, l, "a", []order.State{order.Approved, order.Placing, order.Unknown})
	for i := range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*2*time.Microsecond)
		f := order.Finding{By: "U0BOB", At: start.Add(time.Duration(i) * time.Minute)}
		o, err := l.RecordFinding(ctx, "a", f)
		cancel()
		if order.CodeOf(err) == order.CodeUnavailable && o.ID != "" {
			t.Fatalf("it gave up, and returned %+v", o)
		}
	}
}
