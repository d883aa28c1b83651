package service_test

import (
	"fmt"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/stage"
	"extendbot/order"
)

// startThrottled starts a service whose 0xhost will answer the next orders with
// 429, with pauses that are as short as the test can wait.
func startThrottled(t *testing.T, p order.Pauses, when oxhostsim.Stage, times int) *servicetest.Harness {
	t.Helper()
	h := servicetest.StartWithAdmin(t, servicetest.FastLookups, func(h *servicetest.Harness) {
		h.Options = append(h.Options, service.WithPauses(p))
	})
	throttle := status(429)
	throttle.Stage = when
	h.Oxhost.Fail(oxhostsim.CreateOrder, throttle, times)
	return h
}

// An order that 0xhost throttles for a while is sent again after growing pauses,
// at most six times, and charged once. The card says why it waits.
func TestThrottledOrder_ForAWhile(t *testing.T) {
	t.Parallel()
	const lists = 300 * time.Millisecond
	h := startThrottled(t, order.Pauses{Lists: lists}, oxhostsim.BeforeCharge, 5)
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitBaseline(card)
	h.Confirm(card)
	h.WaitCard(card, "its list is checked before it is sent again")
	h.WaitReply(card, servicetest.Receipt)
	h.WantCharges(1, 6)
	arrivals := h.Oxhost.Arrivals()
	for i := range 5 {
		want := lists + time.Duration(i)*lists/2
		if pause := arrivals[i+1].At.Sub(arrivals[i].At); pause < want {
			t.Errorf("pause %d was %s, want at least %s", i+1, pause, want)
		}
	}
	h.WaitMetric(`extendbot_oxhost_attempt_seconds_count{verdict="throttled"}`, "5")
}

// If 0xhost keeps answering 429, the order is sent six times and becomes unknown.
func TestThrottledOrder_ForTooLong(t *testing.T) {
	t.Parallel()
	h := startThrottled(t, order.Pauses{Lists: 100 * time.Millisecond}, oxhostsim.BeforeCharge, -1)
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitBaseline(card)
	h.Confirm(card)
	h.WaitReply(card, "may or may not have been spent")
	h.WaitQuestion(card)
	h.WantState(card, order.Unknown)
	h.WantCharges(0, 6)
}

// An order that 0xhost charged although it answered 429 is not sent again, if its
// list shows the charge before the second check. The lookup finds it.
func TestThrottledOrder_ChargedAllTheSame(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 500 * time.Millisecond} {
		t.Run(fmt.Sprint(lag), func(t *testing.T) {
			t.Parallel()
			h := startThrottled(t, order.Pauses{Lists: 2 * time.Second}, oxhostsim.AfterCharge, 1)
			h.Oxhost.SetListing(oxhostsim.Listing{Lag: lag})
			card := h.Request(stage.Alice, "web-1 24")
			h.WaitBaseline(card)
			h.Confirm(card)
			h.WaitReply(card, "may or may not have been spent")
			h.WaitReply(card, "It went through after all")
			h.WantState(card, order.Placed)
			h.WantCharges(1, 1)
		})
	}
}

// Without a baseline, or without complete lists in time, a throttled order is
// sent once, whether it was charged or not, and people are asked.
func TestThrottledOrder_WithoutLists(t *testing.T) {
	t.Parallel()
	broken := oxhostsim.Fault{Kind: oxhostsim.Status, Code: 500}
	for name, c := range map[string]struct {
		before, after func(h *servicetest.Harness) // the baseline is recorded
		says          string
	}{
		"no baseline": {
			before: func(h *servicetest.Harness) { h.Oxhost.Fail(oxhostsim.ListOrder, broken, -1) },
			says:   "was not recorded before",
		},
		"an incomplete baseline": {
			before: func(h *servicetest.Harness) {
				addTwin(h, func(o *oxhostsim.Order) { o.Hours = 1 })
				h.Oxhost.SetListing(oxhostsim.Listing{PageSize: 1, IgnoresPage: true})
			},
			says: "was not recorded before",
		},
		"the list fails later": {
			after: func(h *servicetest.Harness) { h.Oxhost.Fail(oxhostsim.ListOrder, broken, -1) },
			says:  "did not show within",
		},
		"something new": {
			after: func(h *servicetest.Harness) { addTwin(h, func(o *oxhostsim.Order) { o.Hours = 25 }) },
			says:  "which may be this one",
		},
	} {
		for _, when := range []oxhostsim.Stage{oxhostsim.BeforeCharge, oxhostsim.AfterCharge} {
			t.Run(fmt.Sprintf("%s, %d charged", name, when), func(t *testing.T) {
				t.Parallel()
				window := servicetest.Patience
				if c.says == "did not show within" {
					window = 10 * time.Second // a slow disk may need two seconds for one change
				}
				h := startThrottled(t, order.Pauses{Window: window, Lists: 200 * time.Millisecond}, when, 1)
				if c.before != nil {
					c.before(h)
				}
				card := h.Request(stage.Alice, "web-1 24")
				if c.after != nil {
					h.WaitBaseline(card)
					c.after(h)
				}
				h.Confirm(card)
				if name != "something new" || when == oxhostsim.BeforeCharge {
					h.WaitReply(card, c.says)
					h.WaitQuestion(card)
					h.WantState(card, order.Unknown)
				} else {
					h.WaitReply(card, "It went through after all")
				}
				h.WantCharges(int(when), 1)
			})
		}
	}
}

// A throttled order whose program is restarted between the two lists starts over
// and is charged once.
func TestThrottledOrder_RestartBetweenTheLists(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		const lists = 20 * time.Second
		h.Options = append(h.Options, service.WithPauses(order.Pauses{Lists: lists}))
		h.Oxhost.Fail(oxhostsim.CreateOrder, status(429), 1)
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.WaitBaseline(card)
		h.Confirm(card)
		h.WaitLogged("the order is not in 0xhost's list") // the first one
		h.Stop()
		stopped := time.Now()
		h.Start()
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 2)
		if after := h.Oxhost.Arrivals()[1].At.Sub(stopped); after < lists {
			t.Errorf("it was sent %s after the stop", after)
		}
		h.Stop()
	})
}
