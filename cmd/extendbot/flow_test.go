package main

import (
	"strings"
	"sync"
	"testing"

	"extendbot/internal/slacksim"
)

func TestAConfirmedOrderIsPlacedOnceAndItsReceiptIsInTheThread(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 72")
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "72 hours (3 days)")
	receipt := p.word(card, "1.30 EUR")
	charges := p.wantCharges(1, 1)
	for _, fact := range []string{
		charges[0].OrderID, "72 hours (3 days)", "3328.78", "3327.48", "192.168.100.102", "Slovenia", "vm-web", stageAlice,
	} {
		if !strings.Contains(receipt.Flat(), fact) {
			t.Errorf("the receipt lacks %q:\n%s", fact, receipt.Flat())
		}
	}
	p.wantNoSecrets()
}

func TestTwentyClicksAtOnceGiveOneCharge(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 24")
	button, _ := card.Button("order_confirm")
	var clicks sync.WaitGroup
	for range 20 {
		clicks.Go(func() {
			_, err := p.slack.ClickRaw(p.ctx, slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_confirm"}, button.Value)
			if err != nil {
				t.Errorf("a click was not answered: %v", err)
			}
		})
	}
	clicks.Wait()
	p.word(card, "0.43 EUR")
	p.end()
	p.wantCharges(1, 1)
}
