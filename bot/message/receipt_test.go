package message

import (
	"strings"
	"testing"
	"time"

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

	odd := testOrder(order.Placed)
	odd.Receipt.ExpiresAt, odd.Receipt.Amount = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), euros("99999999999.99")
	odd.Receipt.ServerStatus, odd.Receipt.OrderID, odd.Receipt.Invalid = "suspended", "", []string{"order_id"}

	oddFound := found
	oddFound.Receipt = &order.Receipt{OrderID: "13587d01", Currency: "EUR", Amount: euros("-1.3"), Hours: 72, Listed: true}

	more, less, between := testOrder(order.Placed), testOrder(order.Placed), testOrder(order.Placed)
	more.Receipt.Amount, less.Receipt.Amount, between.Receipt.Amount = euros("1.60"), euros("0.90"), euros("1.43")
	unpriced := testOrder(order.Placed)
	unpriced.Estimate = order.Estimate{From: order.PriceUnheard}

	neverSent := testOrder(order.Refused)
	neverSent.Reason = "0xhost could not be reached"

	all := order.Limit{Per: order.PerAll, Within: 30 * 24 * time.Hour, Amount: euros("500")}
	person := order.Limit{Per: order.PerPerson, Within: 24 * time.Hour, Amount: euros("1.50")}
	exceeded := map[string][]order.LimitState{
		"charged_more_exceeds": {{Limit: all, FreeAt: testNow.Add(28 * time.Hour)}, {Limit: person, FreeAt: testNow.Add(time.Hour)}},
		"unpriced_exceeds":     {{Limit: person}},
	}
	for name, o := range map[string]order.Order{
		"charged_more": more, "charged_less": less, "charged_about": between, "charged_more_exceeds": more, "unpriced_exceeds": unpriced,
		"silent": silent, "none": none, "mismatch": wrong, "settled": settled, "settled_mismatch": found, "never_sent": neverSent,
		"settled_by_alice": byAlice, "not_placed_by_operator": never, "listed": listed,
		"odd": odd, "settled_odd": oddFound,
	} {
		t.Run(name, func(t *testing.T) {
			v := testView(o)
			v.Exceeded = exceeded[name]
			m, _ := ThreadMessage(v)
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

// Whatever is odd about a receipt, card and thread do not show the ✅ of an
// ordinary one, say what it is, and show the receipt all the same.
func TestReceipt_OddValuesGetAttention(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*order.Receipt)
		want   string
	}{
		"expired":         {func(r *order.Receipt) { r.ExpiresAt = testNow.Add(-2 * time.Hour) }, "is in the past"},
		"not moved":       {func(r *order.Receipt) { r.ExpiresAt = testNow.Add(70 * time.Hour) }, "is less than 72 hours (3 days) after"},
		"over balance":    {func(r *order.Receipt) { r.BalanceBefore = euros("1.29") }, "The amount, 1.30 EUR, is more than the balance, 1.29 EUR."},
		"over estimate":   {func(r *order.Receipt) { r.Amount = euros("1.44") }, "Expected about 1.30 EUR, 0xhost charged 1.44 EUR."},
		"negative":        {func(r *order.Receipt) { r.Amount = euros("-0.01") }, "The amount, -0.01 EUR, is negative."},
		"suspended":       {func(r *order.Receipt) { r.ServerStatus = "suspended" }, "Its status at 0xhost is `suspended`."},
		"invalid order":   {func(r *order.Receipt) { r.OrderID, r.Invalid = "", []string{"order_id"} }, "Order at 0xhost: 0xhost sent an id that is not valid"},
		"invalid server":  {func(r *order.Receipt) { r.ServerID, r.Invalid = "", []string{"server_id"} }, "Server id: 0xhost sent an id that is not valid"},
		"invalid account": {func(r *order.Receipt) { r.OwnerID, r.Invalid = "", []string{"owner_id"} }, "Owner of the server: 0xhost sent an id that is not valid"},
	} {
		o := testOrder(order.Placed)
		test.change(o.Receipt)
		m, _ := ThreadMessage(testView(o))
		for _, want := range []string{"❗ *<@U0ALICE>: `web-1` was extended by 72 hours (3 days), but please check:*", test.want, "0xhost's receipt: ", "~ Balance "} {
			if text := readable(m.Blocks); !strings.Contains(text, want) || strings.Contains(text, "✅") || !strings.HasPrefix(m.Text, "❗") {
				t.Errorf("%s: %q is missing:\n%s", name, want, text)
			}
		}
		if card := readable(Card(testView(o)).Blocks); !strings.HasPrefix(card, "❗ *Extended, please check") || strings.Contains(card, "✅") {
			t.Errorf("%s: the card is\n%s", name, card)
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
		if text := readable(m.Blocks); !strings.HasPrefix(text, "🚨 *<@U0ALICE>: 0xhost did not extend `web-1` by 72 hours (3 days) as approved:*") || !strings.Contains(text, mismatchLabel(field)+": approved") || !strings.Contains(m.Text, "<@U0ALICE>") {
			t.Errorf("%s: the mismatch is not pointed out:\n%s", field, text)
		}
		if title := titleOf(Card(testView(o))); !strings.HasPrefix(title, "🚨 *Not as approved") {
			t.Errorf("%s: the card says %q", field, title)
		}
	}
}

// Nothing that 0xhost stated is lost: what the receipt leaves out is in its
// details.
func TestReceipt_DetailsShowTheRest(t *testing.T) {
	o := testOrder(order.Placed)
	o.Purpose = "the demo"
	m := Details(testView(o))
	golden(t, "details_placed", m)
	shown := readable(m.Blocks)
	for _, want := range []string{
		"1.30 EUR", "72 hours (3 days)", "3328.78 EUR", "3327.48 EUR", date(o.Receipt.ExpiresAt), o.Receipt.ServerName,
		o.Receipt.ServerID, o.Receipt.ServerStatus, o.Receipt.Address, o.Receipt.Location, "`5`, 12.99 EUR for 720 hours (30 days)",
		o.Receipt.OwnerID, o.Receipt.OrderID, string(o.ID), o.Purpose, date(o.CreatedAt), date(o.DecidedAt), date(o.ChangedAt), "412ms",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing:\n%s", want, shown)
		}
	}
	if want := "1.30 EUR (expected: 1.30 EUR)"; !strings.Contains(shown, want) {
		t.Errorf("%q is missing:\n%s", want, shown)
	}
	o.Receipt = &order.Receipt{}
	if shown := readable(Details(testView(o)).Blocks); strings.Count(shown, notStated) != 3 || strings.Contains(shown, "0.00") {
		t.Errorf("details of an empty receipt:\n%s", shown)
	}
}

// Without an estimate, the charge is compared with the price on the receipt itself. Less
// than that is fine.
func TestReceipt_ComparedWithItsOwnPrice(t *testing.T) {
	t.Parallel()
	for amount, loud := range map[string]bool{"1.44": true, "1.30": false, "0.90": false} {
		o := testOrder(order.Placed)
		o.Estimate, o.Receipt.Amount = order.Estimate{}, euros(amount)
		m, _ := ThreadMessage(testView(o))
		if got := strings.Contains(m.Text, "The amount, 1.44 EUR, is above the estimate for 72 hours (3 days), about 1.30 EUR."); got != loud || strings.HasPrefix(m.Text, "✅") == loud {
			t.Errorf("%s: %s", amount, m.Text)
		}
	}
}
