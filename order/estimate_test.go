package order_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
	"extendbot/order/ordertest"
)

// prices are an [order.Prices] that says what a test says.
type prices struct {
	mu   sync.Mutex
	now  order.Estimate
	err  error
	then func() // called once, after an estimate was made and before it is used; nil: nothing
}

// say sets what orders cost from now on; "" for an unknown price, with this reason.
func (p *prices) say(amount string, from order.PriceSource) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = order.Estimate{Amount: euros(amount), From: from}
}

// Estimate implements [order.Prices].
func (p *prices) Estimate(context.Context, order.Order) (order.Estimate, error) {
	p.mu.Lock()
	now, err, then := p.now, p.err, p.then
	p.then = nil
	p.mu.Unlock()
	if then != nil {
		then()
	}
	return now, err
}

// priced returns a desk and its prices, at first 5.00 from the list.
func priced(t *testing.T, rules ordertest.Rules) (*desk, *prices) {
	t.Helper()
	p := &prices{}
	p.say("5", order.PriceFromList)
	d := newDesk(t, func(c *order.Config) { c.Prices, c.ApproveTTL = p, 100*time.Hour })
	d.policy.Set(rules)
	return d, p
}

// pressSeen lets a person press Approve on a card that shows an estimate.
func (d *desk) pressSeen(id order.ID, user, seen string) (order.Order, error) {
	d.t.Helper()
	return d.Decide(d.t.Context(), order.Decision{ID: id, Person: person(user), Yes: true, SeenEstimate: euros(seen)})
}

// wantEstimate checks what is recorded about the price of an order, and how often that was
// recorded by the program itself.
func (d *desk) wantEstimate(id order.ID, amount string, from order.PriceSource, repriced int) {
	d.t.Helper()
	o, err := d.ledger.Order(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	if order.FormatAmount(o.Estimate.Amount) != order.FormatAmount(euros(amount)) || o.Estimate.From != from || o.Currency != "EUR" {
		d.t.Errorf("the order costs %+v %s, want %q from %s", o.Estimate, o.Currency, amount, from)
	}
	rows := slices.DeleteFunc(d.ledger.History(id), func(e order.Entry) bool { return e.Who != order.Bot || e.To != order.Pending })
	if len(rows) != repriced {
		d.t.Errorf("%d new estimates were recorded, want %d: %v", len(rows), repriced, rows)
	}
	if o.State == order.Pending && o.Reason != "" {
		d.t.Errorf("it is pending, because %q", o.Reason)
	}
}

// Amounts differ by more than rounding explains if they are more than a cent and more than
// a tenth apart, in either direction.
func TestDiffers_CentAndTenth(t *testing.T) {
	for _, c := range []struct {
		amount, from   string
		differs, above bool
	}{
		{"1.10", "1.00", false, false},
		{"1.11", "1.00", true, true},
		{"0.90", "1.00", false, false},
		{"0.89", "1.00", true, false},
		{"0.02", "0.01", false, false}, // a cent
		{"0.03", "0.01", true, true},
		{"0.01", "0.02", false, false},
		{"0.00", "0.02", true, false},
		{"0.005", "0", false, false},
		{"0.02", "0", true, true},
		{"110", "100", false, false},
		{"110.01", "100", true, true},
		{"1.00", "", true, false},
		{"", "1.00", true, false},
		{"", "", false, false},
	} {
		amount, from := euros(c.amount), euros(c.from)
		if got := order.Differs(amount, from); got != c.differs {
			t.Errorf("%q differs from %q: %v", c.amount, c.from, got)
		}
		if got := order.Above(amount, from); got != c.above {
			t.Errorf("%q is above %q: %v", c.amount, c.from, got)
		}
	}
	absurd := decimal.NewNullDecimal(decimal.New(1, 1<<30))
	if order.Above(absurd, euros("1")) || order.Above(euros("1"), absurd) || !order.Differs(absurd, euros("1")) {
		t.Error("an absurd amount is compared")
	}
}

// A charge differs from its estimate only if both are known.
func TestOrder_ChargedDifferently(t *testing.T) {
	for _, c := range []struct {
		estimate, charge string
		want             bool
	}{
		{"5", "5.50", false}, {"5", "5.51", true}, {"5", "4.49", true}, {"5", "0", true},
		{"", "5", false}, {"5", "", false}, {"-5", "5", false},
	} {
		o := order.Order{Estimate: order.Estimate{Amount: euros(c.estimate)}, Receipt: &order.Receipt{Amount: euros(c.charge)}}
		if got := o.ChargedDifferently(); got != c.want {
			t.Errorf("%q instead of %q: %v", c.charge, c.estimate, got)
		}
	}
	if (order.Order{Estimate: order.Estimate{Amount: euros("5")}}).ChargedDifferently() {
		t.Error("without a receipt")
	}
}

// A press is a yes to the price that the card shows, or to less. If the order has become
// clearly more expensive, the card has to show that before a press counts, however often
// the person presses the old one.
func TestDecide_EstimateAtPress(t *testing.T) {
	const list, receipt, unread, failed = order.PriceFromList, order.PriceFromReceipt, order.PriceUnread, order.PriceFailed
	for name, c := range map[string]struct {
		asked    string // at the request, from the list
		now      string // at the press
		from     order.PriceSource
		seen     string // on the card
		want     order.Code
		recorded string // in the end
		source   order.PriceSource
		repriced int
	}{
		"the same":                        {"5", "5", receipt, "5", "", "5", list, 0},
		"a little more":                   {"5", "5.50", receipt, "5", "", "5", list, 0},
		"much more":                       {"5", "5.51", receipt, "5", order.CodeRepriced, "5.51", receipt, 1},
		"less":                            {"5", "4.49", receipt, "5", "", "4.49", receipt, 0},
		"known by now":                    {"", "5", receipt, "", "", "5", receipt, 0},
		"unknown by now":                  {"5", "", failed, "5", "", "5", list, 0},
		"unknown for another reason":      {"", "", failed, "", "", "", unread, 0},
		"unknown as before":               {"", "", unread, "", "", "", unread, 0},
		"the card says nothing":           {"5", "9", receipt, "", "", "9", receipt, 0},
		"the card is old":                 {"5", "5", list, "4", order.CodeRepriced, "5", list, 0},
		"the card is old, and it is more": {"5", "9", receipt, "4", order.CodeRepriced, "9", receipt, 1},
		"the card shows more":             {"5", "5", list, "9", "", "5", list, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := priced(t, aliceAndBob())
			if p.say(c.asked, list); c.asked == "" {
				p.say("", unread)
			}
			o := d.request()
			p.say(c.now, c.from)
			_, err := d.pressSeen(o.ID, "UALICE", c.seen)
			wantCode(t, err, c.want)
			d.wantEstimate(o.ID, c.recorded, c.source, c.repriced)
			if c.want == "" {
				d.wantState(o.ID, order.Approved)
				return
			}
			got, err := d.pressSeen(o.ID, "UALICE", c.seen) // the second half of a double click
			wantCode(t, err, c.want)
			if now := d.wantState(o.ID, order.Pending); now.Version != got.Version || !now.CardDue() || len(now.Approvals) > 0 {
				t.Errorf("after the second press it is %+v", now)
			}
			_, err = d.pressSeen(o.ID, "UALICE", c.recorded)
			wantCode(t, err, "")
			d.wantEstimate(o.ID, c.recorded, c.source, c.repriced)
			d.wantState(o.ID, order.Approved)
		})
	}
}

// While it cannot be read what an order costs, nobody can ask or say yes, and nothing is
// recorded.
func TestDecide_EstimateUnreadable(t *testing.T) {
	d, p := priced(t, aliceAndBob())
	o := d.request()
	p.err = &order.Error{Code: order.CodeUnavailable}
	_, err := d.press(o.ID, "UALICE", true)
	wantCode(t, err, order.CodeUnavailable)
	_, err = d.Request(t.Context(), order.Request{Key: "k2", Person: bob, Server: "web-1", Hours: 1})
	wantCode(t, err, order.CodeUnavailable)
	if all := d.ledger.Orders(); len(all) != 1 || all[0].Version != 1 {
		t.Errorf("recorded: %+v", all)
	}
}

// From the first approval on, the estimate is what was approved, whatever prices do.
func TestDecide_EstimateIsFixed(t *testing.T) {
	d, p := priced(t, withRules(twoOf("UCAROL", "UDAVE")))
	o := d.request()
	p.say("3", order.PriceFromReceipt)
	if _, err := d.pressSeen(o.ID, "UCAROL", "5"); err != nil { // less than the card shows
		t.Fatal(err)
	}
	d.wantEstimate(o.ID, "3", order.PriceFromReceipt, 0)
	p.say("50", order.PriceFromReceipt)
	d.baseline(o.ID)
	d.wantEstimate(o.ID, "3", order.PriceFromReceipt, 0)
	_, err := d.pressSeen(o.ID, "UDAVE", "1") // a card that is older than the first approval
	wantCode(t, err, order.CodeRepriced)
	if _, err := d.pressSeen(o.ID, "UDAVE", "3"); err != nil {
		t.Fatal(err)
	}
	d.wantEstimate(o.ID, "3", order.PriceFromReceipt, 0)
	d.wantState(o.ID, order.Approved)
}

// If the new price is why somebody else has to approve the order, it is recorded, so that
// the card names them. A press of a stranger records nothing.
func TestDecide_EstimateChangesRules(t *testing.T) {
	expensive := withRules(ordertest.Approval{Name: "expensive", AmountOver: euros("20"), Approvers: []string{"UCAROL"}})
	limited := aliceAndBob()
	limited.Limits = []order.Limit{amountIn(24*time.Hour, "100")}
	for name, c := range map[string]struct {
		rules      ordertest.Rules
		asked, now string
		wrong      string // who cannot approve it anymore
		want       order.Code
		right      string // who has to
	}{
		"somebody must approve it":        {expensive, "5", "30", "UALICE", order.CodeNotApprover, "UCAROL"},
		"nobody has to anymore":           {expensive, "30", "5", "UCAROL", order.CodeNotYours, "UALICE"},
		"an admin does not have to":       {limited, "", "5", "UADMIN", order.CodeNotYours, "UALICE"},
		"an approver instead of an admin": {expensive, "", "30", "UADMIN", order.CodeNotApprover, "UCAROL"},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := priced(t, c.rules)
			if p.say(c.asked, order.PriceFromList); c.asked == "" {
				p.say("", order.PriceUnread)
			}
			o := d.request()
			p.say(c.now, order.PriceFromReceipt)
			_, err := d.pressSeen(o.ID, "UNOBODY", c.asked)
			wantCode(t, err, order.CodeStranger)
			if now := d.wantState(o.ID, order.Pending); now.Version != 1 {
				t.Errorf("the press of a stranger recorded %+v", now)
			}
			got, err := d.pressSeen(o.ID, c.wrong, c.asked)
			wantCode(t, err, c.want)
			d.wantEstimate(o.ID, c.now, order.PriceFromReceipt, 1)
			if now := d.wantState(o.ID, order.Pending); now.Version != got.Version || !now.CardDue() {
				t.Errorf("returned version %d, it is %+v", got.Version, now)
			}
			_, err = d.pressSeen(o.ID, c.right, c.now)
			wantCode(t, err, "")
			d.wantState(o.ID, order.Approved)
		})
	}
}

// A press and the list of 0xhost that come at once: the press is judged with what the
// list says, and an order that is decided keeps the price that was approved.
func TestDecide_PressAgainstList(t *testing.T) {
	d, p := priced(t, aliceAndBob())
	o := d.request()
	p.then = func() { // while the press is judged
		p.say("9", order.PriceFromReceipt)
		if repriced, err := d.RecordBaseline(t.Context(), o.ID); err != nil || !repriced {
			t.Errorf("%v %v", repriced, err)
		}
	}
	_, err := d.pressSeen(o.ID, "UALICE", "5")
	wantCode(t, err, order.CodeRepriced)
	d.wantEstimate(o.ID, "9", order.PriceFromReceipt, 1)

	p.say("20", order.PriceFromReceipt)
	p.then = func() { // while the list is read
		p.say("9", order.PriceFromReceipt)
		if _, err := d.pressSeen(o.ID, "UALICE", "9"); err != nil {
			t.Error(err)
		}
	}
	if repriced, err := d.RecordBaseline(t.Context(), o.ID); err != nil || repriced {
		t.Errorf("repriced %v, %v", repriced, err)
	}
	d.wantEstimate(o.ID, "9", order.PriceFromReceipt, 1)
	d.wantState(o.ID, order.Approved)
}

// The list that is read for the baseline can tell what the order costs. That is recorded
// once, also by a process that takes over after the baseline, if nobody approved the order
// yet and it verifies.
func TestRecordBaseline_NewEstimate(t *testing.T) {
	for name, c := range map[string]struct {
		now        string
		from       order.PriceSource
		before     func(d *desk, id order.ID)
		unverified order.Code
		want       bool
	}{
		"known by now":               {now: "5", from: order.PriceFromList, want: true},
		"unknown for another reason": {from: order.PriceUnheard},
		"unknown as before":          {from: order.PriceUnread},
		"the baseline is there":      {now: "5", from: order.PriceFromList, want: true, before: func(d *desk, id order.ID) { d.ledger.PutBaseline(id, order.Baseline{}) }},
		"somebody approved it":       {now: "5", from: order.PriceFromList, before: func(d *desk, id order.ID) { _, _ = d.press(id, "UCAROL", true) }},
		"it is decided":              {now: "5", from: order.PriceFromList, before: func(d *desk, id order.ID) { _, _ = d.press(id, "UCAROL", false) }},
		"it was tampered with":       {now: "5", from: order.PriceFromList, unverified: order.CodeTampered},
		"its key is unknown":         {now: "5", from: order.PriceFromList, unverified: order.CodeKeyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := priced(t, withRules(twoOf("UCAROL", "UDAVE")))
			p.say("", order.PriceUnread)
			o := d.request()
			if c.before != nil {
				c.before(d, o.ID)
			}
			p.say(c.now, c.from)
			if c.unverified != "" {
				d.ledger.Unverified = func(order.Order) error { return &order.Error{Code: c.unverified} }
			}
			repriced, err := d.RecordBaseline(t.Context(), o.ID)
			if err != nil || repriced != c.want {
				t.Errorf("repriced %v, %v", repriced, err)
			}
			if again, err := d.RecordBaseline(t.Context(), o.ID); err != nil || again {
				t.Errorf("again: repriced %v, %v", again, err)
			}
			if c.want {
				d.wantEstimate(o.ID, c.now, c.from, 1)
			} else {
				d.wantEstimate(o.ID, "", order.PriceUnread, 0)
			}
		})
	}
}

// A process that learns another price does not take the card of an order from the one that
// may be posting it: there would be two cards.
func TestRecordBaseline_CardOwnerRemains(t *testing.T) {
	for name, posted := range map[string]bool{"p1": false, "other": true} {
		t.Run(name, func(t *testing.T) {
			d, p := priced(t, aliceAndBob())
			o := d.request()
			if posted {
				if err := d.ledger.RecordShown(t.Context(), order.Shown{ID: o.ID, Card: order.ShownMessage{Ref: "C/1", Version: o.Version}}); err != nil {
					t.Fatal(err)
				}
			}
			p.say("9", order.PriceFromReceipt)
			other := d.process("other", func(c *order.Config) { c.Prices = p })
			if repriced, err := other.RecordBaseline(t.Context(), o.ID); err != nil || !repriced {
				t.Fatal(repriced, err)
			}
			if now := d.wantState(o.ID, order.Pending); now.CardOwner != name || !now.CardDue() {
				t.Errorf("the card is due: %v, and owned by %q, want %q", now.CardDue(), now.CardOwner, name)
			}
		})
	}
}
