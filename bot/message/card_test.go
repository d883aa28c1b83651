package message

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// titleOf returns the first line of a message.
func titleOf(m Message) string {
	title, _, _ := strings.Cut(m.Blocks[0].(*slack.SectionBlock).Text.Text, "\n")
	return title
}

// Each state has its own card, with its own title.
func TestCard_EveryState(t *testing.T) {
	titles := map[string]order.State{}
	for _, s := range order.States() {
		t.Run(string(s), func(t *testing.T) {
			m := Card(testView(testOrder(s)))
			golden(t, "card_"+string(s), m)
			title := titleOf(m)
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
	aboutOrder.Lease, aboutOrder.Activity = leaseOf(testReceipt()), order.ServerActivity{Others: []order.Order{aboutOrder.Order, earlier, unknown}}

	past := aboutOrder
	past.Now = testReceipt().ExpiresAt.Add(time.Hour)
	past.Activity.Others = nil

	elsewhere := past
	elsewhere.Now, elsewhere.Lease.Elsewhere = testNow, 24

	ofPolicy := past
	ofPolicy.Lease.From = order.LeaseFromPolicy

	crowded := testView(testOrder(order.Pending))
	for range 9 {
		crowded.Activity.Others = append(crowded.Activity.Others, earlier)
	}

	typed := aboutOrder
	typed.Order.Typed, typed.Order.Purpose, typed.Activity.Others = "3 days", "the demo is on *Monday*", nil

	until := typed
	until.Order.Typed, until.Order.Hours, until.Order.Purpose = "until Sat 14 Mar 20:00", 53, ""

	longDeadline := testView(testOrder(order.Pending))
	longDeadline.Order.Deadline = testNow.Add(14 * time.Hour)
	longDeadline.Lease = leaseOf(testReceipt())

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

	odd := testView(testOrder(order.Placed))
	odd.Order.Receipt.ServerStatus = "suspended"

	silent := testView(testOrder(order.Placed))
	silent.Order.Receipt = nil

	settled := testView(testOrder(order.Placed))
	settled.Order.Reason, settled.Order.Receipt = "seen in the list of orders", &order.Receipt{OrderID: "13587d01", Currency: "EUR"}

	priced := func(e order.Estimate, b order.Balance) OrderView {
		v := testView(testOrder(order.Pending))
		v.Order.Estimate, v.Balance = e, b
		return v
	}
	estimate, left := testOrder(order.Pending).Estimate, order.Balance{Amount: euros("12"), At: testNow.Add(-2 * time.Minute)}
	unpriced := func(why order.PriceSource) OrderView { return priced(order.Estimate{From: why}, order.Balance{}) }
	paid, older := priced(estimate, left), priced(estimate, order.Balance{Amount: euros("12"), At: testNow.Add(-9 * time.Minute)})
	paid.AccountName, older.AccountName = "Ops", "Ops"
	first := unpriced(order.PriceUnheard)
	first.Order.ExtendedBy = earlier.ID
	unpricedLeft := priced(order.Estimate{From: order.PriceUnheard}, left)

	for name, v := range map[string]OrderView{
		"balance": paid, "balance_older": older, "balance_short": priced(estimate, order.Balance{Amount: euros("1.29"), At: testNow}),
		"balance_exact": priced(estimate, order.Balance{Amount: euros("1.30"), At: testNow}), "balance_unpriced": unpricedLeft,
		"price_unread": unpriced(order.PriceUnread), "price_failed": unpriced(order.PriceFailed), "price_unheard": unpriced(order.PriceUnheard), "price_unsaid": unpriced(""), "price_unheard_extended": first,
		"known": aboutOrder, "past_expiry": past, "bought_elsewhere": elsewhere, "expiry_of_policy": ofPolicy, "crowded": crowded, "retried": retried, "throttled": throttled, "withdrawn": withdrawn,
		"unnamed": unnamed, "mismatch": wrong, "settled": settled, "odd": odd, "silent": silent,
		"typed": typed, "until": until, "long_deadline": longDeadline,
	} {
		t.Run(name, func(t *testing.T) { golden(t, "card_"+name, Card(v)) })
	}
}

// A card has the buttons that decide the order only while it is pending. One
// that expired offers to ask again.
func TestCard_ButtonsOnlyWhilePending(t *testing.T) {
	for _, s := range order.States() {
		want := ""
		switch s {
		case order.Pending:
			want = "order_confirm primary 06ppv9a8-kx3n7d2q, order_cancel  06ppv9a8-kx3n7d2q"
		case order.Expired:
			want = "order_again  06ppv9a8-kx3n7d2q"
		}
		if got := buttonsOf(Card(testView(testOrder(s)))); got != want {
			t.Errorf("%s: buttons %q, want %q", s, got, want)
		}
	}
}

// buttonsOf returns action, style and value of each button of a message.
func buttonsOf(m Message) string {
	var found []string
	for _, b := range m.Blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				button := e.(*slack.ButtonBlockElement)
				found = append(found, button.ActionID+" "+string(button.Style)+" "+button.Value)
			}
		}
	}
	return strings.Join(found, ", ")
}

// Text and title say what was typed, and the hours as a number.
func TestCard_SaysRentalTimeInBothForms(t *testing.T) {
	for _, s := range order.States() {
		for typed, want := range map[string]string{"": "`web-1` by 72 hours (3 days)", "3 days": "`web-1` by 3 days (72 h)"} {
			v := testView(testOrder(s))
			v.Order.Typed = typed
			m := Card(v)
			for what, text := range map[string]string{"text": m.Text, "title": titleOf(m)} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: the %s does not say %q: %q", s, what, want, text)
				}
			}
		}
	}
}

// A card shows no estimate once the order has ended.
func TestCard_NoEstimateOnceEnded(t *testing.T) {
	for _, s := range []order.State{order.Placed, order.Refused, order.Unknown, order.NotPlaced, order.Cancelled, order.Expired} {
		v := testView(testOrder(s))
		v.Lease, v.Balance = leaseOf(testReceipt()), order.Balance{Amount: euros("12"), At: testNow}
		if text := readable(Card(v).Blocks); strings.Contains(text, "About") || strings.Contains(text, "12.00") || strings.Contains(text, "→") {
			t.Errorf("%s: the card still shows an estimate:\n%s", s, text)
		}
	}
}

// A card says that the server was extended meanwhile, its id of the buttons says
// by which order, and Slack asks again before it confirms.
func TestCard_ExtendedMeanwhile(t *testing.T) {
	known := testView(testOrder(order.Pending))
	known.Order.ExtendedBy, known.Order.Typed = "06ppv000-00000000", "3 days"
	other := testOrder(order.Placed)
	other.ID, other.Person.User, other.Hours = known.Order.ExtendedBy, "U0BOB", 24
	known.Lease, known.Activity = leaseOf(testReceipt()), order.ServerActivity{Others: []order.Order{other}}

	unread := known
	known.ExtendedBy = &other
	unread.Lease = order.Lease{}

	wrong := unread
	third := other
	third.ID = "06ppv000-00000002"
	wrong.ExtendedBy = &third

	own, herself := known, other
	herself.Person = own.Order.Person
	own.ExtendedBy = &herself
	if m := Card(own); strings.Count(m.Blocks[0].(*slack.SectionBlock).Text.Text, "<@") != 1 || !strings.Contains(titleOf(m), "by 24 hours (1 day)* · <!date") {
		t.Errorf("the requester is mentioned again: %s", m.Blocks[0].(*slack.SectionBlock).Text.Text)
	}
	for name, v := range map[string]OrderView{"known": known, "unread": unread, "another": wrong} {
		m := Card(v)
		buttons := m.Blocks[len(m.Blocks)-1].(*slack.ActionBlock)
		confirm := buttons.Elements.ElementSet[0].(*slack.ButtonBlockElement)
		switch {
		case SeenOn(buttons.BlockID).ExtendedBy != v.Order.ExtendedBy:
			t.Errorf("%s: the block id is %q", name, buttons.BlockID)
		case confirm.Confirm == nil || !strings.Contains(confirm.Confirm.Text.Text, "web-1 was already extended"):
			t.Errorf("%s: the dialog is %+v", name, confirm.Confirm)
		case !strings.Contains(titleOf(m), "was already extended") || !strings.Contains(m.Text, "was already extended"):
			t.Errorf("%s: title %q, text %q", name, titleOf(m), m.Text)
		case strings.Contains(titleOf(m), "U0BOB") != (name == "known"):
			t.Errorf("%s: title %q", name, titleOf(m))
		}
		if name != "another" {
			golden(t, "card_extended_"+name, m)
		}
	}
	plain := Card(testView(testOrder(order.Pending)))
	buttons := plain.Blocks[len(plain.Blocks)-1].(*slack.ActionBlock)
	if SeenOn(buttons.BlockID).ExtendedBy != "" || buttons.Elements.ElementSet[0].(*slack.ButtonBlockElement).Confirm != nil {
		t.Errorf("an ordinary card has the block %q and a dialog", buttons.BlockID)
	}
}

// The requester is mentioned once on a card and in a thread message, and nobody
// else is but the person who declined.
func TestMessages_MentionTheRequesterOnce(t *testing.T) {
	for _, s := range order.States() {
		messages := map[string]Message{"card": Card(testView(testOrder(s)))}
		if m, ok := ThreadMessage(testView(testOrder(s))); ok {
			messages["thread message"] = m
		}
		for name, m := range messages {
			all := strings.Join(mrkdwnOf(m.Blocks), "\n")
			if s == order.Declined {
				if strings.Count(all, "<@U0CARO>") != 1 {
					t.Errorf("the %s does not mention who declined once:\n%s", name, all)
				}
				all = strings.Replace(all, "<@U0CARO>", "", 1)
			}
			if strings.Count(all, "<@") != 1 || !strings.Contains(all, "<@U0ALICE>") {
				t.Errorf("%s: the %s does not mention the requester once:\n%s", s, name, all)
			}
		}
	}
}

// The block id of a card's buttons says what the card did: an estimate, and the order
// that extended the server. Those of older cards can still be read, and what is odd says
// nothing.
func TestSeenOn_OldAndOddBlockIDs(t *testing.T) {
	t.Parallel()
	for blockID, want := range map[string]Seen{
		"order": {}, "order:06ppv000-00000000": {ExtendedBy: "06ppv000-00000000"},
		"order=0.43": {Estimate: euros("0.43")}, "order=0.4350:06ppv000-00000000": {ExtendedBy: "06ppv000-00000000", Estimate: euros("0.4350")},
		"order=-1.00": {}, "order=1e9": {}, "order=1": {}, "order=": {}, "order=NaN:x": {ExtendedBy: "x"}, "order= 1.00": {}, "order=1.00 ": {}, "order=1.00\n": {},
		"order=1234567890123.00": {}, "order=1.0000000000001": {}, "order=٤.٤٤": {}, "order=1.00=2.00": {},
		"": {}, "orders:x": {}, "order1.00:x": {}, "Order=1.00": {}, " order=1.00": {}, "b:order=1.00": {}, ":": {}, "=1.00": {},
	} {
		got := SeenOn(blockID)
		if got.ExtendedBy != want.ExtendedBy || order.FormatAmount(got.Estimate) != order.FormatAmount(want.Estimate) {
			t.Errorf("%q: got %+v, want %+v", blockID, got, want)
		}
	}
}

// What a card says of the estimate comes back with the click, and nothing else does,
// whatever the estimate is. The block id keeps Slack's limit.
func TestSeenOn_SaysWhatTheCardShowed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := hostileOrder(t)
		usual := decimal.New(rapid.Int64Range(0, 999_999_999_999).Draw(t, "usual"), rapid.Int32Range(-6, 0).Draw(t, "decimals"))
		if rapid.Bool().Draw(t, "is usual") {
			o.Estimate.Amount = decimal.NewNullDecimal(usual)
		}
		id := cardBlockID(o)
		if mrkdwn.Len(id) > maxBlockID {
			t.Fatalf("the block id %q is too long", id)
		}
		cost, seen := order.FormatAmount(o.Estimate.Amount), order.FormatAmount(SeenOn(id).Estimate)
		if seen != "" && seen != cost || seen == "" && o.Estimate.Amount == decimal.NewNullDecimal(usual) {
			t.Fatalf("the card says %q, and the click %q: %q", cost, seen, id)
		}
		if len(o.ExtendedBy) < 100 && SeenOn(id).ExtendedBy != o.ExtendedBy {
			t.Fatalf("the click says %q instead of %q", SeenOn(id).ExtendedBy, o.ExtendedBy)
		}
	})
}
