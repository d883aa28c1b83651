package main

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

func TestTheCardShowsWhatIsAtStakeAndWhoPays(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	card := p.card(stageAlice, "web-1 72")
	for _, fact := range []string{"web-1", stageWeb[:8], "72 hours (3 days)", "<@" + stageAlice + ">", stageAliceAccount, "<!date^"} {
		if !strings.Contains(card.Flat(), fact) {
			t.Errorf("the card lacks %q:\n%s", fact, card.Flat())
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(card.Text), ".") {
		t.Errorf("the text for notifications is no sentence: %q", card.Text)
	}
	for action, style := range map[string]string{"order_confirm": "primary", "order_cancel": "danger"} {
		if b, ok := card.Button(action); !ok || b.Style != style || b.Value == "" {
			t.Errorf("button %s is %+v", action, b)
		}
	}
}

func TestTheCardKnowsPriceAndExpiryFromTheLastReceiptAndWhoOrderedLast(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	first := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, first, "order_confirm")
	p.word(first, "Receipt")
	rented, _ := p.oxhost.Rented(stageWeb)

	second := p.card(stageAlice, "web-1 72")
	flat := second.Flat()
	for _, fact := range []string{"1.30 EUR", "24 hours (1 day)", "<@" + stageAlice + ">"} {
		if !strings.Contains(flat, fact) {
			t.Errorf("the card lacks %q:\n%s", fact, flat)
		}
	}
	for _, at := range []time.Time{rented.ExpireDate, rented.ExpireDate.Add(72 * time.Hour)} {
		if want := at.UTC().Format("2 Jan 2006 15:04"); !strings.Contains(flat, want) {
			t.Errorf("the card lacks the expiry %s:\n%s", want, flat)
		}
	}
}

func TestTheCardFollowsTheOrder(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	answer := make(chan struct{})
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Until: answer}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	p.saying(card, "being placed at 0xhost right now")
	close(answer)
	p.saying(card, "went through")

	other := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, other, "order_cancel")
	p.saying(other, "cancelled by <@"+stageAlice+">")
	p.wantCharges(1, 1)
}

func TestACardThatNobodyConfirmsExpires(t *testing.T) {
	t.Parallel()
	p := newPlay(t, func(s *settings.Settings) { s.ConfirmTTL = 10 * time.Second }) // one that is posted later has no buttons
	card := p.card(stageAlice, "web-1 24")
	button, _ := card.Button("order_confirm")
	p.saying(card, "expired")
	late := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_confirm"}
	if _, err := p.slack.ClickRaw(p.ctx, late, button.Value); err != nil {
		t.Errorf("a late click got no answer: %v", err)
	}
	p.told(stageAlice, "expired")
	p.end()
	p.wantCharges(0, 0)
}

func TestTextFromOutsideStaysText(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{
		Kind: oxhostsim.Status, Body: `{"success":false,"message":"no <!channel> *money* ` + strings.Repeat("&", 4000) + `"}`,
	}, 1)
	card := p.card(stageAlice, "web-1 24")
	p.click(stageAlice, card, "order_confirm")
	word := p.word(card, "&lt;!channel&gt;")
	if strings.Contains(word.Flat()+word.Text, "<!channel>") {
		t.Errorf("the thread would call everybody: %s", word.Flat())
	}
	if got := p.order(card); got.State != order.Refused {
		t.Errorf("the order is %s", got.State)
	}
}
