package service_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
	"extendbot/order"
)

// confirmDialog returns the dialog of a card's Confirm button, or nil.
func confirmDialog(m slacksim.Message) bool {
	b, ok := m.Button("order_confirm")
	return ok && b.Confirm != nil
}

// waitExtended waits until a card says that somebody extended its server, and its
// Confirm asks again.
func waitExtended(h *servicetest.Harness, card slacksim.Message, by string) slacksim.Message {
	h.T.Helper()
	return h.WaitMessage(func(m slacksim.Message) bool {
		return m.TS == card.TS && confirmDialog(m) && servicetest.Contains(m, "<@"+by+">")
	})
}

// When an order is placed, the other pending cards of its server say so, and their
// Confirm asks again. One press then counts.
func TestSiblings_OtherCardsChange(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	mine := h.Request(stage.Carol, "web-1 48")
	elsewhere := h.Request(stage.Carol, "db-1 48")
	if confirmDialog(mine) || confirmDialog(elsewhere) {
		t.Error("a card asks again although nothing was ordered")
	}
	h.Order("web-1 24")
	mine = waitExtended(h, mine, stage.Alice)
	h.Click(stage.Carol, mine, "order_confirm")
	h.WaitCard(mine, "48")
	h.WaitReply(mine, "48")
	h.WantState(mine, order.Placed)
	h.WantCharges(2, 2)
	if now, _ := h.Slack.Message(stage.Ops, elsewhere.TS); now.Edits != 0 {
		t.Errorf("the card of another server was changed:\n%s", now.Flat())
	}
}

// The cards also change if the order turns out to be placed later: it is found in
// 0xhost's list, or an admin settles it.
func TestSiblings_SettledLater(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]oxhostsim.Stage{"found": oxhostsim.AfterCharge, "settled": oxhostsim.BeforeCharge} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
			other := h.Request(stage.Carol, "web-1 48")
			card := h.LoseAnswer(when)
			if when == oxhostsim.BeforeCharge {
				h.SettlePlaced(stage.Bob, h.WaitQuestion(card), "seen at 0xhost")
			}
			waitExtended(h, other, stage.Alice)
			h.WantState(other, order.Pending)
		})
	}
}

// Until Slack has taken the changed card, a first press on the old one only tells
// the person what happened. The second one counts.
func TestSiblings_FirstPressOnOldCardTells(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	old := h.Request(stage.Carol, "web-1 48")
	h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
	h.Order("web-1 24")
	wantParts(t, h.AnswerToClick(stage.Carol, old, "order_confirm"), "<@"+stage.Alice+">")
	h.WantState(old, order.Pending)
	if n := len(h.Oxhost.Charges()); n != 1 {
		t.Errorf("%d charges", n)
	}
	h.WaitUntil(func() bool { return h.Recorded(old).ToldExtendedBy != "" }, func() string { return "that carol was told is not recorded" })
	h.Click(stage.Carol, old, "order_confirm")
	h.WaitReply(old, "48")
	h.WantCharges(2, 2)
	h.Slack.Clear("chat.update")
	h.WaitCard(old, "48")
}

// If the person cannot be told, their press does not count, and is not lost: the
// next one tells them.
func TestSiblings_NotToldDoesNotCount(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	old := h.Request(stage.Carol, "web-1 48")
	h.Slack.Fail("chat.update", slacksim.Fault{Error: "internal_error"}, -1)
	h.Order("web-1 24")
	for _, way := range []string{"response_url", "chat.postEphemeral", "chat.postMessage"} {
		h.Slack.Fail(way, slacksim.Fault{Error: "restricted_action", Status: 403}, -1)
	}
	h.Click(stage.Carol, old, "order_confirm")
	h.WaitLogged("a person could not be answered")
	if o := h.Recorded(old); o.State != order.Pending || o.ToldExtendedBy != "" {
		t.Errorf("the order is %s, told %q", o.State, o.ToldExtendedBy)
	}
	for _, way := range []string{"response_url", "chat.postEphemeral", "chat.postMessage"} {
		h.Slack.Clear(way)
	}
	wantParts(t, h.AnswerToClick(stage.Carol, old, "order_confirm"), "<@"+stage.Alice+">")
	h.WantState(old, order.Pending)
	h.WantCharges(1, 1)
	h.Slack.Clear("chat.update")
	waitExtended(h, old, stage.Alice)
}

// A card that is made within an hour after its server was extended says so at
// once, and one press counts.
func TestSiblings_NewCardShowsIt(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Order("web-1 24")
	card := h.Request(stage.Alice, "web-1 24")
	if !confirmDialog(card) {
		t.Errorf("Confirm does not ask:\n%s", card.Flat())
	}
	h.Confirm(card)
	h.WaitReply(card, "24")
	h.WantCharges(2, 2)
}

// An order is placed while the card of another one is posted, with a Slack that is
// slow: that card says so as soon as it can.
func TestSiblings_PlacedWhileCardIsPosted(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	first := h.Request(stage.Alice, "web-1 24")
	h.Slack.Fail("chat.postMessage", slacksim.Fault{Delay: time.Second}, 1)
	h.Extend(stage.Carol, "web-1 48")
	h.Confirm(first)
	h.WaitMessage(func(m slacksim.Message) bool {
		return confirmDialog(m) && servicetest.Contains(m, "<@"+stage.Carol+">")
	})
	h.WantCharges(1, 1)
}

// The same request by the same person is answered with the link to the card that
// exists. Others, and other hours, have cards of their own.
func TestRequest_SameIsAskedAlready(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 72")
	for _, text := range []string{"web-1 72", "web-1 3d", stage.Web + " 72"} {
		wantParts(t, h.Answer(stage.Alice, text), servicetest.Link(card))
	}
	if list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 10); err != nil || len(list) != 1 {
		t.Errorf("%d orders, %v", len(list), err)
	}
	h.Request(stage.Carol, "web-1 72")
	h.Request(stage.Alice, "web-1 48")
	h.Click(stage.Alice, card, "order_cancel")
	h.WaitCard(card, "anceled")
	h.Request(stage.Alice, "web-1 72")
	h.WantCharges(0, 0)
}

// startReplica starts another process on the same database and the same Slack,
// until stop is called or the test ends.
func startReplica(h *servicetest.Harness) (stop func()) {
	h.T.Helper()
	v, err := h.Open(h.Options...)
	if err != nil {
		h.T.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.Ctx)
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.T.Errorf("the other process ended with %v", err)
		}
		if err := v.Close(); err != nil {
			h.T.Errorf("close the other process: %v", err)
		}
	})
	h.T.Cleanup(stop)
	return stop
}

// Two processes on PostgreSQL: whichever places the order and whichever has the
// other cards, these change, and twenty presses at once on old cards spend nothing
// twice.
func TestSiblings_TwoReplicas(t *testing.T) {
	t.Parallel()
	database := testpg.Database(t) // removed last
	h := servicetest.New(t, slacksim.Config{})
	h.UseDatabase(database)
	h.Options = append(h.Options, service.WithPollEvery(200*time.Millisecond))
	h.Start()
	startReplica(h)
	h.WaitConnections(4)
	var cards []slacksim.Message
	for _, hours := range []string{"10", "11", "12", "13"} {
		cards = append(cards, h.Request(stage.Carol, "web-1 "+hours))
	}
	h.Order("web-1 24")
	var group sync.WaitGroup
	for _, card := range cards {
		for range 5 { // on what the client still shows
			group.Go(func() {
				c := slacksim.Click{User: stage.Carol, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm", BlockID: "order"}
				b, _ := card.Button("order_confirm")
				if _, err := h.Slack.ClickRaw(h.Ctx, c, b.Value); err != nil {
					t.Errorf("a click: %v", err)
				}
			})
		}
	}
	group.Wait()
	h.WaitEphemeral(stage.Carol, "<@"+stage.Alice+">")
	for _, card := range cards {
		o := h.Recorded(card)
		if o.State == order.Pending {
			waitExtended(h, card, stage.Alice)
		} else if o.ToldExtendedBy == "" {
			t.Errorf("%s is %s although nobody was told", o.ID, o.State)
		}
	}
	if text := h.Log.String(); strings.Contains(text, "a handler panicked") {
		t.Error("a handler panicked")
	}
	perOrder := map[int]int{}
	for _, c := range h.Oxhost.Charges() {
		perOrder[c.Hours]++
	}
	for hours, n := range perOrder {
		if n > 1 {
			t.Errorf("%d charges for %d hours", n, hours)
		}
	}
}
