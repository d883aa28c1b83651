package message

import (
	"strings"
	"testing"

	"extendbot/order"
)

// The messages about unusual receipts.
func TestReceipt_SpecialCases(t *testing.T) {
	silent := testOrder(order.Placed)
	silent.Receipt = &order.Receipt{Currency: "EUR"}

	none := testOrder(order.Placed)
	none.Receipt = nil

	wrong := testOrder(order.Placed)
	wrong.Receipt.Hours, wrong.Receipt.Type = 1, "scale_server"
	wrong.Receipt.ServerID, wrong.Receipt.OwnerID = "bbbbbbbb-0000", "somebody-else"

	settled := testOrder(order.Placed)
	settled.Reason, settled.Receipt = "seen in the list of orders", &order.Receipt{OrderID: "13587d01", Currency: "EUR"}

	byAlice := settled
	byAlice.SettledBy = "U0ALICE"

	never := testOrder(order.NotPlaced)
	never.SettledBy = "operator root"

	listed := testOrder(order.Placed)
	listed.Reason, listed.SettledBy = "found in 0xhost's list of orders as 13587d01", order.Bot
	listed.Receipt = &order.Receipt{OrderID: "13587d01", Currency: "EUR", Amount: euros("1.3"), Hours: 72, Type: "extend", Listed: true}

	found := testOrder(order.Placed)
	found.Reason = "found in the list of orders of 0xhost"
	found.Receipt = &order.Receipt{OrderID: "13587d01", Currency: "EUR", Amount: euros("1.3"), Hours: 24}

	neverSent := testOrder(order.Refused)
	neverSent.Reason = "nothing was sent: 0xhost could not be reached"

	for name, o := range map[string]order.Order{
		"silent": silent, "none": none, "mismatch": wrong, "settled": settled, "settled_mismatch": found, "never_sent": neverSent,
		"settled_by_alice": byAlice, "not_placed_by_operator": never, "listed": listed,
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := ThreadMessage(testView(o))
			golden(t, "thread_"+name, m)
		})
	}
}

// A missing amount is never shown as zero.
func TestReceipt_MissingSumIsNotZero(t *testing.T) {
	for name, r := range map[string]*order.Receipt{"nil": nil, "empty": {}, "no amount": {BalanceBefore: euros("5")}} {
		o := testOrder(order.Placed)
		o.Receipt = r
		m, _ := ThreadMessage(testView(o))
		if text := m.Text + readable(m.Blocks); strings.Contains(text, "0.00") || strings.Contains(text, "0 hours") || strings.Contains(text, "1970") {
			t.Errorf("%s: the receipt shows zeros:\n%s", name, text)
		}
	}
}

// A receipt that does not match what was approved is pointed out in card and
// thread.
func TestReceipt_MismatchIsLoud(t *testing.T) {
	quiet := testOrder(order.Placed)
	for field, change := range map[string]func(*order.Receipt){
		"hours":  func(r *order.Receipt) { r.Hours = 1 },
		"server": func(r *order.Receipt) { r.ServerID = "other" },
		"owner":  func(r *order.Receipt) { r.OwnerID = "other" },
		"type":   func(r *order.Receipt) { r.Type = "new_server" },
	} {
		o := quiet
		o.Receipt = testReceipt()
		change(o.Receipt)
		m, _ := ThreadMessage(testView(o))
		if text := readable(m.Blocks); !strings.Contains(text, "# 🚨 Not what was approved") || !strings.Contains(text, mismatchLabel(field)+": approved") || !strings.Contains(m.Text, "<@U0ALICE>") {
			t.Errorf("%s: the mismatch is not pointed out:\n%s", field, text)
		}
		if title := cardTitle(o); !strings.Contains(title, "Not as approved") {
			t.Errorf("%s: the card says %q", field, title)
		}
	}
}
