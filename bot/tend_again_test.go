package bot

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/order"
)

// overtaken is a ledger in which something happens once, just before a card is
// written.
type overtaken struct {
	*memory

	next chan func()
}

func (b *overtaken) ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error) {
	select {
	case happen := <-b.next:
		happen()
	default:
	}
	return b.memory.ServerActivity(ctx, o, since)
}

// paintOver lets the bot write a card that says that the order is approved,
// after another process showed and noted that it was cancelled, which has its
// claim until then. It gives the order and its card as it was first.
func paintOver(t *testing.T, w *world, until time.Time) (order.ID, slacksim.Message) {
	t.Helper()
	id := w.order(nil)
	if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
		t.Fatal(err)
	}
	card := w.card(general, withButtons)
	w.book.edit(id, func(o *order.Order) { o.Version, o.State = 2, order.Approved })
	w.cfg.Orders.(*overtaken).next <- func() {
		w.book.edit(id, func(o *order.Order) {
			o.Version, o.State, o.DecidedBy = 3, order.Cancelled, "U0ALICE"
			o.Card.Version, o.CardOwner, o.CardOwnerUntil = 3, "p2", until
		})
	}
	if err := w.app.Reconcile(t.Context(), id); err == nil {
		t.Fatal("the bot did what another process has the claim to")
	}
	return id, card
}

func withOvertaking(w *world, _ *slacksim.Config) {
	w.cfg.Orders = &overtaken{memory: w.book, next: make(chan func(), 1)}
}

func (w *world) says(card slacksim.Message, word string) bool {
	m, _ := w.slack.Message(card.Channel, card.TS)
	return strings.Contains(m.Flat(), word)
}

func TestACardThatWasPaintedOverIsPaintedAgainWhenTheOtherProcessIsDone(t *testing.T) {
	w := newWorld(t, withOvertaking)
	id, card := paintOver(t, w, time.Now().Add(time.Minute))
	w.book.edit(id, func(o *order.Order) { o.CardOwnerUntil = time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Error(err)
	}
	if !w.says(card, "Cancelled") {
		t.Error("the card shows the old version")
	}
	if n := len(w.app.paints.by); n != 0 {
		t.Errorf("%d cards are still remembered", n)
	}
}

// Whatever due work there was may have been done by another process, to which
// the card looks as it should.
func TestACardThatWasPaintedOverNeedsNoDueWorkToBePaintedAgain(t *testing.T) {
	t.Parallel() // it waits for the end of a claim that has to be there when it is looked for
	w := start(t, withOvertaking)
	_, card := paintOver(t, w, time.Now().Add(5*time.Second))
	until(t, "painted again", func() bool { return w.says(card, "Cancelled") })
}

func TestACardThatAFailedCallMayHavePaintedOverIsPaintedAgain(t *testing.T) {
	w := newWorld(t, withOvertaking)
	w.slack.Fail("chat.update", slacksim.Fault{After: slacksim.Reset}, -1)
	id, card := paintOver(t, w, time.Now().Add(-time.Second))
	w.slack.Clear("chat.update")
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Error(err)
	}
	if !w.says(card, "Cancelled") {
		t.Error("the card shows the old version")
	}
}

func TestWhatMayBePaintedOverIsRememberedWithinBounds(t *testing.T) {
	p := paints{by: map[order.ID]paint{}}
	p.begin("first", 1)
	for i := range 2 * maxPaints {
		p.begin(order.ID(strconv.Itoa(i)), 1)
	}
	if len(p.by) != maxPaints {
		t.Errorf("%d cards are remembered", len(p.by))
	}
	if p.begin("first", 2); !p.over("first", 3) || p.over("first", 2) {
		t.Error("a card that is remembered already was not kept up to date")
	}
}
