package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// overtaken is a ledger that runs a function once, just before a card is
// written.
type overtaken struct {
	*ledger

	next chan func()
}

func (b *overtaken) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	select {
	case happen := <-b.next:
		happen()
	default:
	}
	return b.ledger.ServerActivity(ctx, o, since)
}

// overtake returns an order that was canceled, and its card. The next
// reconciliation writes an older version, still pending, to the card, while another
// process, which owns the card until the given time, shows and records that the
// order was canceled.
func overtake(t *testing.T, w *world, until time.Time) (order.ID, slacksim.Message) {
	t.Helper()
	id := w.order(nil)
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	card := w.card(general, withButtons)
	w.ledger.Edit(id, func(o *order.Order) { o.Version = 2 })
	w.cfg.Orders.(*overtaken).next <- func() {
		w.ledger.Edit(id, func(o *order.Order) {
			o.Version, o.State, o.DecidedBy = 3, order.Cancelled, "U0ALICE"
			o.Card.Version, o.CardOwner, o.CardOwnerUntil = 3, "p2", until
		})
	}
	return id, card
}

func withOvertaking(w *world, _ *slacksim.Config) {
	w.cfg.Orders = &overtaken{ledger: w.ledger, next: make(chan func(), 1)}
}

func (w *world) says(card slacksim.Message, word string) bool {
	m, _ := w.slack.Message(card.Channel, card.TS)
	return strings.Contains(m.Flat(), word)
}

// If this process overwrote a newer version of a card, it updates the card again
// as soon as the other process no longer owns it. Only this process knows.
func TestStaleCard_UpdatedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withOvertaking)
	id, card := overtake(t, w, time.Now().Add(500*time.Millisecond))
	_ = w.app.Reconcile(t.Context(), id)
	until(t, "the card is updated again", func() bool { return w.says(card, "Canceled") })
}

// The same if the other process has shown the newer version and records that only
// after this process looked.
func TestStaleCard_OtherRecordsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withOvertaking)
	id, card := overtake(t, w, time.Now().Add(500*time.Millisecond))
	show := <-w.cfg.Orders.(*overtaken).next
	w.cfg.Orders.(*overtaken).next <- func() {
		show()
		w.ledger.Edit(id, func(o *order.Order) { o.Card.Version = 1 })
	}
	w.ledger.AfterRead = func() {
		w.ledger.Edit(id, func(o *order.Order) {
			if o.Card.Version == 2 { // this process has just recorded the older one
				o.Card.Version = 3
			}
		})
	}
	_ = w.app.Reconcile(t.Context(), id)
	until(t, "the card is updated again", func() bool { return w.says(card, "Canceled") })
}

// The same if the call failed, because Slack may still apply it.
func TestStaleCard_UpdatedAgainAfterFailedCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withOvertaking)
	w.slack.Fail("chat.update", slacksim.Fault{After: slacksim.Reset}, 4) // all tries
	id, card := overtake(t, w, time.Now().Add(-time.Second))
	_ = w.app.Reconcile(t.Context(), id)
	until(t, "the card is updated again", func() bool { return w.says(card, "Canceled") })
}

// When the bot stops, it does not wait for the other process.
func TestStaleCard_StopEndsTheWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withOvertaking)
	id, _ := overtake(t, w, time.Now().Add(time.Hour))
	ended := make(chan error, 1)
	go func() { ended <- w.app.Reconcile(t.Context(), id) }()
	if _, err := w.slack.WaitCall(w.ctx(), "chat.update", func(slacksim.Call) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.app.inflight.Close()
	if err := <-ended; !isLater(err) {
		t.Errorf("Reconcile: %v", err)
	}
}

// The server of a pending order is extended while this process writes its card, and
// another process, which owns the card by then, has shown that already, or records
// that it did only after this process recorded the older card: the card is updated
// again, and is not taken for one that shows it.
func TestStaleCard_ExtendedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]bool{"recorded before": false, "recorded later": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withOvertaking)
			id := w.order(nil)
			if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
				t.Fatal(err)
			}
			card := w.card(general, withButtons)
			by := w.placedOrder()
			w.ledger.Edit(id, func(o *order.Order) { o.Version = 2 })
			w.cfg.Orders.(*overtaken).next <- func() {
				w.ledger.Edit(id, func(o *order.Order) {
					o.ExtendedBy, o.CardOwner, o.CardOwnerUntil = by, "p2", time.Now().Add(500*time.Millisecond)
					if !later {
						o.Card.Version, o.CardExtendedBy = 2, by
					}
				})
			}
			if later {
				w.ledger.AfterRead = func() {
					w.ledger.Edit(id, func(o *order.Order) {
						if o.Card.Version == 2 && o.CardOwner == "p2" { // this process has just recorded the older one
							o.CardExtendedBy = by
						}
					})
				}
			}
			_ = w.app.Reconcile(t.Context(), id)
			w.shows(card, by)
			until(t, "the ledger says so", func() bool {
				o, err := w.ledger.Order(t.Context(), id)
				return err == nil && !o.CardDue() && o.CardExtendedBy == by
			})
		})
	}
}

// placedOrder returns an order of bob's that was placed.
func (w *world) placedOrder() order.ID {
	w.t.Helper()
	o, err := w.desk.Request(w.t.Context(), order.Request{
		Key: "placed", Person: order.Person{Team: w.slack.TeamID(), User: "U0BOB"}, Channel: general, Server: "web-1", Hours: 48,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ledger.Edit(o.ID, func(o *order.Order) {
		o.State, o.Version, o.Card, o.ThreadMessage = order.Placed, 4, order.ShownMessage{Ref: "C/1", Version: 4}, order.ShownMessage{Ref: "C/2", Version: 4}
		o.Receipt = &order.Receipt{OrderID: "hx-1", Hours: 48}
	})
	return o.ID
}
