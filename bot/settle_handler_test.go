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

// bobMaySettle makes bob an admin for the desk.
func bobMaySettle(w *world, _ *slacksim.Config) {
	people := rules{people: []string{"U0ALICE", "U0BOB"}, admins: []string{"U0BOB"}}
	w.desk = order.NewDesk(order.Config{
		Ledger: w.ledger, Policy: people.policy(), Host: w.host, ProcessID: "p1",
		ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
	})
	w.cfg.Desk = w.desk
}

// That an order was placed needs a reason: the press opens a modal for it, and nothing
// is recorded before it is submitted. If the modal does not open, the person is told.
func TestSettle_PlacedNeedsReason(t *testing.T) {
	t.Parallel()
	w := start(t, bobIsAdmin, bobMaySettle)
	id, _ := w.lost()
	_ = w.app.AskPeople(w.ctx(), id)
	question := w.questions()[0]
	w.slack.Fail("views.open", slacksim.Fault{Error: "expired_trigger_id"}, 1)
	w.mustClick("U0BOB", question, message.ActionSettlePlaced)
	w.ephemeral("U0BOB", "Press the button again")
	w.mustClick("U0ALICE", question, message.ActionSettlePlaced)
	w.ephemeral("U0ALICE", "Only an admin")
	w.mustClick("U0BOB", question, message.ActionSettlePlaced)
	w.modal("U0BOB")
	w.mustSubmit("U0BOB", "\u200b")
	if o, _ := w.ledger.Order(w.ctx(), id); o.State != order.Unknown || o.FindingDue() {
		t.Fatalf("before the reason it is %s, found %+v", o.State, o.Finding)
	}
	w.mustSubmit("U0BOB", "seen in the client area")
	w.until(func(m slacksim.Message) bool { return strings.Contains(m.Text, "went through after all") })
	if o, _ := w.ledger.Order(w.ctx(), id); o.State != order.Placed || o.SettledBy != "U0BOB" || !strings.Contains(o.Reason, "seen in the client area") {
		t.Errorf("the order is %s by %s: %s", o.State, o.SettledBy, o.Reason)
	}
	if n := len(w.slack.Views("U0ALICE")); n != 0 {
		t.Errorf("%d modals for a person who may not settle", n)
	}
}

// A settlement that cannot be recorded is not acked. Only an admin can settle
// the order.
func TestSettle_UnrecordedIsNotAcked(t *testing.T) {
	t.Parallel()
	w := start(t, bobIsAdmin, bobMaySettle)
	id, _ := w.lost()
	_ = w.app.AskPeople(w.ctx(), id)
	question := w.questions()[0]
	w.ledger.fail(&order.Error{Code: order.CodeUnavailable})
	w.unacked("answered unacked", func(ctx context.Context) error {
		return w.clickUntil(ctx, "U0BOB", question, message.ActionSettleNotPlaced)
	})
	w.ledger.fail(nil)
	w.mustClick("U0ALICE", question, message.ActionSettleNotPlaced)
	w.ephemeral("U0ALICE", "Only an admin")
	w.mustClick("U0BOB", question, message.ActionSettleNotPlaced)
	w.until(func(m slacksim.Message) bool { return strings.HasPrefix(m.Text, "🚫") })
	if o, _ := w.ledger.Order(w.ctx(), id); o.State != order.NotPlaced || o.SettledBy != "U0BOB" {
		t.Errorf("the order is %s by %s", o.State, o.SettledBy)
	}
}
