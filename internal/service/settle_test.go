package service_test

import (
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

// questions counts the messages that ask what became of an order: all, and those
// with buttons.
func questions(h *servicetest.Harness) (all, open int) {
	for _, m := range h.Slack.Messages(stage.Ops) {
		if _, asks := m.Button("order_settle_placed"); asks {
			open++
		}
		if strings.Contains(m.Flat()+m.Text, "Please find out") || strings.Contains(m.Text, "asked again below") {
			all++
		}
	}
	return all, open
}

// addTwin adds an order like that of the cards, not made by the program.
func addTwin(h *servicetest.Harness, edit ...func(*oxhostsim.Order)) {
	o := oxhostsim.Order{AccountID: stage.AliceAccount, ServerID: stage.Web, Hours: 24}
	for _, e := range edit {
		e(&o)
	}
	h.Oxhost.AddOrder(o)
}

// An order whose answer was lost is found in 0xhost's list within seconds.
func TestLookup_FindsOrderInSeconds(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, nil)
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	began := time.Now()
	reply := h.WaitReply(card, "found in 0xhost's list")
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	charge := h.WantCharges(1, 1)[0]
	for _, fact := range []string{charge.OrderID, "0.43 EUR", "24 hours (1 day)", "neither balances"} {
		if !strings.Contains(reply.Flat(), fact) {
			t.Errorf("the receipt lacks %q:\n%s", fact, reply.Flat())
		}
	}
	h.WaitCard(card, charge.OrderID)
	h.WaitMetric("extendbot_orders_unknown", "0")
	h.WaitMetric(`extendbot_look_ups_total{found="one"}`, "1")
	if n := h.Metric(`extendbot_look_ups_total{found="none"}`); n != "" {
		t.Errorf("%s look-ups did not find it: the first one, after five seconds, has to", n)
	}
	h.Request(stage.Alice, "web-1 1") // the server is free again
	h.WantNoSecrets()
}

// The order is found however its answer was lost, in a list of many pages.
func TestLookup_EveryLostAnswer(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) {
		h.Oxhost.SetListing(oxhostsim.Listing{PageSize: 2, OldestFirst: true, TypeNames: map[string]string{oxhostsim.TypeRenew: "extend"}})
	})
	faults := []oxhostsim.Fault{
		{Kind: oxhostsim.Half}, {Kind: oxhostsim.Hangup}, {Kind: oxhostsim.HalfChunked},
		{Kind: oxhostsim.Status, Code: 500}, {Kind: oxhostsim.Status, Code: 200, Body: "<html>"},
	}
	for _, f := range faults {
		f.Stage = oxhostsim.AfterCharge
		h.Oxhost.Fail(oxhostsim.CreateOrder, f, 1)
		card := h.Request(stage.Alice, "web-1 24")
		h.WaitBaseline(card)
		h.Confirm(card)
		h.WaitReply(card, "found in 0xhost's list")
	}
	seen := map[string]bool{}
	for _, c := range h.WantCharges(len(faults), len(faults)) {
		seen[c.OrderID] = true
	}
	list, err := h.Service.Ledger.List(h.Ctx, time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.State != order.Placed || !seen[o.Receipt.OrderID] {
			t.Errorf("order %s is %s with %+v", o.ID, o.State, o.Receipt)
		}
		delete(seen, o.Receipt.OrderID) // no other order may have it
	}
}

// What the list does not settle is asked of an admin, who alone can settle it.
// Until then no order for that server is taken; after it the next one is placed.
func TestQuestion_OnlyAdminSettles(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	id := string(h.OrderID(card))
	h.WaitMetric("extendbot_orders_unknown", "1")
	question := h.WaitQuestion(card)
	for _, fact := range []string{"<@" + stage.Bob + ">", id, "never sent again"} {
		if !strings.Contains(question.Flat(), fact) {
			t.Errorf("the question lacks %q:\n%s", fact, question.Flat())
		}
	}
	if got := h.Extend(stage.Alice, "web-1 1").AckText(); !strings.Contains(got, id) {
		t.Errorf("a new request was answered %q, want the id of the unknown order", got)
	}
	for _, user := range []string{stage.Alice, stage.Mallory} {
		h.Click(user, question, "order_settle_placed")
		h.WaitEphemeral(user, "Only an admin")
	}
	h.WantState(card, order.Unknown)
	h.Click(stage.Bob, question, "order_settle_not_placed")
	h.WaitReply(card, "never went through")
	h.WaitReply(card, "<@"+stage.Bob+">")
	h.WaitCard(card, "never went through")
	if _, open := questions(h); open != 0 {
		h.WaitMessage(func(m slacksim.Message) bool { return m.TS == question.TS && len(m.Buttons()) == 0 })
	}
	h.ClickRaw(stage.Bob, question, "order_settle_placed", id)
	h.WaitEphemeral(stage.Bob, "settled already")
	if o := h.Recorded(card); o.State != order.NotPlaced || o.SettledBy != stage.Bob {
		t.Errorf("the order is %s by %q", o.State, o.SettledBy)
	}
	h.WaitMetric("extendbot_orders_unknown", "0")
	h.Order("web-1 24")
	h.WantCharges(1, 2)
}

// An admin can settle an order as placed.
func TestQuestion_SettledAsPlaced(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) { h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) })
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	h.Click(stage.Bob, h.WaitQuestion(card), "order_settle_placed")
	h.WaitReply(card, "went through")
	h.WaitCard(card, "went through")
	if o := h.Recorded(card); o.State != order.Placed || o.Receipt == nil || o.Receipt.Listed {
		t.Errorf("the order is %s with %+v", o.State, o.Receipt)
	}
	h.WantCharges(1, 1)
}

// A list that is missing, broken, ambiguous or shows nothing settles nothing.
// The question says what is wrong with it.
func TestLookup_UncertainListSettlesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when       oxhostsim.Stage
		before     func(h *servicetest.Harness) // the card is made
		after      func(h *servicetest.Harness) // the baseline is recorded
		says       string                       // the question, of the list
		noBaseline bool                         // the list cannot be read for the baseline either
	}{
		"two that could be it":  {when: oxhostsim.AfterCharge, says: "2 orders that fit", after: func(h *servicetest.Harness) { addTwin(h) }},
		"an identical older":    {when: oxhostsim.BeforeCharge, says: "no new order", before: func(h *servicetest.Harness) { addTwin(h) }},
		"nothing is listed":     {when: oxhostsim.AfterCharge, says: "no new order", before: func(h *servicetest.Harness) { h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }},
		"of other hours":        {when: oxhostsim.BeforeCharge, says: "no new order", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Hours = 25 }) }},
		"of another server":     {when: oxhostsim.BeforeCharge, says: "no new order", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.ServerID = stage.DB }) }},
		"one that is cancelled": {when: oxhostsim.BeforeCharge, says: "may belong to something else", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Status = "cancelled" }) }},
		"another plan":          {when: oxhostsim.BeforeCharge, says: "no new order", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Type = oxhostsim.TypeScale }) }},
		"pages are ignored": {when: oxhostsim.AfterCharge, says: "was not recorded", before: func(h *servicetest.Harness) {
			addTwin(h, func(o *oxhostsim.Order) { o.Hours = 1 })
			h.Oxhost.SetListing(oxhostsim.Listing{PageSize: 1, IgnoresPage: true})
		}},
		"list_order is missing": {when: oxhostsim.AfterCharge, says: "cannot be read", noBaseline: true, before: func(h *servicetest.Harness) {
			h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 404, Body: "<html>"}, -1)
		}},
		"list_order fails later": {when: oxhostsim.AfterCharge, says: "cannot be read", after: func(h *servicetest.Harness) {
			h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500}, -1)
		}},
		"list_order lies": {when: oxhostsim.AfterCharge, says: "cannot be read", after: func(h *servicetest.Harness) {
			h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Status, Body: `{"success":true,"data":"none"}`}, -1)
		}},
		"list_order floods": {when: oxhostsim.AfterCharge, says: "cannot be read", noBaseline: true, before: func(h *servicetest.Harness) {
			h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Flood, Size: 2 << 20}, -1)
		}},
		"list_order hangs": {when: oxhostsim.AfterCharge, says: "cannot be read", noBaseline: true, before: func(h *servicetest.Harness) {
			h.Oxhost.Fail(oxhostsim.ListOrder, oxhostsim.Fault{Kind: oxhostsim.Hang}, -1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) {
				if c.noBaseline {
					h.Settings.OxhostTimeout = 5 * time.Second // a list that hangs takes that long
				}
			})
			if c.before != nil {
				c.before(h)
			}
			h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: c.when}, 1)
			card := h.Request(stage.Alice, "web-1 24")
			if !c.noBaseline {
				h.WaitBaseline(card)
			}
			if c.after != nil {
				c.after(h)
			}
			h.Confirm(card)
			if question := h.WaitQuestion(card); !strings.Contains(question.Flat(), c.says) {
				t.Errorf("the question does not say %q:\n%s", c.says, question.Flat())
			}
			h.WantState(card, order.Unknown)
			h.WantCharges(int(c.when), 1)
		})
	}
}

// A list that shows the order late settles it late.
func TestLookup_LaggingList(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, service.WithLookups([]time.Duration{10 * time.Millisecond, 3 * time.Second}, 0), func(h *servicetest.Harness) {
		h.Oxhost.SetListing(oxhostsim.Listing{Lag: 2 * time.Second})
	})
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	h.WaitReply(card, "found in 0xhost's list")
	h.WantCharges(1, 1)
}

// A baseline that cannot be read delays no order for long.
func TestBaseline_FailureStopsNoOrder(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]oxhostsim.Fault{
		"hang": {Kind: oxhostsim.Hang}, "404": {Kind: oxhostsim.Status, Code: 404}, "reset": {Kind: oxhostsim.Reset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
			h.Oxhost.Fail(oxhostsim.ListOrder, f, -1)
			began := time.Now()
			card := h.Request(stage.Alice, "web-1 24")
			h.Confirm(card)
			h.WaitReply(card, "Receipt")
			if took := time.Since(began); took > 20*time.Second { // a list that hangs would take longer
				t.Errorf("card and order took %s", took)
			}
			h.WantCharges(1, 1)
		})
	}
}

// A restart does not ask again.
func TestQuestion_NotRepeatedByRestart(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups)
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	h.WaitQuestion(card)
	for range 2 {
		h.Restart()
		next := h.Request(stage.Bob, "db-1 1") // by now the due work of the start is done
		h.Click(stage.Bob, next, "order_cancel")
		h.WaitCard(next, "cancelled")
	}
	if all, open := questions(h); all != 1 || open != 1 {
		t.Errorf("after two restarts there are %d questions, %d with buttons", all, open)
	}
}

// The question is asked again after the interval, and the first one loses its
// buttons.
func TestQuestion_RepeatedAfterInterval(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, service.WithLookups([]time.Duration{50 * time.Millisecond, time.Second}, 2*time.Second))
	card := h.LoseAnswer(oxhostsim.BeforeCharge)
	first := h.WaitQuestion(card)
	h.Restart()
	second := h.WaitMessage(func(m slacksim.Message) bool {
		_, asks := m.Button("order_settle_placed")
		return asks && m.TS != first.TS
	})
	h.WaitMessage(func(m slacksim.Message) bool { return m.TS == first.TS && len(m.Buttons()) == 0 })
	if second.ThreadTS != card.TS {
		t.Error("the second question is not in the thread")
	}
}
