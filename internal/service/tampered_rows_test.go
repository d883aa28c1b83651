package service_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/secret"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/ledger/mac"
	"extendbot/order"
)

// extraRow adds a row to the history of an order, in the place of its next one.
const extraRow = "INSERT INTO history SELECT order_id, 1 + (SELECT MAX(version) FROM history WHERE order_id = '%[1]s')," +
	" at, who, from_state, to_state, why, facts, chain, key_id, mac FROM history WHERE order_id = '%[1]s' AND version = 1"

// rowChanges are changes in the database to a pending order, %[1]s, with the rows of one
// that was placed, %[2]s.
var rowChanges = map[string][]string{
	"history removed":    {"DELETE FROM history WHERE order_id = '%[1]s'"},
	"order removed":      {"DELETE FROM orders WHERE id = '%[1]s'"},
	"one more row":       {extraRow},
	"another's approval": {"UPDATE orders SET (state, approvals, decider, decided_at) = (SELECT 'approved', approvals, decider, decided_at FROM orders WHERE id = '%[2]s') WHERE id = '%[1]s'"},
	"another's history": {
		"DELETE FROM history WHERE order_id = '%[1]s'",
		"INSERT INTO history SELECT '%[1]s', version, at, who, from_state, to_state, why, facts, chain, key_id, mac FROM history WHERE order_id = '%[2]s' AND version <= 2",
		"UPDATE orders SET state = 'approved', version = 2 WHERE id = '%[1]s'",
	},
	"another's approval as a row": {
		"INSERT INTO history SELECT '%[1]s', version, at, who, from_state, to_state, why, facts, chain, key_id, mac FROM history WHERE order_id = '%[2]s' AND version = 2",
		"UPDATE orders SET state = 'approved', version = 2 WHERE id = '%[1]s'",
	},
}

// Rows are removed, added, and copied from another order. Nothing is sent, the next press
// is told so, and log and metric report it.
func TestTampered_Rows(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Servers = nil
		h.Start()
		placed := servicetest.NewLane(h, "placed")
		if err := placed.Order(); err != nil {
			h.T.Fatal(err)
		}
		placed.WaitReply(servicetest.Receipt)
		for name, changes := range rowChanges {
			l := servicetest.NewLane(h, strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", ""))
			if err := l.Request(); err != nil {
				h.T.Fatal(err)
			}
			var sql []string
			for _, change := range changes {
				sql = append(sql, fmt.Sprintf(change+"%.0[2]s", l.ID(), placed.ID()))
			}
			h.Tamper(sql...)
			l.Press(stage.Alice, "order_confirm")
			if name == "order removed" {
				l.WaitAnswer(stage.Alice, "I do not know this order")
			} else {
				l.WaitAnswer(stage.Alice, "changed in the database")
			}
			if n := h.LoggedOrders("the order was tampered with")[l.ID()]; n != 1 {
				h.T.Errorf("%s: logged %d times", name, n)
			}
			l.WantCharges(0, 0)
		}
		h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, fmt.Sprint(len(rowChanges)))
		h.WaitReady(http.StatusOK, "ok")
		placed.WantCharges(1, 1)
	})
}

// forge replaces the rows of a pending order by those of one that was approved, made with
// a key. keyID is the id of the key that they name.
func forge(h *servicetest.Harness, l *servicetest.Lane, keys mac.Keys, keyID string) {
	h.T.Helper()
	o, err := h.Service.Ledger.Order(h.Ctx, l.ID())
	if err != nil {
		h.T.Fatal(err)
	}
	approved := o
	approved.State, approved.Version, approved.ChangedAt = order.Approved, 2, o.CreatedAt.Add(time.Microsecond)
	approved.DecidedBy, approved.DecidedAt, approved.Approvals = stage.Alice, o.CreatedAt, []order.Approval{{User: stage.Alice, At: o.CreatedAt}}
	rows, err := ledger.Encode(keys, []ledger.Transition{
		{Order: o, Entry: order.Entry{Version: 1, At: o.CreatedAt, Who: stage.Alice, To: order.Pending}},
		{Order: approved, Entry: order.Entry{Version: 2, At: approved.ChangedAt, Who: stage.Alice, From: order.Pending, To: order.Approved}},
	})
	if err != nil {
		h.T.Fatal(err)
	}
	changes := []string{
		"DELETE FROM orders WHERE id = '" + string(o.ID) + "'", "DELETE FROM history WHERE order_id = '" + string(o.ID) + "'",
		insertion("orders", ledger.OrderColumns(), rows.Order),
	}
	for _, r := range rows.History {
		r[slices.Index(ledger.HistoryColumns(), "key_id")] = keyID
		changes = append(changes, insertion("history", ledger.HistoryColumns(), r))
	}
	h.Tamper(changes...)
}

// insertion returns the statement that inserts a row.
func insertion(table string, columns []string, values []any) string {
	literals := make([]string, len(values))
	for i, v := range values {
		literals[i] = fmt.Sprint(v)
		if text, ok := v.(string); ok {
			literals[i] = "'" + strings.ReplaceAll(text, "'", "''") + "'"
		}
	}
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(literals, ", ") + ")"
}

// All rows of an approved order are written with another key, by somebody who knows the
// program. Whether they name that key or the program's own, nothing is sent.
func TestTampered_AnotherKey(t *testing.T) {
	t.Parallel()
	forgers, err := mac.New(secret.New(strings.Repeat("forged", 8)))
	if err != nil {
		t.Fatal(err)
	}
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Servers = nil
		h.Start()
		for name, keyID := range map[string]string{"own-key": h.Settings.ApprovalKeys.ID(), "forgers-key": forgers.ID(), "without-a-key": ""} {
			l := servicetest.NewLane(h, name)
			if err := l.Request(); err != nil {
				h.T.Fatal(err)
			}
			forge(h, l, forgers, keyID)
			l.Press(stage.Alice, "order_confirm")
			if keyID != forgers.ID() { // that may be the key of another process
				l.WaitAnswer(stage.Alice, "changed in the database")
			}
			l.WantCharges(0, 0)
		}
		h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, "2")
		h.WaitMetric(`extendbot_orders_unverified_total{code="key_unknown"}`, "1")
	})
}

// A process is killed while 0xhost has its order, and the database is changed before the
// next start: the order is not sent again, and nobody is told that nothing was charged.
func TestTampered_KilledWhilePlacing(t *testing.T) {
	t.Parallel()
	changes := map[string]string{
		"set-back":   "UPDATE orders SET state = 'approved', changed_at = 1 WHERE id = '%s'",
		"no-attempt": "UPDATE orders SET state = 'approved', changed_at = 1, attempts = 0, first_try = 0, owner = '' WHERE id = '%s'",
		"hours":      "UPDATE orders SET hours = 9999 WHERE id = '%s'",
		"reason":     "UPDATE orders SET reason = 'none' WHERE id = '%s'",
		"pending":    "UPDATE orders SET state = 'pending', changed_at = 1, deadline = 1 WHERE id = '%s'",
	}
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Servers, h.Settings.Admins = nil, []string{stage.Bob}
		answer := make(chan struct{})
		h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Until: answer}, -1)
		h.Start()
		lanes := map[string]*servicetest.Lane{}
		for name := range changes {
			lanes[name] = servicetest.NewLane(h, name)
			if err := lanes[name].Order(); err != nil {
				h.T.Fatal(err)
			}
		}
		for _, l := range lanes {
			l.WaitCard("being placed")
		}
		h.Exec("CREATE TABLE kept_orders AS SELECT * FROM orders", "CREATE TABLE kept_history AS SELECT * FROM history")
		close(answer)
		for _, l := range lanes {
			l.WaitReply(servicetest.Receipt)
		}
		h.Stop()
		h.Tamper("DELETE FROM orders", "DELETE FROM history", "INSERT INTO orders SELECT * FROM kept_orders", "INSERT INTO history SELECT * FROM kept_history",
			"UPDATE orders SET owner_until = 1, tend_until = 1") // as they were when it was killed, a while later
		for name, l := range lanes {
			h.Exec(fmt.Sprintf(changes[name], l.ID()))
		}
		h.Start()
		for name, l := range lanes {
			if name == "pending" {
				l.WaitReply("It may have been ordered before")
			} else {
				l.WaitReply("may or may not have been spent")
			}
			l.WaitSaid("tampered with")
			l.WantCharges(1, 1)
			if strings.Contains(h.ChannelText(l.Channel), "Nothing was charged") {
				h.T.Errorf("%s: %s", name, h.ChannelText(l.Channel))
			}
		}
	})
}

// An order whose outcome is unknown is changed in the database: it is not looked up, the
// question warns people, and after their answer the server can be extended again.
func TestTampered_UnknownIsSettled(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Settings.Admins = []string{stage.Bob}
		h.Options = append(h.Options, servicetest.FastLookups)
		hidden(h)
		h.Start()
		card := h.LoseAnswer(oxhostsim.AfterCharge)
		h.Exec("UPDATE orders SET hours = 25")
		h.WaitLogged("the order was tampered with") // a lookup that read it before that has ended
		h.Oxhost.SetListing(oxhostsim.Listing{})
		question := h.WaitQuestion(card)
		h.SettlePlaced(stage.Bob, question, "seen in the client area")
		h.WaitReply(card, "seen in the client area")
		h.WaitReply(card, "changed in the database")
		h.WantState(card, order.Placed)
		h.Order("web-1 48")
		h.WantCharges(2, 2)
	})
}

// The history of an order has a row where the next one belongs, so that nothing can be
// recorded about the order anymore. It is not sent, not looked at without a pause (the
// time of this test would stand still), and the thread says so.
func TestTampered_CannotBeEnded(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Settings.Servers = nil
		h.Start()
		h.RefuseOxhost(true)
		l := servicetest.NewLane(h, "stuck")
		if err := l.Order(); err != nil {
			h.T.Fatal(err)
		}
		l.WaitCard("could not be sent to 0xhost yet")
		h.Tamper(fmt.Sprintf(extraRow, l.ID()))
		h.RefuseOxhost(false)
		servicetest.Pass(20 * time.Minute)
		l.WaitReply("changed in the database, not by me, so I do not send it again")
		l.WantState(order.Approved)
		l.WantCharges(0, 0)
		if n := h.LoggedOrders("the order was tampered with")[l.ID()]; n != 1 {
			h.T.Errorf("logged %d times", n)
		}
		other := servicetest.NewLane(h, "other")
		if err := other.Order(); err != nil {
			h.T.Fatal(err)
		}
		other.WaitReply(servicetest.Receipt)
		h.Stop()
	})
}

// A pending order is changed in the database, and nobody presses a button. At its
// deadline, it is found.
func TestTampered_FoundAtDeadline(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Exec("UPDATE orders SET hours = 25")
		servicetest.Pass(16 * time.Minute)
		h.WaitReply(card, "it was tampered with: ")
		h.WaitCard(card, "it was tampered with: ")
		h.WantState(card, order.Cancelled)
		h.Stop()
	})
}
