package service_test

import (
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// waitEnded waits until an order has ended in one of the ways in which nothing is
// sent.
func waitEnded(h *servicetest.Harness, id order.ID, as order.State) {
	h.T.Helper()
	var o order.Order
	h.WaitUntil(func() bool {
		o, _ = h.Service.Ledger.Order(h.Ctx, id)
		return o.State == as
	}, func() string { return fmt.Sprintf("order %s is %s (%s), want %s", id, o.State, o.Reason, as) })
	if !strings.Contains(o.Reason, "it was tampered with: ") {
		h.T.Errorf("order %s is %s: %s", id, o.State, o.Reason)
	}
}

// Whoever makes an order approved in the database, with more hours, another server,
// another account, or approvals that nobody gave, gets nothing sent. The thread, the
// log, and a metric say so.
func TestForged_ApprovedIsNotSent(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(byLeads("1"))
		h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: []string{stage.Carol}})
		h.Start()
		for i, set := range []string{
			"hours = 99999", "server_id = '" + stage.DB + "'", "account = '" + stage.BobAccount + "'", "requester = '" + stage.Bob + "'",
			`approvals = '[{"user":"` + stage.Carol + `","at":"2026-01-01T00:00:00Z"}]'`, "version = version + 1", "",
		} {
			card := h.Request(stage.Alice, fmt.Sprintf("web-1 %d", 24+i))
			if set != "" {
				set = ", " + set
			}
			id := h.OrderID(card)
			h.Exec("UPDATE orders SET state = 'approved', owner = '', changed_at = 1" + set + " WHERE id = '" + string(id) + "'")
			waitEnded(h, id, order.Refused)
			h.WaitReply(card, "it was tampered with: ")
		}
		h.WaitLogged("the order was tampered with")
		h.WantCharges(0, 0)
		h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, "7")
	})
}

// A complete order that is inserted as approved, as a copy of another one, also with a
// copy of its history, is not sent.
func TestForged_CopyIsNotSent(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Start()
		card := h.Order("web-1 24")
		of := string(h.Recorded(card).ID)
		for i, history := range []bool{false, true} {
			id := fmt.Sprintf("0000000%d-00000000", i)
			statements := []string{
				"CREATE TEMPORARY TABLE forged AS SELECT * FROM orders WHERE id = '" + of + "'",
				"UPDATE forged SET id = '" + id + "', request_key = '" + id + "', state = 'approved', owner = '', changed_at = 1," +
					" hours = 99999, attempts = 0, first_try = 0, receipt = '', host_order = ''",
				"INSERT INTO orders SELECT * FROM forged",
			}
			if history {
				statements = append([]string{
					"CREATE TEMPORARY TABLE rows_of AS SELECT * FROM history WHERE order_id = '" + of + "' AND version <= 2",
					"UPDATE rows_of SET order_id = '" + id + "'",
					"INSERT INTO history SELECT * FROM rows_of",
				}, statements...)
			}
			h.Exec(statements...)
			h.Restart() // a process that shares its database with no other searches for orders at its start
			waitEnded(h, order.ID(id), order.Refused)
		}
		h.WantCharges(1, 1)
		h.WaitLogged("the order was tampered with")
	})
}
