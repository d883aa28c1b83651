package bot

import (
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// orderOf makes an order that nobody has shown yet.
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

func TestTendMayRunAsOftenAsAnybodyLikes(t *testing.T) {
	w := newWorld(t)
	id := w.order(nil)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
				t.Errorf("Tend: %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(w.slack.Messages(general)); n != 1 {
		t.Errorf("%d cards", n)
	}
}

func TestTendLeavesAnOrderToTheProcessThatTendsIt(t *testing.T) {
	w := newWorld(t)
	until := time.Now().Add(20 * time.Second)
	id := w.order(func(o *order.Order) { o.CardOwner, o.CardOwnerUntil = "p2", until })
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Errorf("Tend: %v", err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 0 {
		t.Errorf("%d posts", n)
	}
}

func TestTendTakesOverFromAProcessThatDied(t *testing.T) {
	w := newWorld(t)
	id := w.order(func(o *order.Order) { o.CardOwner, o.CardOwnerUntil = "p2", time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Errorf("Tend: %v", err)
	}
	w.card(general, withButtons)
}

func TestTendAsksToComeBackAtTheDeadline(t *testing.T) {
	w := newWorld(t)
	id := w.order(nil)
	o, _ := w.ledger.only()
	err := w.app.Reconcile(t.Context(), id)
	if !isLater(err) || !strings.Contains(err.Error(), o.Deadline.UTC().Format(time.RFC3339)) {
		t.Errorf("Tend: %v, want the deadline %s", err, o.Deadline)
	}
}

func TestACardWhoseTimeIsOverSaysSo(t *testing.T) {
	w := newWorld(t)
	id := w.order(nil)
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	w.ledger.Edit(id, func(o *order.Order) { o.Deadline = time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Errorf("Tend: %v", err)
	}
	card := w.card(general, withoutButtons)
	if !strings.Contains(card.Flat(), "Expired") {
		t.Errorf("the card says %s", card.Flat())
	}
}

func TestARequestThatExpiredUnseenIsNotPostedAndWhoAskedIsTold(t *testing.T) {
	w := newWorld(t)
	id := w.order(func(o *order.Order) { o.Deadline = time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Errorf("Tend: %v", err)
	}
	o, _ := w.ledger.only()
	if o.State != order.Expired || o.CardDue() || len(w.slack.Messages(general)) != 0 {
		t.Errorf("the order is %s with %d messages in the channel", o.State, len(w.slack.Messages(general)))
	}
	told := w.slack.Messages(w.slack.DirectChannel("U0ALICE"))
	if len(told) != 1 || !strings.Contains(told[0].Flat(), "expired") {
		t.Errorf("who asked was told %+v", told)
	}
}

func TestAPendingCardThatWasDeletedIsPostedAnew(t *testing.T) {
	w := newWorld(t)
	id := w.order(nil)
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	card := w.card(general, withButtons)
	if err := w.slack.DeleteMessage(general, card.TS); err != nil {
		t.Fatal(err)
	}
	w.ledger.Edit(id, func(o *order.Order) { o.Version++ })
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	if again := w.card(general, withButtons); again.TS == card.TS {
		t.Error("the card is still the deleted one")
	}
}

func TestAClickOnADuplicateOfADecidedCardMendsIt(t *testing.T) {
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	w.command("U0ALICE", general, "web-1 24")
	first := w.card(general, withButtons)
	id := order.ID(first.Buttons()[0].Value)
	if err := w.app.Reconcile(w.ctx(), id); !isLater(err) {
		t.Fatal(err)
	}
	second := w.card(general, func(m slacksim.Message) bool { return m.TS != first.TS })
	w.mustClick("U0ALICE", second, message.ActionCancel)
	w.card(general, func(m slacksim.Message) bool { return m.TS == second.TS && withoutButtons(m) })
	w.mustClick("U0ALICE", first, message.ActionConfirm)
	w.card(general, func(m slacksim.Message) bool { return m.TS == first.TS && withoutButtons(m) })
}

func TestA429StormDelaysReceiptsAndLosesNone(t *testing.T) {
	w := start(t, func(_ *world, _ *slacksim.Config) {})
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.postMessage", slacksim.Fault{RetryAfter: time.Second}, 3)
	w.slack.Fail("chat.update", slacksim.Fault{NoRetryAfter: true}, 2)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.word(card)
	words := 0
	for _, m := range w.slack.Messages(general) {
		if m.ThreadTS == card.TS && m.TS != card.TS {
			words++
		}
	}
	if words != 1 {
		t.Errorf("%d receipts", words)
	}
}
