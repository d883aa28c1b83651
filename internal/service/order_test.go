package service_test

import (
	"strings"
	"sync"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// A confirmed order is sent once, exactly as it was shown, and its receipt is in
// the card's thread. No secret leaves the program.
func TestOrder_PlacedOnceWithReceipt(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 72")
	h.Confirm(card)
	h.WaitCard(card, "72 hours (3 days)")
	receipt := h.WaitReply(card, "1.30 EUR")
	charges := h.WantCharges(1, 1)
	for _, fact := range []string{
		charges[0].OrderID, "72 hours (3 days)", "3328.78", "3327.48", stage.Alice, string(h.OrderID(card)),
	} {
		if !strings.Contains(receipt.Flat(), fact) {
			t.Errorf("%q is missing on the receipt:\n%s", fact, receipt.Flat())
		}
	}
	h.WantNoSecrets()
}

// Twenty clicks at once on one card place one order.
func TestOrder_TwentyClicksAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 24")
	button, _ := card.Button("order_confirm")
	var clicks sync.WaitGroup
	for range 20 {
		clicks.Go(func() {
			_, err := h.Slack.ClickRaw(h.Ctx, slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm"}, button.Value)
			if err != nil {
				t.Errorf("a click was not answered: %v", err)
			}
		})
	}
	clicks.Wait()
	h.WaitReply(card, "0.43 EUR")
	h.Stop()
	h.WantCharges(1, 1)
}
