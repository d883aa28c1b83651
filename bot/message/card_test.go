package message

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// Each state has its own card, with its own title.
func TestCard_EveryState(t *testing.T) {
	titles := map[string]order.State{}
	for _, s := range order.States() {
		t.Run(string(s), func(t *testing.T) {
			m := Card(testView(testOrder(s)))
			golden(t, "card_"+string(s), m)
			title := m.Blocks[0].(*slack.HeaderBlock).Text.Text
			if other, ok := titles[title]; ok {
				t.Errorf("%s looks like %s: %q", s, other, title)
			}
			titles[title] = s
		})
	}
}

// The cards of the special cases.
func TestCard_SpecialCases(t *testing.T) {
	earlier := testOrder(order.Placed)
	earlier.ID, earlier.Person.User, earlier.Hours = "06ppv000-00000000", "U0BOB", 24
	unknown := testOrder(order.Approved)
	unknown.ID, unknown.Person.User, unknown.Hours = "06ppv000-00000001", "U0CAROL", 1

	aboutOrder := testView(testOrder(order.Pending))
	aboutOrder.Activity = order.ServerActivity{Last: testReceipt(), Others: []order.Order{aboutOrder.Order, earlier, unknown}}

	past := aboutOrder
	past.Now = testReceipt().ExpiresAt.Add(time.Hour)
	past.Activity.Others = nil

	crowded := testView(testOrder(order.Pending))
	for range 9 {
		crowded.Activity.Others = append(crowded.Activity.Others, earlier)
	}

	retried := testView(testOrder(order.Approved))
	retried.Order.Reason, retried.Order.RetryAt = "0xhost asks for a pause", testNow.Add(30*time.Second)

	throttled := retried
	throttled.Order.Reason, throttled.Order.ThrottledAt = "slow down", testNow

	withdrawn := testView(testOrder(order.Cancelled))
	withdrawn.Order.DecidedBy, withdrawn.Order.DecidedAt = "", time.Time{}
	withdrawn.Order.Reason = CardRefusedReason("not_in_channel")

	unnamed := testView(testOrder(order.Pending))
	unnamed.Order.Server.Name = ""

	wrong := testView(testOrder(order.Placed))
	wrong.Order.Receipt.Hours = 1

	settled := testView(testOrder(order.Placed))
	settled.Order.Reason, settled.Order.Receipt = "seen in the list of orders", &order.Receipt{OrderID: "13587d01", Currency: "EUR"}

	for name, v := range map[string]OrderView{
		"known": aboutOrder, "past_expiry": past, "crowded": crowded, "retried": retried, "throttled": throttled, "withdrawn": withdrawn,
		"unnamed": unnamed, "mismatch": wrong, "settled": settled,
	} {
		t.Run(name, func(t *testing.T) { golden(t, "card_"+name, Card(v)) })
	}
}

// A card has its buttons only while the order is pending.
func TestCard_ButtonsOnlyWhilePending(t *testing.T) {
	for _, s := range order.States() {
		var got []string
		for _, b := range Card(testView(testOrder(s))).Blocks {
			if a, ok := b.(*slack.ActionBlock); ok {
				for _, e := range a.Elements.ElementSet {
					button := e.(*slack.ButtonBlockElement)
					got = append(got, button.ActionID+" "+string(button.Style)+" "+button.Value)
				}
			}
		}
		want := ""
		if s == order.Pending {
			want = "order_confirm primary 06ppv9a8-kx3n7d2q, order_cancel danger 06ppv9a8-kx3n7d2q"
		}
		if joined := strings.Join(got, ", "); joined != want {
			t.Errorf("%s: buttons %q, want %q", s, joined, want)
		}
	}
}

// Text and title say the hours as a number and in days.
func TestCard_SaysHoursInBothForms(t *testing.T) {
	for _, s := range order.States() {
		m := Card(testView(testOrder(s)))
		for what, text := range map[string]string{"text": m.Text, "title": m.Blocks[0].(*slack.HeaderBlock).Text.Text} {
			if !strings.Contains(text, "72 hours (3 days)") {
				t.Errorf("%s: the %s does not say the hours: %q", s, what, text)
			}
		}
	}
}

// A card shows no estimate once the order has ended.
func TestCard_NoEstimateOnceEnded(t *testing.T) {
	for _, s := range []order.State{order.Placed, order.Refused, order.Unknown, order.NotPlaced, order.Cancelled, order.Expired} {
		v := testView(testOrder(s))
		v.Activity.Last = testReceipt()
		if text := readable(Card(v).Blocks); strings.Contains(text, "Estimated") || strings.Contains(text, "afterward") {
			t.Errorf("%s: the card still shows an estimate:\n%s", s, text)
		}
	}
}
