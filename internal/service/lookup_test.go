package service_test

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/order"
)

// addTwin adds an order like the one on the cards, not made by the program.
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
	reply := h.WaitReply(card, "It went through after all")
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	charge := h.WantCharges(1, 1)[0]
	for _, fact := range []string{charge.OrderID, "0.43 EUR", "24 hours (1 day)", "without balance and expiry"} {
		if !strings.Contains(reply.Flat(), fact) {
			t.Errorf("%q is missing on the receipt:\n%s", fact, reply.Flat())
		}
	}
	h.WaitCard(card, charge.OrderID)
	h.WaitMetric("extendbot_orders_unknown", "0")
	h.WaitMetric(`extendbot_look_ups_total{found="one"}`, "1")
	if n := h.Metric(`extendbot_look_ups_total{found="none"}`); n != "" {
		t.Errorf("%s lookups did not find it; the first one, after five seconds, has to", n)
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
		h.WaitReply(card, "It went through after all")
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
		delete(seen, o.Receipt.OrderID) // no other order may have this id
	}
}

// A list that is missing, broken, ambiguous or shows nothing settles nothing.
// The question says what is wrong with the list.
func TestLookup_UncertainListSettlesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when       oxhostsim.Stage
		before     func(h *servicetest.Harness) // before the card is made
		after      func(h *servicetest.Harness) // after the baseline is recorded
		says       string                       // what the question says about the list
		noBaseline bool                         // the list cannot be read for the baseline either
	}{
		"two that could be it":  {when: oxhostsim.AfterCharge, says: "2 that match", after: func(h *servicetest.Harness) { addTwin(h) }},
		"an identical older":    {when: oxhostsim.BeforeCharge, says: "no new order", before: func(h *servicetest.Harness) { addTwin(h) }},
		"nothing is listed":     {when: oxhostsim.AfterCharge, says: "no new order", before: func(h *servicetest.Harness) { h.Oxhost.SetListing(oxhostsim.Listing{Hidden: true}) }},
		"of other hours":        {when: oxhostsim.BeforeCharge, says: "no new order", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Hours = 25 }) }},
		"of another server":     {when: oxhostsim.BeforeCharge, says: "no new order", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.ServerID = stage.DB }) }},
		"one that is cancelled": {when: oxhostsim.BeforeCharge, says: "may be another one", after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Status = "cancelled" }) }},
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
					h.Settings.OxhostTimeout = 5 * time.Second // a list that hangs takes this long
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
				t.Errorf("%q is missing in the question:\n%s", c.says, question.Flat())
			}
			h.WantState(card, order.Unknown)
			h.WantCharges(int(c.when), 1)
		})
	}
}

// An order that the list shows late is settled late.
func TestLookup_LaggingList(t *testing.T) {
	t.Parallel()
	h := servicetest.StartWithAdmin(t, service.WithLookups([]time.Duration{10 * time.Millisecond, 3 * time.Second}, 0), func(h *servicetest.Harness) {
		h.Oxhost.SetListing(oxhostsim.Listing{Lag: 2 * time.Second})
	})
	card := h.LoseAnswer(oxhostsim.AfterCharge)
	h.WaitReply(card, "It went through after all")
	h.WantCharges(1, 1)
}

// A baseline that cannot be read does not delay an order for long.
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
			h.WaitReply(card, servicetest.Receipt)
			if took := time.Since(began); took > 20*time.Second { // a list that hangs would take longer
				t.Errorf("card and order took %s", took)
			}
			h.WantCharges(1, 1)
		})
	}
}
