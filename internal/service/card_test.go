package service_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// The card shows what is ordered, who can confirm it until when, and two buttons.
func TestCard_ShowsWhatIsOrdered(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Request(stage.Alice, "web-1 72")
	for _, fact := range []string{"`web-1` by 72 hours (3 days)", "<@" + stage.Alice + ">", "<!date^"} {
		if !strings.Contains(card.Flat(), fact) {
			t.Errorf("%q is missing on the card:\n%s", fact, card.Flat())
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(card.Text), ".") {
		t.Errorf("the notification text is not a sentence: %q", card.Text)
	}
	for action, style := range map[string]string{"order_confirm": "primary", "order_cancel": ""} {
		if b, ok := card.Button(action); !ok || b.Style != style || b.Value == "" {
			t.Errorf("button %s is %+v", action, b)
		}
	}
}

// The card shows the price and expiry from the server's last receipt, and who
// placed that order.
func TestCard_ShowsLastReceipt(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Order("web-1 24")
	rented, _ := h.Oxhost.Rented(stage.Web)

	flat := h.Request(stage.Alice, "web-1 72").Flat()
	for _, fact := range []string{"1.30 EUR", "24 hours", "<@" + stage.Alice + ">"} {
		if !strings.Contains(flat, fact) {
			t.Errorf("%q is missing on the card:\n%s", fact, flat)
		}
	}
	for _, at := range []time.Time{rented.ExpireDate, rented.ExpireDate.Add(72 * time.Hour)} {
		if want := at.UTC().Format("2 Jan 2006 15:04"); !strings.Contains(flat, want) {
			t.Errorf("the expiry %s is missing on the card:\n%s", want, flat)
		}
	}
}

// The card follows its order: being placed, placed, canceled.
func TestCard_FollowsOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	answer := make(chan struct{})
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{Kind: oxhostsim.Pass, Until: answer}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	h.WaitCard(card, "being placed at 0xhost right now")
	close(answer)
	h.WaitCard(card, "went through")

	other := h.Request(stage.Alice, "web-1 24")
	h.Click(stage.Alice, other, "order_cancel")
	h.WaitCard(other, "canceled by <@"+stage.Alice+">")
	h.WantCharges(1, 1)
}

// A card that is not confirmed in time expires, and a late click changes
// nothing.
func TestCard_Expires(t *testing.T) {
	t.Parallel()
	// A card that is posted after its deadline has no buttons, so this must not be
	// too short.
	h := servicetest.Start(t, func(s *settings.Settings) { s.ConfirmTTL = 10 * time.Second })
	card := h.Request(stage.Alice, "web-1 24")
	h.WaitCard(card, "expired")
	h.ClickRaw(stage.Alice, card, "order_confirm", string(h.OrderID(card)))
	h.WaitEphemeral(stage.Alice, "expired")
	h.Stop()
	h.WantCharges(0, 0)
}

// The deadline holds although the machine's clock is set back an hour: the card
// expires in time, and a late click changes nothing. A card that is made after
// that can be confirmed.
func TestCard_ExpiresAfterClockSetBack(t *testing.T) {
	t.Parallel()
	var back atomic.Int64
	h := servicetest.New(t, slacksim.Config{})
	h.Settings.ConfirmTTL = 10 * time.Second
	h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }))
	h.Start()
	card := h.Request(stage.Alice, "web-1 24")
	back.Store(int64(time.Hour))
	h.WaitCard(card, "expired")
	h.ClickRaw(stage.Alice, card, "order_confirm", string(h.OrderID(card)))
	h.WaitEphemeral(stage.Alice, "expired")
	h.WantCharges(0, 0)
	h.Order("web-1 24")
	h.WantCharges(1, 1)
	if n := strings.Count(h.Log.String(), "the clock of this machine was set back"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
}

// If the clock is set back by an hour while a receipt has to be repeated, the
// receipt still follows within a minute.
func TestReceipt_AfterClockSetBack(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		var back atomic.Int64
		h.Options = append(h.Options, service.WithWallClock(func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }))
		h.Start()
		card := h.Request(stage.Alice, "web-1 24")
		h.Slack.Fail("chat.postMessage", slacksim.Fault{Channel: stage.Ops, Error: "internal_error"}, -1)
		h.Confirm(card)
		servicetest.Pass(10 * time.Second)
		back.Store(int64(time.Hour))
		servicetest.Pass(10 * time.Second)
		h.Slack.Clear("chat.postMessage")
		servicetest.Pass(time.Minute)
		if n := len(inThread(h, card, servicetest.Receipt)); n != 1 {
			t.Errorf("%d receipts in the thread", n)
		}
		h.WantCharges(1, 1)
	})
}

// Markup in a text from 0xhost is shown as text.
func TestReply_EscapesTextFromOutside(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	h.Oxhost.Fail(oxhostsim.CreateOrder, oxhostsim.Fault{
		Kind: oxhostsim.Status, Body: `{"success":false,"message":"no <!channel> *money* ` + strings.Repeat("&", 4000) + `"}`,
	}, 1)
	card := h.Request(stage.Alice, "web-1 24")
	h.Confirm(card)
	reply := h.WaitReply(card, "&lt;!channel&gt;")
	if strings.Contains(reply.Flat()+reply.Text, "<!channel>") {
		t.Errorf("the reply mentions everybody: %s", reply.Flat())
	}
	h.WantState(card, order.Refused)
}
