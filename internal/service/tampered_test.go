package service_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/ledger"
	"extendbot/order"
)

// shownColumns are the columns of the table orders that are leases or say how an order
// is shown. Nothing authenticates them, and none leads to a send.
var shownColumns = strings.Fields("owner_until tender tend_until extended_by card_extended_by told_extended_by told_user finding" +
	" card_ref card_version word_ref word_version waiting_ref superseded_ref ask_ref ask_version asked_at decline_ref decline_reason" +
	" card_reason told_version approvers_told remind_at reminded_at")

// otherValues are what the other columns are changed to, as SQL. %s is the state that
// the order is set to.
var otherValues = map[string]map[string]string{
	"orders": {
		"id": "id || 'x', changed_at = 1", "request_key": "request_key || 'x'", "team": "'T0OTHER'", "requester": "'" + stage.Bob + "'",
		"channel": "'C0OTHER'", "thread": "card_ref", "lease": "lease + 1000000", "account": "'" + stage.BobAccount + "'", "server_name": "'db-1'", "server_id": "server_id || 'x'",
		"hours": "9999", "currency": "'XXX'", "estimate": "'999'", "estimate_from": "estimate_from || 'x'", "spent": "spent + 1", "typed": "'1 hour'", "purpose": "'because'", "created_at": "created_at + 1", "deadline": "deadline + 9000000000",
		"version": "version + 1", "state": "%s, changed_at = 1", "changed_at": "changed_at + 1", "decider": "'" + stage.Carol + "'",
		"approvals": `'[{"user":"` + stage.Carol + `","at":1}]'`, "decided_at": "decided_at + 1", "reason": "'none'", "attempts": "attempts + 1",
		"first_try": "first_try + 1", "retry_at": "retry_at + 1", "throttled_at": "CASE throttled_at WHEN 0 THEN 1 ELSE 0 END", "owner": "owner || 'x'",
		"receipt": `'{"order_id":"h-9"}'`, "host_order": "'h-9'", "settler": "'" + stage.Bob + "'", "chain": "'x'",
	},
	"history": {
		"order_id": "order_id || 'x'", "version": "version + 100", "at": "at + 1", "who": "'" + stage.Carol + "'", "from_state": "'pending'",
		"to_state": "'approved'", "why": "'because'", "facts": "REPLACE(facts, '24', '240')", "chain": "'x'", "key_id": "'another'", "mac": "'x'",
	},
}

// columnChange is the change of one column of an order, or of the first row of its
// history.
type columnChange struct{ table, column, sql string }

// is reports whether it changes one of these columns of the table orders.
func (c columnChange) is(columns ...string) bool {
	return c.table == "orders" && slices.Contains(columns, c.column)
}

// keyUnknown reports whether it makes an order look as if another process had recorded
// it.
func (c columnChange) keyUnknown() bool { return c.column == "key_id" }

// eachColumn returns a change of each column that matters. A column that is new has to be
// added to one of the lists above.
func eachColumn(t *testing.T, state string) (list []columnChange) {
	t.Helper()
	where := map[string]string{"orders": "id = '%[1]s'", "history": "order_id = '%[1]s' AND version = 1"}
	columns := map[string][]string{"orders": ledger.OrderColumns(), "history": ledger.HistoryColumns()}
	for _, table := range []string{"orders", "history"} {
		for _, column := range columns[table] {
			to, known := otherValues[table][column]
			if shown := table == "orders" && slices.Contains(shownColumns, column); shown == known {
				t.Errorf("is the column %s of %s part of what is authenticated?", column, table)
			}
			if known {
				to = strings.ReplaceAll(to, "%s", "'"+state+"'")
				list = append(list, columnChange{table, column, "UPDATE " + table + " SET " + column + " = " + to + " WHERE " + where[table]})
			}
		}
	}
	return list
}

// tamperedState is a state in which each column is changed.
type tamperedState struct {
	setTo string // the state that orders are set to
	// hold prepares that orders stay in the state, before the start; release ends that.
	hold func(h *servicetest.Harness) (release func())
	// ready is called before the orders are confirmed.
	ready func(h *servicetest.Harness, lanes []*servicetest.Lane)
	// confirmed is what card or thread says in the state; "" if it comes before.
	confirmed string
	// after is what people do after the change; nil: nothing.
	after func(l *servicetest.Lane, c columnChange)
	// repaired are the columns that the outcome overwrites with what the process knew, so
	// that there is nothing wrong to show.
	repaired []string
	// goesOn lets an order that nobody changed go on, and waits for that.
	goesOn func(l *servicetest.Lane)
	// silent are the columns whose change Slack does not show, because the order is
	// another one by then, and unseen those that may be found by orders verify only.
	silent, unseen []string
	answered       bool // the answers to after say it; the messages remain
	// stopped is whether the program does not run during the change, and restart whether
	// it ends after that.
	stopped, restart bool
	sends, charges   int
	// never is what must not be said of any order.
	never string
}

func pressConfirm(l *servicetest.Lane, c columnChange) {
	l.Press(stage.Alice, "order_confirm")
	switch {
	case c.is("id", "team"):
		l.WaitAnswer(stage.Alice, "I do not know this order")
	case !c.keyUnknown():
		l.WaitAnswer(stage.Alice, "changed in the database")
	}
}

func openDetails(l *servicetest.Lane, c columnChange) {
	l.Click(stage.Alice, "order_details")
	if !c.is("id", "team") && !c.keyUnknown() {
		l.WaitAnswer(stage.Alice, "changed in the database")
	}
}

func receipt(l *servicetest.Lane) { l.WaitReply("extended `" + l.Server + "`") }

func failing(f oxhostsim.Fault) func(h *servicetest.Harness) func() {
	return func(h *servicetest.Harness) func() {
		h.Oxhost.Fail(oxhostsim.CreateOrder, f, -1)
		return func() { h.Oxhost.Clear(oxhostsim.CreateOrder) }
	}
}

func tamperedStates() map[string]tamperedState {
	return map[string]tamperedState{
		"pending": {
			setTo: "approved", after: pressConfirm, silent: []string{"id"},
			goesOn: func(l *servicetest.Lane) { l.Press(stage.Alice, "order_confirm"); receipt(l) },
		},
		"approved": {
			setTo: "pending", confirmed: "could not be sent to 0xhost yet", goesOn: receipt, stopped: true, silent: []string{"id"},
			hold: func(h *servicetest.Harness) func() {
				reachable := h.Settings.OxhostAPIURL
				addr, _ := closedPort(h.T)
				h.Settings.OxhostAPIURL = (&url.URL{Scheme: "http", Host: addr, Path: "/API/"}).String()
				return func() { h.Settings.OxhostAPIURL = reachable }
			},
			after: func(l *servicetest.Lane, c columnChange) {
				if c.is("state") { // nothing else looks at it before its deadline
					pressConfirm(l, c)
				}
			},
		},
		"placing": {
			setTo: "approved", confirmed: "being placed", goesOn: receipt, restart: true, sends: 1, charges: 1, never: "Nothing was charged",
			hold: func(h *servicetest.Harness) func() {
				hidden(h)
				until := make(chan struct{})
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Until: until}, -1)
				return func() { close(until) }
			},
			repaired: strings.Fields("changed_at estimate estimate_from spent approvals decider decided_at reason attempts first_try retry_at throttled_at receipt host_order settler"),
		},
		"throttled": {
			setTo: "pending", confirmed: "checked before it is sent again", goesOn: receipt, sends: 1, never: "Nothing was charged",
			hold: func(h *servicetest.Harness) func() {
				h.Options = append(h.Options, service.WithPauses(order.Pauses{Lists: 300 * time.Millisecond, Window: servicetest.Patience}))
				release := failing(status(http.StatusTooManyRequests))(h)
				return func() { release(); h.Oxhost.Clear(oxhostsim.ListOrder) }
			},
			ready: func(h *servicetest.Harness, lanes []*servicetest.Lane) {
				for _, l := range lanes {
					l.WaitBaseline()
				}
				h.Oxhost.Fail(oxhostsim.ListOrder, status(http.StatusInternalServerError), -1)
			},
			silent: []string{"id"},
			after: func(l *servicetest.Lane, c columnChange) {
				if c.is("state") {
					pressConfirm(l, c)
				}
			},
		},
		"unknown": {
			setTo: "approved", confirmed: "Was `", sends: 1, charges: 1,
			hold: func(h *servicetest.Harness) func() {
				hidden(h)
				release := failing(oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge})(h)
				return func() { release(); h.Oxhost.SetListing(oxhostsim.Listing{}) }
			},
			after: func(l *servicetest.Lane, _ columnChange) { l.Click(stage.Bob, "order_settle_not_placed") },
			goesOn: func(l *servicetest.Lane) {
				l.Click(stage.Bob, "order_settle_not_placed")
				l.WaitReply("That does not settle it")
			},
			unseen: []string{"id", "team"}, silent: []string{"id", "team"},
		},
		"placed": {
			setTo: "approved", confirmed: servicetest.Receipt, goesOn: receipt, after: openDetails, restart: true, sends: 1, charges: 1, never: "Nothing was charged",
			unseen: []string{"id", "team"}, answered: true,
		},
	}
}

// Whatever column of an order or of its history is changed in the database, in any state
// before its end: nothing is sent, or sent again, what is known about the money remains,
// and card or thread, log, and metric say it, once. Other orders go on.
func TestTampered_EachColumnInEachState(t *testing.T) {
	t.Parallel()
	for name, s := range tamperedStates() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) { s.run(h, eachColumn(t, s.setTo)) })
		})
	}
}

// run changes the columns of one order each, and lets another one be.
func (s tamperedState) run(h *servicetest.Harness, changes []columnChange) {
	h.T.Helper()
	h.Settings.Servers, h.Settings.Admins = nil, []string{stage.Bob}
	h.Options = append(h.Options, servicetest.FastLookups)
	release := func() {}
	if s.hold != nil {
		release = s.hold(h)
	}
	h.Start()
	lanes := s.reach(h, len(changes)+1)
	untouched := lanes[len(changes)]
	lanes = lanes[:len(changes)]
	var sql []string
	for i, c := range changes {
		sql = append(sql, fmt.Sprintf(c.sql, lanes[i].ID()))
	}
	if s.stopped { // no attempt is on its way
		h.Stop()
	}
	h.Tamper(sql...)
	release()
	if s.stopped {
		h.Start()
	}
	for i, c := range changes {
		if s.after != nil {
			s.after(lanes[i], c)
		}
	}
	s.goesOn(untouched)
	s.wantReported(h, lanes, changes)
	if s.restart {
		h.Stop()
		h.Exec("UPDATE orders SET owner_until = 1") // its time is over
		h.Start()
	}
	for i, c := range changes {
		s.wantSaid(h, lanes[i], c)
	}
	h.WaitReady(http.StatusOK, "ok")
}

// reach takes orders to the state.
func (s tamperedState) reach(h *servicetest.Harness, n int) []*servicetest.Lane {
	h.T.Helper()
	lanes := make([]*servicetest.Lane, n)
	for i := range lanes {
		lanes[i] = servicetest.NewLane(h, fmt.Sprintf("lane-%d", i))
		if err := lanes[i].Request(); err != nil {
			h.T.Fatal(err)
		}
	}
	if s.confirmed == "" {
		return lanes
	}
	if s.ready != nil {
		s.ready(h, lanes)
	}
	for _, l := range lanes {
		if err := l.Confirm(); err != nil {
			h.T.Fatal(err)
		}
	}
	for _, l := range lanes {
		l.WaitSaid(s.confirmed)
	}
	return lanes
}

// wantReported waits until the log reports each order that was changed, once, and
// compares the metric with that.
func (s tamperedState) wantReported(h *servicetest.Harness, lanes []*servicetest.Lane, changes []columnChange) {
	h.T.Helper()
	var wrong string
	h.WaitUntil(func() bool {
		wrong = ""
		logged := h.LoggedOrders("the order was tampered with")
		for i, c := range changes {
			n, seen := logged[lanes[i].ID()], !c.keyUnknown() && !c.is(s.unseen...)
			if n > 1 || seen && n != 1 {
				wrong += fmt.Sprintf("%s of %s: %d times; ", c.column, c.table, n)
			}
		}
		return wrong == ""
	}, func() string { return "logged: " + wrong })
	logged := strings.Count(h.Log.String(), "the order was tampered with")
	h.WaitMetric(`extendbot_orders_unverified_total{code="tampered"}`, fmt.Sprint(logged))
}

// wantSaid waits until card or thread say that an order was changed, and checks what
// 0xhost got.
func (s tamperedState) wantSaid(h *servicetest.Harness, l *servicetest.Lane, c columnChange) {
	h.T.Helper()
	switch {
	case c.keyUnknown() || c.is(s.silent...) || s.answered:
	case c.is(s.repaired...):
		l.WaitReply(servicetest.Receipt)
	default:
		l.WaitSaid("in the database", "tampered with")
	}
	l.WantCharges(s.sends, s.charges)
	for _, m := range h.Slack.Messages(l.Channel) {
		if s.never != "" && servicetest.Contains(m, s.never) {
			h.T.Errorf("%s of %s: %s", c.column, c.table, m.Text)
		}
	}
}
