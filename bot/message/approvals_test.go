package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// databases is a rule that needs two of three: two people and a group.
func databases(by ...string) order.RuleState {
	return order.RuleState{Name: "databases", Approvers: []string{"U0CARO", "U0DAVE", "S0LEADS"}, Count: 2, By: by}
}

// long is a rule that needs one of two people.
func long(by ...string) order.RuleState {
	return order.RuleState{Name: "long", Approvers: []string{"U0CARO", "U0ERIN"}, Count: 1, By: by}
}

// rulingView returns a pending order that needs what rules ask for, and has the yes
// of everybody whom they count.
func rulingView(rules ...order.RuleState) OrderView {
	v := testView(typedOrder(order.Pending))
	v.Order.Server.Name, v.Order.Deadline = "db-1", testNow.Add(8*time.Hour)
	v.Lease = leaseOf(testReceipt())
	v.Ruling.Rules = rules
	for _, r := range rules {
		for _, user := range r.By {
			if !v.Order.ApprovedBy(user) {
				v.Order.Approvals = append(v.Order.Approvals, order.Approval{User: user, At: testNow})
			}
		}
	}
	return v
}

// approvedView returns an order in a state that others approved.
func approvedView(s order.State, users ...string) OrderView {
	v := testView(typedOrder(s))
	v.Order.Server.Name = "db-1"
	for _, user := range users {
		v.Order.Approvals = append(v.Order.Approvals, order.Approval{User: user, At: testNow.Add(-time.Minute)})
		if v.Order.DecidedBy == "U0ALICE" && s != order.Cancelled {
			v.Order.DecidedBy = users[len(users)-1]
		}
	}
	return v
}

// One line of a card says who must approve and who did.
func TestCard_Approvals(t *testing.T) {
	t.Parallel()
	one := order.RuleState{Name: "long", Approvers: []string{"U0CARO"}, Count: 1}
	both := order.RuleState{Name: "both", Approvers: []string{"U0CARO", "U0DAVE"}, Count: 2}
	unread := databases()
	unread.Unreadable = []string{"S0LEADS"}
	many := order.RuleState{Name: "many", Count: 3}
	for i := range 12 {
		many.Approvers = append(many.Approvers, fmt.Sprintf("U0PERSON%d", i))
	}
	barred, nobody, complete := rulingView(one), rulingView(databases()), rulingView(long("U0CARO"))
	barred.Blocked, nobody.Blocked, complete.Ruling.Complete = order.CodeBarred, order.CodeNoApprovers, true
	again, named := rulingView(one), rulingView(one)
	again.Order.ExtendedBy, named.AccountName, named.About = "06ppv000-00000000", "Ops", "orders database"
	price := order.RuleState{Name: "price not known", Approvers: []string{"U0CARO", "U0DAVE"}, Count: 1, Price: true}
	unpriced, priceToo, noAdmin := rulingView(price), rulingView(databases("U0CARO"), price), rulingView(price)
	for _, v := range []*OrderView{&unpriced, &priceToo, &noAdmin} {
		v.Order.Estimate, v.Lease = order.Estimate{From: order.PriceUnheard}, order.Lease{}
	}
	noAdmin.Blocked = order.CodePriceUnknown
	unruled := rulingView()
	unruled.Blocked = order.CodeBarred
	for name, v := range map[string]OrderView{
		"one": rulingView(one), "both": rulingView(both), "one_of_both": rulingView(order.RuleState{Name: "both", Approvers: both.Approvers, Count: 2, By: []string{"U0DAVE"}}),
		"group": rulingView(databases()), "half": rulingView(databases("U0CARO")), "member": rulingView(databases("U0ERIN")),
		"rules": rulingView(long(), databases()), "rules_half": rulingView(long("U0CARO"), databases("U0CARO")),
		"price": unpriced, "price_too": priceToo, "no_admin": noAdmin,
		"unreadable": rulingView(unread), "many": rulingView(many), "complete": complete,
		"barred": barred, "barred_unruled": unruled, "no_approvers": nobody, "extended": again, "account": named,
	} {
		t.Run(name, func(t *testing.T) { golden(t, "card_needs_"+name, Card(v)) })
	}
}

// A card that needs approvals has few lines on a phone, and mentions the requester
// once.
func TestCard_ApprovalsFitPhone(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]OrderView{
		"one rule": rulingView(databases()), "half": rulingView(databases("U0CARO")), "two rules": rulingView(long(), databases()),
	} {
		shown := onPhone(Card(v).Blocks)
		if strings.Count(shown, "\n") > 9 || strings.Count(shown, "@alice") != 1 {
			t.Errorf("%s:\n%s", name, shown)
		}
	}
}

// Once people approved an order, its card, its receipt, and its details say who.
func TestApproved_SaysWho(t *testing.T) {
	t.Parallel()
	var all []named
	for _, s := range order.States() {
		v := approvedView(s, "U0ERIN", "U0DAVE")
		list := []named{{"card", Card(v)}, {"status", OrderStatus(AnswerView{Orders: []OrderLine{linked(v.Order)}})}, {"details", Details(v)}}
		if m, ok := ThreadMessage(v); ok {
			list = append(list, named{"thread", m})
		}
		for _, n := range list {
			said := strings.Join(mrkdwnOf(n.m.Blocks), "\n")
			silent := n.name == "status" || n.name == "thread" && s != order.Placed || s == order.Cancelled
			if s != order.Pending && !silent && (!strings.Contains(said, "<@U0ERIN>") || !strings.Contains(said, "<@U0DAVE>")) {
				t.Errorf("%s: the %s does not say who approved:\n%s", s, n.name, said)
			}
			all = append(all, named{n.name + ": " + string(s), Message{Text: said, Blocks: []slack.Block{section(said)}}})
		}
	}
	goldenMessages(t, "approved", all)
}

// The other messages about approvals, each of which can be read alone.
func TestApprovalMessages_Golden(t *testing.T) {
	t.Parallel()
	v := rulingView(databases("U0CARO"))
	reminder, ok := ApprovalReminder(v)
	if !ok || strings.Contains(reminder.Text, "<@U0CARO>") {
		t.Errorf("the reminder mentions who pressed: %s", reminder.Text)
	}
	if _, ok := ApprovalReminder(rulingView(long("U0CARO"))); ok {
		t.Error("a reminder although nobody is missing")
	}
	declined := approvedView(order.Declined, "U0DAVE")
	reasoned := declined
	reasoned.Order.DeclineReason = "we have no budget *this* week"
	expired, half := testView(testOrder(order.Expired)), approvedView(order.Expired, "U0CARO")
	expired.Order.RemindAt = testNow
	about := rulingView(long())
	about.About = "orders database of the shop, and of all that comes after"
	short, unpriced := v, rulingView(order.RuleState{Name: "price not known", Approvers: []string{"U0CARO", "U0DAVE"}, Count: 1, Price: true})
	short.Balance = order.Balance{Amount: euros("0.40"), At: testNow}
	unpriced.Order.Estimate = order.Estimate{From: order.PriceUnheard}
	unpricedReminder, _ := ApprovalReminder(unpriced)
	view := AnswerView{Command: "/rent", Now: testNow, Currency: "EUR"}
	line := func(v OrderView) OrderLine { l := linked(v.Order); l.Ruling = v.Ruling; return l }
	thread, _ := ThreadMessage(declined)
	goldenMessages(t, "approvals", []named{
		{"direct message", ApprovalRequest(v, testLink)},
		{"direct message without a link", ApprovalRequest(about, "")},
		{"direct message, balance too low", ApprovalRequest(short, testLink)},
		{"direct message, price not known", ApprovalRequest(unpriced, testLink)},
		{"reminder, price not known", unpricedReminder},
		{"approvals, price not known", Approvals(ApprovalsView{AnswerView: view, Mine: []OrderLine{line(unpriced)}})},
		{"status, price not known", OrderStatus(AnswerView{Orders: []OrderLine{line(unpriced)}})},
		{"reminder", reminder},
		{"thread: declined", thread},
		{"thread: why", DeclineReason(reasoned.Order)},
		{"card: declined, and why", Message{Text: cardLine(reasoned), Blocks: []slack.Block{section(cardLine(reasoned))}}},
		{"card: expired, nobody", Message{Text: cardLine(expired), Blocks: []slack.Block{section(cardLine(expired))}}},
		{"card: expired, half", Message{Text: cardLine(half), Blocks: []slack.Block{section(cardLine(half))}}},
		{"approvals", Approvals(ApprovalsView{AnswerView: view, Mine: []OrderLine{line(v), line(rulingView(long(), databases()))}, Others: []OrderLine{line(rulingView(long()))}})},
		{"approvals, only mine", Approvals(ApprovalsView{AnswerView: view, Mine: []OrderLine{line(v)}})},
		{"approvals, only of others", Approvals(ApprovalsView{AnswerView: view, Others: []OrderLine{line(v)}})},
		{"approvals, none", Approvals(ApprovalsView{AnswerView: view})},
		{"status", OrderStatus(AnswerView{Orders: []OrderLine{line(v)}})},
		{"history", OrderHistory(AnswerView{Orders: []OrderLine{line(v), linked(approvedView(order.Placed, "U0CARO").Order)}})},
	})
}

// The modal asks one thing, and Slack accepts it.
func TestDeclineModal_OneQuestion(t *testing.T) {
	t.Parallel()
	o := approvedView(order.Declined).Order
	m := DeclineModal(o)
	if err := blockkit.Check(blockkit.Modal, m.Blocks.BlockSet); err != nil {
		t.Error(err)
	}
	input, ok := m.Blocks.BlockSet[1].(*slack.InputBlock)
	if !ok || input.BlockID != "reason" || m.CallbackID != "decline_reason" || m.PrivateMetadata != string(o.ID) {
		t.Fatalf("the modal is %+v", m)
	}
	offer := OfferDeclineModal(o)
	if buttonsOf(offer) != "order_decline_reason  "+string(o.ID) {
		t.Errorf("the offer has the buttons %q", buttonsOf(offer))
	}
	golden(t, "decline_offer", offer)
	goldenText(t, "decline_modal", fmt.Sprintf("# %s\n\n%s[%s] [%s]\n", m.Title.Text, readable(m.Blocks.BlockSet[:1]), m.Submit.Text, m.Close.Text))
}

// However many rules and approvers there are, what is missing stays readable.
func TestApprovals_ManyAreCut(t *testing.T) {
	t.Parallel()
	rule := order.RuleState{Name: strings.Repeat("long name ", 30), Count: 50}
	for i := range 100 {
		rule.Approvers = append(rule.Approvers, fmt.Sprintf("S0GROUP%d", i))
	}
	m := Card(rulingView(slices.Repeat([]order.RuleState{rule}, 40)...))
	if err := wellFormed(m); err != nil || mrkdwn.Len(m.Text) > 2500 {
		t.Errorf("%d characters: %v", mrkdwn.Len(m.Text), err)
	}
}
