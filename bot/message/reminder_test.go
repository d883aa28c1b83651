package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
	"extendbot/order/leases"
)

var testEnds = testNow.Add(24 * time.Hour).Truncate(time.Second)

// testRow returns what a reminder says about web-1, which alice extended last.
func testRow() leases.Row {
	last := testOrder(order.Placed)
	r := leases.Row{
		Entry: leases.Entry{Server: last.Server, Lease: testEnds, Before: 24 * time.Hour}, State: leases.StateOpen,
		Lease:   order.Lease{Server: last.Server, ExpiresAt: testEnds, From: order.LeaseFromReceipt, Order: last.ID, Last: &last, PlanPrice: euros("12.99")},
		Account: "acc-17", Balance: order.Balance{Amount: euros("3328.78"), At: testNow},
	}
	for i, cost := range []string{"0.43", "1.30", "3.03"} {
		r.Offers = append(r.Offers, leases.Offer{Hours: leases.OfferedHours()[i], Estimate: order.Estimate{Amount: euros(cost), From: order.PriceFromReceipt}})
	}
	return r
}

func testReminder(rows ...leases.Row) ReminderView {
	return ReminderView{
		View: leases.View{Rows: rows, Now: testNow}, Currency: "EUR", Admins: []string{"U0CAROL", "U0DAVE"}, Bot: "extendbot",
		AccountName: func(account string) string { return map[string]string{"acc-17": "Ops"}[account] },
	}
}

// rowWith returns testRow with changes.
func rowWith(change func(*leases.Row)) leases.Row {
	r := testRow()
	change(&r)
	return r
}

// byBob is a one-click order in a state.
func byBob(s order.State) *order.Order {
	o := testOrder(s)
	o.Person, o.Typed, o.Lease, o.Thread = bob(), "3 days", testEnds, "C0OPS/1.2"
	return &o
}

// A reminder says first which server runs out and when, then what a day costs, what is
// left, and who extended it last.
func TestReminder_Golden(t *testing.T) {
	t.Parallel()
	second := rowWith(func(r *leases.Row) {
		r.Entry.Server, r.Entry.Lease = order.Server{Name: "db-1", ID: "9a1b22"}, testEnds.Add(time.Hour)
		r.Lease.Last, r.Offers[0].Estimate, r.Account = nil, order.Estimate{From: order.PriceUnheard}, ""
		r.Balance = order.Balance{}
		r.Lease.From = order.LeaseFromPolicy
	})
	needy := testReminder(testRow(), second)
	needy.Needs = []leases.Need{{Account: "acc-17", Amount: decimal.RequireFromString("4.5"), Servers: 3, Balance: order.Balance{Amount: euros("1.20")}}}
	needy.Rows[0].Balance.Amount = euros("0.50")
	unposted, nowhere := testReminder(testRow()), testReminder(testRow())
	unposted.Unposted, nowhere.NoChannel = "C0OPS", true
	for name, v := range map[string]ReminderView{
		"reminder":            testReminder(testRow()),
		"reminder_two":        needy,
		"reminder_unposted":   unposted,
		"reminder_no_channel": nowhere,
	} {
		golden(t, name, Reminder(v))
	}
}

// Each state of a server in a reminder has its words, and only those in which it can be
// extended from there have buttons.
func TestReminder_EachState(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, c := range []struct {
		name    string
		row     leases.Row
		buttons int
	}{
		{"bought elsewhere", rowWith(func(r *leases.Row) { r.Lease.Elsewhere, r.Lease.Unstated = 24, 3 }), 4},
		{"according to the policy", rowWith(func(r *leases.Row) { r.Lease.From, r.Lease.Last = order.LeaseFromPolicy, nil }), 4},
		{"renews, as an older receipt said", rowWith(renews), 4},
		{"renews, not covered", rowWith(func(r *leases.Row) { renews(r); r.Balance.Amount = euros("2.00") }), 4},
		{"renews, balance not known", rowWith(func(r *leases.Row) { renews(r); r.Balance = order.Balance{} }), 4},
		{"stopped", rowWith(func(r *leases.Row) { r.State, r.StoppedBy = leases.StateStopped, "U0BOB" }), 3},
		{"ordered, waits for approvals", rowWith(ordered(order.Pending)), 0},
		{"ordered, approved", rowWith(ordered(order.Approved)), 0},
		{"ordered, unknown", rowWith(ordered(order.Unknown)), 0},
		{"ordered, placed", rowWith(ordered(order.Placed)), 0},
		{"extended with one click", rowWith(func(r *leases.Row) { extended(r); r.Order = byBob(order.Placed) }), 0},
		{"extended with a command", rowWith(extended), 0},
		{"extended elsewhere", rowWith(func(r *leases.Row) { extended(r); r.Lease.Last, r.Lease.Elsewhere = nil, 24 }), 0},
		{"ends sooner", rowWith(func(r *leases.Row) { extended(r); r.Lease.ExpiresAt = testEnds.Add(-time.Hour) }), 0},
		{"ends sooner, as the policy says", rowWith(func(r *leases.Row) {
			extended(r)
			r.Lease.ExpiresAt, r.Lease.From, r.Lease.Last = testEnds.Add(-time.Hour), order.LeaseFromPolicy, nil
		}), 0},
		{"passed", rowWith(func(r *leases.Row) { r.State = leases.StatePassed }), 0},
	} {
		m := Reminder(testReminder(c.row))
		if err := wellFormed(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := len(rowButtons(m)); n != c.buttons {
			t.Errorf("%s has %d buttons, want %d", c.name, n, c.buttons)
		}
		if n := strings.Count(m.Text+mrkdwnOf(m.Blocks)[0], "<@"); n > 1 {
			t.Errorf("%s mentions %d people", c.name, n)
		}
		fmt.Fprintf(&all, "== %s\n%s", c.name, onPhone(m.Blocks[:1]))
		if c.row.State == leases.StateExtended || c.row.State == leases.StatePassed {
			followed := ReminderFollowed(c.row)
			if err := wellFormed(followed); err != nil {
				t.Errorf("%s, followed: %v", c.name, err)
			}
			fmt.Fprintf(&all, "-- followed by\n%s", onPhone(followed.Blocks))
		}
	}
	goldenText(t, "reminder_states", all.String())
}

func renews(r *leases.Row) {
	r.Renews, r.Lease.AutoRenew, r.Lease.RenewStatedAt = true, true, testNow.Add(-9*24*time.Hour)
}

func ordered(s order.State) func(*leases.Row) {
	return func(r *leases.Row) { r.State, r.Order = leases.StateOrdered, byBob(s) }
}

func extended(r *leases.Row) {
	r.State, r.Lease.ExpiresAt = leases.StateExtended, testEnds.Add(72*time.Hour)
}

func rowButtons(m Message) (list []*slack.ButtonBlockElement) {
	for _, b := range m.Blocks {
		if row, ok := b.(*slack.ActionBlock); ok {
			for _, e := range row.Elements.ElementSet {
				list = append(list, e.(*slack.ButtonBlockElement))
			}
		}
	}
	return list
}

// Slack asks before each purchase: how many hours, at which price, from which balance,
// and until when the server then runs.
func TestReminder_AsksBeforeEachPurchase(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, c := range []struct {
		name   string
		change func(*leases.Row)
	}{
		{"as usual", func(*leases.Row) {}},
		{"not covered", func(r *leases.Row) { r.Balance.Amount = euros("1.00") }},
		{"price not known", func(r *leases.Row) { r.Offers = nil }},
		{"balance not known", func(r *leases.Row) { r.Balance = order.Balance{} }},
	} {
		v := testReminder(rowWith(c.change))
		v.Zone = time.FixedZone("CET", 3600)
		fmt.Fprintf(&all, "== %s\n", c.name)
		for i, b := range rowButtons(Reminder(v)) {
			if hours, ok := OfferedBy(b.ActionID); ok != (i < 3) || ok && hours != leases.OfferedHours()[i] {
				t.Errorf("button %d offers %d, %v", i, hours, ok)
			}
			fmt.Fprintf(&all, "[%s] %s %s\n", b.Text.Text, b.ActionID, b.Value)
			if (b.Confirm == nil) != (b.ActionID == ActionRemindStop) {
				t.Errorf("%s: the dialog of %s", c.name, b.ActionID)
			}
			if d := b.Confirm; d != nil {
				fmt.Fprintf(&all, "%s\n%s\n[%s] [%s]\n", d.Title.Text, wrap(d.Text.Text, phoneWidth), d.Confirm.Text, d.Deny.Text)
			}
		}
	}
	goldenText(t, "reminder_dialogs", all.String())
}

// Without its blocks, a reminder still says everything, but once that buttons are missing.
func TestReminder_Plain(t *testing.T) {
	t.Parallel()
	plain := Reminder(testReminder(testRow(), testRow())).Plain()
	if strings.Count(plain, "buttons cannot be shown") != 1 || !strings.Contains(plain, "0.43 EUR") {
		t.Errorf("it is %s", plain)
	}
}

// No text from outside becomes markup in a reminder, however many servers it names, and
// Slack accepts it.
func TestReminder_NothingBecomesMarkup(t *testing.T) {
	t.Parallel()
	states := []leases.State{leases.StateOpen, leases.StateOrdered, leases.StateStopped, leases.StateExtended, leases.StatePassed, "evil`"}
	rapid.Check(t, func(t *rapid.T) {
		v := ReminderView{
			Currency: outside(t, "currency"), Admins: []string{outside(t, "admin"), "U0CAROL"}, Bot: outside(t, "bot"),
			AccountName: func(string) string { return hostile[0] },
			View:        leases.View{Now: testNow, Unposted: outside(t, "channel")},
		}
		for range rapid.IntRange(1, leases.MaxServers).Draw(t, "servers") {
			o := hostileOrder(t)
			if rapid.Bool().Draw(t, "id of the host") {
				o.Server.ID = strings.Repeat("a", 64)
			}
			r := leases.Row{
				Entry: leases.Entry{Server: o.Server, Lease: testEnds}, State: rapid.SampledFrom(states).Draw(t, "state"),
				Lease:   order.Lease{ExpiresAt: o.Deadline, From: order.LeaseFromPolicy, Elsewhere: o.Hours, Unstated: o.Hours, PlanPrice: hostileSum(t, "plan"), Last: &o},
				Account: o.Account, Balance: order.Balance{Amount: hostileSum(t, "balance")}, Order: &o, StoppedBy: o.DecidedBy, Renews: true,
			}
			for range leases.OfferedHours() {
				r.Offers = append(r.Offers, leases.Offer{Hours: o.Hours, Estimate: order.Estimate{Amount: hostileSum(t, "cost"), From: o.Estimate.From}})
			}
			v.Rows = append(v.Rows, r)
			v.Needs = append(v.Needs, leases.Need{Account: o.Account, Amount: hostileSum(t, "need").Decimal, Balance: r.Balance})
			for name, m := range map[string]Message{"followed": ReminderFollowed(r), "stopped": RemindersStopped(o.Server, testEnds)} {
				if err := wellFormed(m); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		if err := wellFormed(Reminder(v)); err != nil {
			t.Fatal(err)
		}
	})
}

// What is said about each of ten servers, and about what their accounts need, is not cut.
func TestReminder_TenServersAreNotCut(t *testing.T) {
	t.Parallel()
	var rows []leases.Row
	for range leases.MaxServers {
		rows = append(rows, rowWith(func(r *leases.Row) {
			renews(r)
			r.Entry.Server.Name, r.Lease.Elsewhere, r.Balance.Amount = strings.Repeat("w", 40), 720, euros("12345.67")
		}))
	}
	v := testReminder(rows...)
	for range maxNeedy + 1 {
		v.Needs = append(v.Needs, leases.Need{Account: strings.Repeat("a", 36), Amount: decimal.RequireFromString("12345.67"), Servers: 10, Balance: order.Balance{Amount: euros("1234.56")}})
	}
	m := Reminder(v)
	if err := wellFormed(m); err != nil {
		t.Error(err)
	}
	for _, text := range mrkdwnOf(m.Blocks) {
		if strings.Contains(text, "…") {
			t.Errorf("cut: %s", text)
		}
	}
	for _, part := range []string{"and 1 more account", "<@U0DAVE>"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("without %s: %s", part, m.Text)
		}
	}
	if len(m.Blocks) > 50 || mrkdwn.Len(m.Text) > maxText {
		t.Errorf("%d blocks, %d characters of text", len(m.Blocks), mrkdwn.Len(m.Text))
	}
}

// However long the texts about ten servers are, Slack accepts the message.
func TestReminder_LongTextsAreCut(t *testing.T) {
	t.Parallel()
	long, sum := strings.Repeat("w", 200), euros(strings.Repeat("9", 24)+"."+strings.Repeat("9", 20))
	row := rowWith(func(r *leases.Row) {
		renews(r)
		r.Entry.Server.Name, r.Account, r.Lease.Elsewhere, r.Lease.Unstated = long, long, 999, 999
		r.Balance.Amount, r.Lease.PlanPrice, r.Lease.Last.Person.User = sum, sum, long
		for i := range r.Offers {
			r.Offers[i].Estimate.Amount = sum
		}
	})
	v := testReminder(slices.Repeat([]leases.Row{row}, leases.MaxServers)...)
	v.AccountName = func(string) string { return long }
	v.Unposted = "C0OPS"
	v.Needs = slices.Repeat([]leases.Need{{Account: long, Amount: sum.Decimal, Servers: 10, Balance: row.Balance}}, 9)
	if err := wellFormed(Reminder(v)); err != nil {
		t.Error(err)
	}
}

// A press that changed nothing says why: another one was first, the lease is over, the
// price is higher, or the person may not.
func TestReminder_RefusalsSayWhy(t *testing.T) {
	t.Parallel()
	asked := RefusalView{
		Person: alice(), Click: true, Lease: testEnds, Server: "web-1", Command: "/rent", Limit: testLimit, Link: testLink,
		Order:        order.Order{Server: order.Server{Name: "web-1"}, Estimate: order.Estimate{Amount: euros("2.60")}, Currency: "EUR", Person: alice()},
		SeenEstimate: euros("1.30"), Retype: func(server string) string { return server + " 3 days" },
	}
	over := func(at time.Time) error { return &order.Error{Code: order.CodeLeaseOver, Expiry: at} }
	own := byBob(order.Placing)
	own.Person = alice()
	goldenMessages(t, "reminder_refusals", []named{
		{"waits for approvals", Refusal(coded(order.CodeLeaseTaken, byBob(order.Pending)), asked)},
		{"on its way", Refusal(coded(order.CodeLeaseTaken, byBob(order.Approved)), asked)},
		{"on its way, the person's own", Refusal(coded(order.CodeLeaseTaken, own), asked)},
		{"unknown", Refusal(coded(order.CodeLeaseTaken, byBob(order.Unknown)), asked)},
		{"placed", Refusal(coded(order.CodeLeaseTaken, byBob(order.Placed)), asked)},
		{"extended meanwhile", Refusal(over(testEnds.Add(72*time.Hour)), asked)},
		{"passed", Refusal(over(testEnds), asked)},
		{"ends sooner", Refusal(over(testEnds.Add(-time.Hour)), asked)},
		{"not known anymore", Refusal(over(time.Time{}), asked)},
		{"more expensive", Refusal(coded(order.CodeRepriced, nil), asked)},
		{"more than the person may order", Refusal(&order.Error{Code: order.CodeBadHours, MaxHours: 48}, asked)},
		{"not their server", Refusal(coded(order.CodeUnknownServer, nil, "web-2"), asked)},
		{"needs approvals, in a direct message", Refusal(ruled(order.CodeNeedsChannel, databases()), asked)},
		{"reminders stopped", RemindersStopped(order.Server{Name: "web-1"}, testEnds)},
	})
}

// The card of an order that a press on a reminder approved says who extends what; later it
// says what became of it, like any other card.
func TestCard_OfOneClick(t *testing.T) {
	t.Parallel()
	retried := byBob(order.Approved)
	retried.RetryAt, retried.Reason = testNow.Add(time.Second), "connection refused"
	approved := byBob(order.Approved)
	approved.Approvals = []order.Approval{{User: "U0CARO"}}
	unpriced := byBob(order.Approved)
	unpriced.Estimate = order.Estimate{}
	var all strings.Builder
	for _, o := range []*order.Order{byBob(order.Approved), byBob(order.Placing), unpriced, retried, approved, byBob(order.Placed)} {
		m := Card(testView(*o))
		if err := wellFormed(m); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&all, "== %s\n%s\n%s", o.State, m.Text, onPhone(m.Blocks))
	}
	goldenText(t, "card_one_click", all.String())
}

// What a button says is read back as it was written, and nothing else is read.
func FuzzParsePress(f *testing.F) {
	for _, seed := range []string{
		"a6bbde9c|1772532245|1.30", "srv-1|1|-", "srv-1|1|0.00", "srv-1|01|-", "srv-1|-1|-", "srv-1|1|1e9", "srv-1|1|-1.00", "srv-1|1|01.00",
		"|1|-", "srv-1|1", "srv-1|1|-|", "srv-1|999999999999|-", "<!channel>|1|-", strings.Repeat("a", 65) + "|1|-", "srv-1|1|1.3", "srv-1|1|99999999999999.00", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		p, ok := ParsePress(value)
		if !ok {
			if p != (Press{}) || p.SameLease(value) {
				t.Errorf("%q is refused, but read as %v", value, p)
			}
			return
		}
		if p.String() != value || !p.SameLease(value) {
			t.Errorf("%q became %q", value, p)
		}
		if !order.ValidHostID(p.ServerID) || p.Lease.Unix() <= 0 || p.Lease.Year() > 9999 || p.Cost.Decimal.IsNegative() || len(value) > 110 {
			t.Errorf("%q is read as %v", value, p)
		}
	})
}

// Every button's value is read back, also with a price that cannot be written.
func TestPress_IsReadBack(t *testing.T) {
	t.Parallel()
	for _, b := range rowButtons(Reminder(testReminder(testRow()))) {
		p, ok := ParsePress(b.Value)
		if !ok || p.ServerID != testRow().Entry.Server.ID || !p.Lease.Equal(testEnds) || p.Cost.Valid == (b.ActionID == ActionRemindStop) {
			t.Errorf("%s is read as %+v, %v", b.Value, p, ok)
		}
	}
	for cost, want := range map[string]string{"-1": "-", "1e20": "-", "1e-20": "-", "0": "0.00", "12.345": "12.345"} {
		if got := (Press{ServerID: "s", Lease: testEnds, Cost: euros(cost)}).String(); !strings.HasSuffix(got, "|"+want) {
			t.Errorf("%s is written as %s, want %s", cost, got, want)
		}
	}
}
