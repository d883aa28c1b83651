package bot

import (
	"testing"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// shows waits until the card of a pending order says that another one extended its
// server.
func (w *world) shows(card slacksim.Message, by order.ID) {
	w.t.Helper()
	w.card(general, func(m slacksim.Message) bool {
		b, ok := m.Button(message.ActionConfirm)
		return ok && m.TS == card.TS && message.SeenOn(b.BlockID).ExtendedBy == by
	})
}

// The process that records that an order was placed, or is told so, updates the
// other cards of the server without due work, which nobody does here.
func TestSiblings_UpdatedAtOnce(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*world) order.ID{
		"confirmed": func(w *world) order.ID {
			w.command("U0ALICE", general, "web-1 24")
			card := w.card(general, func(m slacksim.Message) bool { return withButtons(m) && saying("U0ALICE")(m) })
			w.mustClick("U0ALICE", card, message.ActionConfirm)
			return order.ID(card.Buttons()[0].Value)
		},
		"settled in Slack": func(w *world) order.ID {
			id, _ := w.lost()
			_ = w.app.AskPeople(w.ctx(), id)
			w.mustClick("U0BOB", w.questions()[0], message.ActionSettlePlaced)
			w.modal("U0BOB")
			w.mustSubmit("U0BOB", "seen at 0xhost")
			return id
		},
		"found in the list": func(w *world) order.ID {
			id, _ := w.lost()
			if _, err := w.desk.Settle(w.ctx(), order.Settlement{ID: id, Who: order.Bot, Placed: true, HostID: "hx-1", Why: "listed"}); err != nil {
				w.t.Fatal(err)
			}
			_ = w.app.Reconcile(w.ctx(), id)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, bobIsAdmin, bobMaySettle)
			w.command("U0BOB", general, "web-1 48")
			other := w.card(general, withButtons)
			w.shows(other, place(w))
		})
	}
}

// A server is extended while the first card of another order is on its way: the
// card that then appears is updated at once.
func TestSiblings_ExtendedWhileCardIsPosted(t *testing.T) {
	t.Parallel()
	w := start(t, withOvertaking)
	extended := make(chan order.ID, 1)
	w.cfg.Orders.(*overtaken).next <- func() {
		o, _ := w.ledger.only()
		by := w.placedOrder()
		w.ledger.Edit(o.ID, func(o *order.Order) { o.ExtendedBy = by })
		o.ExtendedBy = by
		w.app.reconciler.schedule(o)
		extended <- by
	}
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.shows(card, <-extended)
}
