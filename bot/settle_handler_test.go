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
