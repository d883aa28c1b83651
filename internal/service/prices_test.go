package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// bought makes 0xhost list that alice's account bought web-1 for 720 hours, ten days ago.
func bought(h *servicetest.Harness, amount string) {
	h.Oxhost.AddOrder(oxhostsim.Order{
		AccountID: stage.AliceAccount, ServerID: stage.Web, Type: oxhostsim.TypeNew, Hours: 720,
		Amount: decimal.RequireFromString(amount), At: time.Now().Add(-240 * time.Hour),
	})
}

// waitBalance waits until the balance of alice's account is known.
func waitBalance(h *servicetest.Harness) {
	h.T.Helper()
	h.WaitUntil(func() bool { return h.Service.Prices.Balance(stage.AliceAccount).Amount.Valid }, func() string { return "no balance" })
}

// The first card of a server that was never extended with the bot shows what it is expected
// to cost and the balance, when it is posted. After an order, the balance is that of the
// receipt, although nothing can be read.
func TestEstimate_FirstCard(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		bought(h, "12.99")
		h.Start()
		waitBalance(h)
		card := h.Request(stage.Alice, "web-1 24")
		wantEstimate(h, card, "About 0.43 EUR · balance 3328.78 → 3328.35")
		if o := h.Recorded(card); o.Estimate.From != order.PriceFromList || card.Edits > 0 {
			t.Errorf("the estimate comes from %s; %d changes of the card", o.Estimate.From, card.Edits)
		}
		broken := oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusInternalServerError}
		h.Oxhost.Fail(oxhostsim.InfoUser, broken, -1)
		h.Oxhost.Fail(oxhostsim.ListOrder, broken, -1)
		h.Confirm(card)
		h.WaitReply(card, servicetest.Receipt)
		card = h.Request(stage.Alice, "web-1 48")
		wantEstimate(h, card, "About 0.87 EUR · balance 3328.35 → 3327.48")
		if from := h.Recorded(card).Estimate.From; from != order.PriceFromReceipt {
			t.Errorf("the estimate comes from %s", from)
		}
	})
}

func wantEstimate(h *servicetest.Harness, card slacksim.Message, text string) {
	h.T.Helper()
	if !strings.Contains(card.Flat(), text) {
		h.T.Errorf("the card does not say %q:\n%s", text, card.Flat())
	}
}

// The list of orders hangs, fails, or is missing: neither ack, nor card, nor a stop waits for
// it, and the card says that the price is not known, and why. Once the list can be read, the
// card changes by itself.
func TestEstimate_ListUnreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault oxhostsim.Fault
		says  string
	}{
		"hangs":    {oxhostsim.Fault{Kind: oxhostsim.Hang}, "Price not known yet"},
		"fails":    {oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusBadGateway}, "Price not known: 0xhost sent no list"},
		"missing":  {oxhostsim.Fault{Kind: oxhostsim.Status, Code: http.StatusNotFound, Body: "<html>"}, "Price not known: 0xhost sent no list"},
		"not JSON": {oxhostsim.Fault{Kind: oxhostsim.Status, Body: "<html>"}, "Price not known: 0xhost sent no list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servicetest.Bubble(t, func(h *servicetest.Harness) {
				bought(h, "12.99")
				h.Oxhost.Fail(oxhostsim.ListOrder, c.fault, -1)
				h.StartUnread()
				began := time.Now()
				h.Stop()
				if took := time.Since(began); took > time.Second {
					t.Errorf("the stop took %s", took)
				}
				h.StartUnread()
				waitBalance(h)
				servicetest.Pass(time.Second)
				began = time.Now()
				card := h.Request(stage.Alice, "web-1 24")
				if took := time.Since(began); took > 500*time.Millisecond {
					t.Errorf("the card took %s", took)
				}
				wantEstimate(h, card, c.says+" · balance 3328.78")
				servicetest.Pass(20 * time.Second)
				h.Oxhost.Clear(oxhostsim.ListOrder)
				card = h.WaitMessage(func(m slacksim.Message) bool {
					return m.TS == card.TS && servicetest.Contains(m, "About 0.43 EUR · balance 3328.78 → 3328.35")
				})
				h.Confirm(card)
				h.WaitReply(card, servicetest.Receipt)

				if n := strings.Count(h.Log.String(), "the list of orders of an account cannot be read"); n > 4 { // of each of two accounts, at each start
					t.Errorf("%d lines in the log about the lists", n)
				}
				h.WantNoSecrets()
			})
		})
	}
}

// The list of orders lags: what it does not show yet does not displace what a receipt says,
// and no card waits for it. Once it shows a newer purchase, that counts.
// Hours pass in it, which takes minutes while other tests run, so it runs alone.
func TestEstimate_ListLags(t *testing.T) {
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		bought(h, "69.99")
		h.Oxhost.SetListing(oxhostsim.Listing{Lag: time.Hour})
		h.Start()
		want := func(text, says string, from order.PriceSource) slacksim.Message {
			h.T.Helper()
			began := time.Now()
			card := h.Request(stage.Alice, text)
			if took := time.Since(began); took > 500*time.Millisecond {
				h.T.Errorf("the card took %s", took)
			}
			wantEstimate(h, card, says)
			if o := h.Recorded(card); o.Estimate.From != from {
				h.T.Errorf("%s: the estimate comes from %s, want %s", text, o.Estimate.From, from)
			}
			return card
		}
		card := want("web-1 24", "About 2.33 EUR", order.PriceFromList)
		h.Confirm(card)
		h.WaitReply(card, "extended") // for 12.99 per 720 hours
		h.Oxhost.AddOrder(oxhostsim.Order{
			AccountID: stage.AliceAccount, ServerID: stage.Web, Hours: 720, Amount: decimal.RequireFromString("36"), At: time.Now().Add(time.Minute),
		})
		servicetest.Pass(15 * time.Minute)
		want("web-1 48", "About 0.87 EUR", order.PriceFromReceipt)
		servicetest.Pass(time.Hour)
		want("web-1 72", "About 3.60 EUR", order.PriceFromList)
	})
}

// The price in the policy counts until a receipt says something else. What 0xhost charged
// is compared with the estimate: the receipt says so, and it is counted, also if the order
// was settled later.
func TestEstimate_ChargedDifferently(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		price       string // in the policy
		listed      string // in the list, for 720 hours
		lost        bool   // 0xhost's answer
		card, reply string
		logged      string
		above       string
		below       string
		next        string // on the next card, for 48 hours
	}{
		"below": {
			price: "69.99", card: "About 2.33 EUR", reply: "That is less than the expected 2.33 EUR.",
			logged: "estimate=2.33", above: "0", below: "1", next: "About 0.87 EUR",
		},
		"above": {
			price: "69.99", listed: "6.00", card: "About 0.20 EUR", reply: "Expected about 0.20 EUR, 0xhost charged 0.43 EUR.",
			logged: "estimate=0.20", above: "1", below: "0", next: "About 0.87 EUR",
		},
		"found later": { // the list has no price of the plan, only what 24 hours cost
			listed: "6.00", lost: true, card: "About 0.20 EUR", reply: "Expected about 0.20 EUR, 0xhost charged 0.43 EUR.",
			logged: "estimate=0.20", above: "1", below: "0", next: "About 0.86 EUR",
		},
		"as estimated": {price: "12.99", card: "About 0.43 EUR", reply: servicetest.Receipt, above: "0", below: "0", next: "About 0.87 EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t, slacksim.Config{})
			h.Options = append(h.Options, servicetest.FastLookups)
			server := stage.Web
			if c.price != "" {
				server = fmt.Sprintf("{id: %s, price: %q}", stage.Web, c.price)
			}
			h.UsePolicy(fmt.Sprintf("servers: {web-1: %s}\npeople: {%s: {account: %s}}\naccounts: {%[3]s: {name: Ops}}\n", server, stage.Alice, stage.AliceAccount))
			if c.listed != "" {
				bought(h, c.listed)
			}
			h.Start()
			if c.lost {
				h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Reset, Stage: oxhostsim.AfterCharge}, 1)
			}
			card := h.Request(stage.Alice, "web-1 24")
			h.WaitBaseline(card)
			wantEstimate(h, card, c.card)
			h.Confirm(card)
			h.WaitReply(card, c.reply)
			h.WaitMetric(`extendbot_charges_unlike_estimate_total{direction="above"}`, c.above)
			h.WaitMetric(`extendbot_charges_unlike_estimate_total{direction="below"}`, c.below)
			h.WaitMetric(`extendbot_spent_total{currency="EUR"}`, "0.43")
			if !c.lost { // the list does not say what is left
				h.WaitMetric(fmt.Sprintf("extendbot_account_balance{account=%q,name=\"Ops\"}", stage.AliceAccount), "3328.35")
			}
			if log := h.Log.String(); !strings.Contains(log, c.logged) || strings.Contains(log, "estimate=") != (c.logged != "") {
				t.Errorf("the log does not have %q", c.logged)
			}
			wantEstimate(h, h.Request(stage.Alice, "web-1 48"), c.next)
			for _, code := range []order.Code{order.CodeOverLimit, order.CodePriceUnknown, order.CodeRepriced} {
				h.WaitMetric(fmt.Sprintf("extendbot_denied_total{code=%q}", code), "0")
			}
			if age := h.Metric(`extendbot_account_reading_age_seconds{reading="list"}`); age == "" || strings.HasPrefix(age, "-") {
				t.Errorf("the age of the lists is %q", age)
			}
		})
	}
}
