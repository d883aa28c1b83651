package bot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// order creates an order that has not been shown yet.
func (w *world) order(edit func(*order.Order)) order.ID {
	w.t.Helper()
	o, err := w.desk.Request(w.t.Context(), order.Request{
		Key: "k", Person: order.Person{Team: w.slack.TeamID(), User: "U0ALICE"}, Channel: general, Server: "web-1", Hours: 24,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if edit != nil {
		w.ledger.Edit(o.ID, edit)
	}
	return o.ID
}

// Many reconciliations at once post one card.
func TestReconcile_ManyAtOnceAreOneCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(nil)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
				t.Errorf("Reconcile: %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(w.slack.Messages(general)); n != 1 {
		t.Errorf("%d cards", n)
	}
}

// While another process owns the card, this process does not touch it.
func TestReconcile_LeavesOrderToItsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	until := time.Now().Add(20 * time.Second)
	id := w.order(func(o *order.Order) { o.CardOwner, o.CardOwnerUntil = "p2", until })
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Errorf("Reconcile: %v", err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 0 {
		t.Errorf("%d posts", n)
	}
}

// A process takes over the card of a process that died.
func TestReconcile_TakesOverFromDeadOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(func(o *order.Order) { o.CardOwner, o.CardOwnerUntil = "p2", time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Errorf("Reconcile: %v", err)
	}
	w.card(general, withButtons)
}

// A pending order has to be reconciled again at its deadline.
func TestReconcile_PendingIsLaterAtDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(nil)
	o, _ := w.ledger.only()
	err := w.app.Reconcile(t.Context(), id)
	if !isLater(err) || !strings.Contains(err.Error(), o.Deadline.UTC().Format(time.RFC3339)) {
		t.Errorf("Reconcile: %v, want the deadline %s", err, o.Deadline)
	}
}

// An order that is pending at its deadline expires, and its card says so.
func TestReconcile_ExpiresAtDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(nil)
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	w.ledger.Edit(id, func(o *order.Order) { o.Deadline = time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Errorf("Reconcile: %v", err)
	}
	card := w.card(general, withoutButtons)
	if !strings.Contains(card.Flat(), "Expired") {
		t.Errorf("the card says %s", card.Flat())
	}
}

// 429 answers delay the receipt. It is neither lost nor posted twice.
func TestReconcile_429DelaysTheReceipt(t *testing.T) {
	t.Parallel()
	w := start(t, func(_ *world, _ *slacksim.Config) {})
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: time.Second}, 1)
	w.slack.Fail("chat.update", slacksim.Fault{NoRetryAfter: true}, 1)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	receipts := 0
	for _, m := range w.slack.Messages(general) {
		if m.ThreadTS == card.TS && m.TS != card.TS {
			receipts++
		}
	}
	if receipts != 1 {
		t.Errorf("%d receipts", receipts)
	}
}

// A long Retry-After is left to due work, and Slack is not called before it
// ends.
func TestReconcile_LongRetryAfterIsLater(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: time.Minute}, 1)
	w.command("U0ALICE", general, "web-1 24")
	if _, err := w.slack.WaitCall(w.ctx(), "chat.postMessage", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	o, _ := w.ledger.only()
	err := w.app.Reconcile(t.Context(), o.ID)
	later, ok := errors.AsType[*order.Later](err)
	if !ok || time.Until(later.At) < 50*time.Second {
		t.Errorf("Reconcile: %v, want a Later in a minute", err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d calls in spite of Retry-After", n)
	}
}

// unreadableAt is a ledger that cannot be read just after an order reached a
// state.
type unreadableAt struct {
	*ledger

	state order.State
	once  sync.Once
}

func (l *unreadableAt) Order(ctx context.Context, id order.ID) (o order.Order, err error) {
	o, err = l.ledger.Order(ctx, id)
	if o.State == l.state {
		l.once.Do(func() { err = &order.Error{Code: order.CodeUnavailable} })
	}
	return o, err
}

// If the ledger cannot be read just after an order was placed, or expired, what it
// owes then is shown within seconds, not only by due work.
func TestReconcile_UnreadableAfterOutcome(t *testing.T) {
	t.Parallel()
	for _, state := range []order.State{order.Placed, order.Expired} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := start(t, func(w *world, _ *slacksim.Config) {
				w.cfg.Orders = &unreadableAt{ledger: w.ledger, state: state}
				if state == order.Expired {
					withTTL(time.Second)(w, nil)
				}
			})
			w.command("U0ALICE", general, "web-1 24")
			card := w.card(general, withButtons)
			if state == order.Placed {
				w.mustClick("U0ALICE", card, message.ActionConfirm)
				w.threadMessage(card)
			}
			w.card(general, withoutButtons)
		})
	}
}

// An approved order that was removed from the ledger is not tried again and again.
func TestReconcile_RemovedOrderIsDropped(t *testing.T) {
	t.Parallel()
	r := newWorld(t).app.reconciler
	for _, task := range r.tasks {
		if task.name != "place" {
			continue
		}
		<-r.add(task, order.Order{ID: "gone", State: order.Approved}, r.cfg.Now())
		if n := task.queue.Size(); n != 0 {
			t.Errorf("%d orders are tried again", n)
		}
	}
}

// Once its receipt is posted, nothing waits for the times of what an order could have
// owed: its expiry, and that its requester is told in another way.
func TestReconcile_EndedOrderIsForgotten(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	until(t, "forgotten", func() bool {
		queued := w.app.Queued()
		return queued["expiry"]+queued["requester"]+queued["waiting"] == 0
	})
}
