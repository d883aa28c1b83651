package ledger_test

import (
	"context"
	"testing"
	"time"

	"extendbot/ledger"
	"extendbot/order"
)

// Due work that a process had begun when it died is soon repeated by another
// one.
func TestResume_WorkOfADeadProcess(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	p1, p2 := process(t, url, "p1"), process(t, url, "p2")
	began, again, free := make(calls, 10), make(calls, 10), make(chan struct{})
	defer close(free)
	nothing := func(context.Context, order.ID) error { return nil }
	handlers := func(lookup ledger.Handler) map[order.Work]ledger.Handler {
		return map[order.Work]ledger.Handler{order.WorkPlace: nothing, order.WorkReconcile: nothing, order.WorkLookup: lookup}
	}
	workWith(t, p1, handlers(func(_ context.Context, id order.ID) error { began <- id; <-free; return nil }))
	create(t, p1, withOwner(sample("a")), order.Due{Work: order.WorkLookup, At: time.Now()})
	began.wait(t)
	workWith(t, p2, handlers(func(_ context.Context, id order.ID) error { again <- id; return nil }))
	select {
	case <-again:
		t.Fatal("it was repeated although its process lives")
	case <-time.After(8 * time.Second):
	}
	ledger.StopHeartbeat(p1)
	died := time.Now()
	again.wait(t)
	if took := time.Since(died); took > takenOverWithin {
		t.Errorf("it was repeated after %s, want at most %s", took, takenOverWithin)
	}
}

// Scheduled work does not wait for a dead leader of the queue.
func TestResume_DeadLeader(t *testing.T) {
	t.Parallel()
	url := databases[1].url(t)
	exec(t, databases[1].raw(t, url), "INSERT INTO river_leader (leader_id, elected_at, expires_at) VALUES ('dead', now(), now() + interval '1 h')")
	l := process(t, url, "p1")
	done := make(calls, 10)
	work(t, l, func(_ context.Context, id order.ID) error { done <- id; return nil })
	create(t, l, withOwner(sample("a")), order.Due{Work: order.WorkLookup, At: time.Now().Add(time.Second)})
	began := time.Now()
	done.wait(t)
	if took := time.Since(began); took > takenOverWithin {
		t.Errorf("it was done after %s, want at most %s", took, takenOverWithin)
	}
}
