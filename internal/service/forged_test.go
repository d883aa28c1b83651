package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
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
		sets := []string{
			"hours = 99999", "server_id = '" + stage.DB + "'", "account = '" + stage.BobAccount + "'", "requester = '" + stage.Bob + "'",
			`approvals = '[{"user":"` + stage.Carol + `","at":"2026-01-01T00:00:00Z"}]'`, "version = version + 1", "",
		}
		servers := "web-1: " + stage.Web
		for i := range sets {
			id := fmt.Sprintf("srv-%d", i)
			h.AddServer(stage.Server{ID: id, Account: stage.AliceAccount, PlanPrice: euros(10)})
			servers += fmt.Sprintf(", %s: %s", id, id)
		}
		h.UsePolicy(strings.Replace(byLeads("1"), "web-1: "+stage.Web, servers, 1))
		h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: []string{stage.Carol}})
		h.Start()
		var cards []slacksim.Message
		for i, set := range sets { // each of another server, so that they are found at the same time
			card := h.Request(stage.Alice, fmt.Sprintf("srv-%d 24", i))
			if set != "" {
				set = ", " + set
			}
			h.Exec("UPDATE orders SET state = 'approved', owner = '', changed_at = 1" + set + " WHERE id = '" + string(h.OrderID(card)) + "'")
			cards = append(cards, card)
		}
		for _, card := range cards {
			waitEnded(h, h.OrderID(card), order.Refused)
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

// Whoever changes which orders 0xhost listed before gets a throttled order, which may be
// charged, not sent again. The thread, the log, and a metric say why, and people are asked.
func TestForged_BaselineIsNotUsed(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Options = append(h.Options, servicetest.FastLookups, service.WithPauses(order.Pauses{Lists: 100 * time.Millisecond}))
		h.Start()
		h.Oxhost.Fail(oxhostsim.CreateOrder, status(429), 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.WaitBaseline(card)
		h.Exec(`UPDATE notes SET ids = '["added"]'`)
		h.Confirm(card)
		h.WaitReply(card, "it was tampered with: the record of which orders 0xhost listed before was changed")
		h.WaitQuestion(card)
		h.WantState(card, order.Unknown)
		h.WantCharges(0, 1)
		h.WaitLogged("the order was tampered with")
		h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, "1") // once, although it is found as approved and as unknown
	})
}

// Whoever writes an answer about an unknown outcome into the database, in the name of an
// admin, or due work of any kind, settles nothing, and nothing is sent. The admin can
// still answer.
func TestForged_AnswerAndDueWork(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Options = append(h.Options, servicetest.FastLookups)
		hidden(h)
		h.Start()
		card := h.LoseAnswer(oxhostsim.AfterCharge)
		question := h.WaitQuestion(card)
		waits := h.Request(stage.Alice, "db-1 24")
		lost := string(h.OrderID(card))
		forged := []string{fmt.Sprintf(`UPDATE orders SET finding = '{"by":"%s","why":"looked","at":1,"mac":"AAAA","key_id":"' ||`+
			` (SELECT key_id FROM history WHERE order_id = '%s' AND version = 1) || '"}' WHERE id = '%[2]s'`, stage.Bob, lost)}
		for _, id := range []string{lost, string(h.OrderID(waits))} {
			for kind, queue := range map[string]string{"tend": "default", "place": "placing", "look_up": "default"} {
				args := fmt.Sprintf(`'{"Order":"%s"}'`, id)
				if strings.HasPrefix(h.Settings.Database.Reveal(), "sqlite:") {
					args = "jsonb(" + args + ")"
				}
				forged = append(forged, fmt.Sprintf("INSERT INTO river_job (kind, args, queue, max_attempts) VALUES ('extendbot_%s', %s, '%s', 9)", kind, args, queue))
			}
		}
		h.Exec(forged...)
		h.WaitReply(card, "their answer cannot be verified")
		h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, "1")
		h.WantState(card, order.Unknown)
		h.WantState(waits, order.Pending)
		h.WantCharges(1, 1)
		h.Click(stage.Bob, question, "order_settle_not_placed")
		h.WaitReply(card, "<@"+stage.Bob+"> settled it")
		h.WantState(card, order.NotPlaced)
	})
}
