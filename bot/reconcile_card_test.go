package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"extendbot/bot/message"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// A post whose answer was lost is not repeated at once and not recorded as
// shown.
func TestCard_LostAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("chat.postMessage", slacksim.Fault{After: slacksim.Reset}, 1)
	w.command("U0ALICE", general, "web-1 24")
	w.card(general, withButtons)
	w.stop()
	if err := w.ended(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d posts", n)
	}
	if o, _ := w.ledger.only(); !o.CardDue() {
		t.Error("the card is recorded as shown although the post was not confirmed")
	}
}

// An order whose card Slack refuses is withdrawn, and the requester is told how
// to fix that.
func TestCard_RefusedWithdrawsTheOrder(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "some_new_code", "missing_scope"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.slack.Fail("chat.postMessage", slacksim.Fault{Error: code}, 1)
			w.command("U0ALICE", general, "web-1 24")
			e := w.ephemeral("U0ALICE", "could not post the card")
			if e.Source != slacksim.SourceResponseURL {
				t.Errorf("the message came by %s", e.Source)
			}
			if o, _ := w.ledger.only(); o.State != order.Cancelled {
				t.Errorf("the order is %s", o.State)
			}
			if got := w.slack.Messages(general); len(got) != 0 {
				t.Errorf("posted %+v", got)
			}
		})
	}
}

// Without a response_url, the requester of a withdrawn order gets a direct
// message.
func TestCard_RefusedIsToldDirectly(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.slack.Fail("response_url", slacksim.Fault{Status: 404, Body: "used_url"}, -1)
	w.command("U0ALICE", private, "web-1 24")
	if _, err := w.slack.WaitMessage(w.ctx(), w.slack.DirectChannel("U0ALICE"), saying("could not post the card")); err != nil {
		t.Fatal(err)
	}
}

// If an order expires before its card was posted, no card is posted, and the
// requester is told.
func TestCard_ExpiredUnpostedIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.order(func(o *order.Order) { o.Deadline = time.Now().Add(-time.Second) })
	if err := w.app.Reconcile(t.Context(), id); err != nil {
		t.Errorf("Reconcile: %v", err)
	}
	o, _ := w.ledger.only()
	if o.State != order.Expired || o.CardDue() || len(w.slack.Messages(general)) != 0 {
		t.Errorf("the order is %s with %d messages in the channel", o.State, len(w.slack.Messages(general)))
	}
	told := w.slack.Messages(w.slack.DirectChannel("U0ALICE"))
	if len(told) != 1 || !strings.Contains(told[0].Flat(), "expired") {
		t.Errorf("the requester was shown %+v", told)
	}
}

// If an order expires while its card is being posted, the card says so, and the
// requester is not told that there is none.
func TestCard_ExpiresWhileItIsPosted(t *testing.T) {
	t.Parallel()
	w := start(t, withTTL(time.Second))
	w.slack.Fail("chat.postMessage", slacksim.Fault{Delay: 2 * time.Second}, 1)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, func(slacksim.Message) bool { return true })
	until(t, "the card shows that it expired", func() bool { return w.says(card, "Expired") })
	if told := w.slack.Ephemerals("U0ALICE"); len(told) > 1 { // one says that the card is on its way
		t.Errorf("the requester was told %+v", told)
	}
	if told := w.slack.Messages(w.slack.DirectChannel("U0ALICE")); len(told) != 0 {
		t.Errorf("the requester was told directly %+v", told)
	}
}

// If a card is deleted while its order is pending, a new card is posted.
func TestCard_DeletedWhilePendingIsReposted(t *testing.T) {
	t.Parallel()
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

// An update that is due once more, because an earlier one may be applied late,
// remains due if its own answer is lost.
func TestStaleCard_LostAnswerStaysDue(t *testing.T) {
	t.Parallel()
	var p staleCards
	p.doubt("a")
	if p.due("a") || !p.shown("a") || !p.due("a") {
		t.Fatal("after an answer was lost, one more update is not due")
	}
	if p.doubt("a"); !p.due("a") {
		t.Error("its own answer was lost, and it is not due anymore")
	}
	if p.shown("a") || p.due("a") || len(p.by) != 0 {
		t.Error("it is still remembered")
	}
}

// A card whose update Slack refuses with a code that the bot does not know is
// updated when Slack accepts it again. The receipt does not wait for that.
func TestCard_UnknownCodeIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	w.slack.Fail("chat.update", slacksim.Fault{Error: "some_new_code"}, 2)
	w.mustClick("U0ALICE", card, message.ActionConfirm)
	w.threadMessage(card)
	w.card(general, func(m slacksim.Message) bool { return m.TS == card.TS && withoutButtons(m) })
}

// A process that does not have the key of an order neither shows it nor keeps its card
// from a process that has the key.
func TestCard_KeyUnknownIsLeftToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ledger.Unverified = func(order.Order) error { return &order.Error{Code: order.CodeKeyUnknown} }
	id := w.order(func(o *order.Order) { o.CardOwner, o.CardOwnerUntil = "", time.Time{} })
	for range 2 {
		if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
			t.Errorf("Reconcile: %v", err)
		}
	}
	if o, _ := w.ledger.only(); o.State != order.Pending || o.CardOwner != "" || len(w.slack.Calls("chat.postMessage")) != 0 {
		t.Errorf("it is %s, its card is owned by %q, %d posts", o.State, o.CardOwner, len(w.slack.Calls("chat.postMessage")))
	}
}

// flipped is a ledger in which the hours of orders are always others when they are read
// without being verified.
type flipped struct{ *ledger }

func (l flipped) Order(ctx context.Context, id order.ID) (order.Order, error) {
	o, err := l.ledger.Order(ctx, id)
	o.Hours = 1
	return o, err
}

func (l flipped) Claim(ctx context.Context, id order.ID, process string, until time.Time) (order.Order, bool, error) {
	o, ok, err := l.ledger.Claim(ctx, id, process, until)
	o.Hours = 1
	return o, ok, err
}

// A card shows the order that was verified, and not what the database contains a moment
// before or after that: people approve what they read. So does the card of an order
// that another process recorded.
func TestCard_ShowsWhatWasVerified(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{"p1", ""} {
		w := newWorld(t, func(w *world, _ *slacksim.Config) { w.cfg.Orders = flipped{w.ledger} })
		id := w.order(func(o *order.Order) {
			if owner == "" {
				o.CardOwner, o.CardOwnerUntil = "", time.Time{}
			}
		})
		if err := w.app.Reconcile(t.Context(), id); !isLater(err) {
			t.Errorf("Reconcile: %v", err)
		}
		if card := w.card(general, withButtons); !strings.Contains(card.Text, "24 hours") {
			t.Errorf("owner %q: the card says %q", owner, card.Text)
		}
	}
}
