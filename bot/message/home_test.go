package message

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// The App Home shows a person's servers and orders. People who are not on the
// list see their user id.
func TestHome_Golden(t *testing.T) {
	var recent []OrderLine
	for _, s := range order.States() {
		recent = append(recent, OrderLine{Order: testOrder(s)})
	}
	waiting := rulingView(order.RuleState{Name: "long", Count: 1, Approvers: []string{"U0CARO"}})
	limit := func(per order.LimitPer, used, most string) order.LimitUse {
		return order.LimitUse{LimitState: order.LimitState{
			Limit:      order.Limit{Per: per, Within: 24 * time.Hour, Amount: decimal.NewNullDecimal(decimal.RequireFromString(most))},
			UsedAmount: decimal.RequireFromString(used),
		}, Account: "acc-17"}
	}
	servers := []ServerLine{{Server: order.Server{Name: "db-1", ID: "b"}}, {Server: order.Server{Name: "web-1", ID: "a"}, Lease: order.Lease{ExpiresAt: testNow.Add(5 * time.Hour)}}}
	for name, v := range map[string]HomeView{
		"full": {
			AnswerView: AnswerView{Command: "/rent", Now: testNow, Currency: "EUR", Servers: servers, Orders: recent},
			Waiting:    []OrderView{waiting}, MoreWaiting: 3, Admin: true, Unknown: []OrderLine{{Order: testOrder(order.Unknown)}}, MayOrder: true, Known: true,
			Spending: order.Spending{Hours: 96, Amount: decimal.RequireFromString("12.5"), Limits: []order.LimitUse{
				limit(order.PerPerson, "12.5", "50"), limit(order.PerAccount, "0", "100"), limit(order.PerAll, "500", "500"),
				{LimitState: order.LimitState{Limit: order.Limit{Per: order.PerPerson, Within: 720 * time.Hour, Hours: 240}, UsedHours: 1}},
			}},
			Month: testNow, AccountName: func(string) string { return "Ops" },
		},
		"new":      {AnswerView: AnswerView{AnyServer: true, Now: testNow}, Month: testNow, Known: true, MayOrder: true},
		"approver": {AnswerView: AnswerView{Now: testNow}, Known: true, Waiting: []OrderView{waiting}},
		"stranger": {},
	} {
		t.Run(name, func(t *testing.T) {
			v.Person, v.Limit = alice(), testLimit
			if name == "stranger" {
				v.Person = bob()
			}
			view := Home(v)
			if view.Type != slack.VTHomeTab {
				t.Errorf("type %q", view.Type)
			}
			golden(t, "home_"+name, Message{Text: "home", Blocks: view.Blocks.BlockSet})
		})
	}
}

// The App Home stays within Slack's limits, however much there is to show and however long it
// is.
func TestHome_WithinLimits(t *testing.T) {
	const many = 300
	long := strings.Repeat("&", 200)
	o := testOrder(order.Unknown)
	o.Server.Name, o.Purpose = long, long
	v := HomeView{
		AnswerView: AnswerView{AnyServer: true, Now: testNow, Currency: "EUR"}, Person: alice(), Known: true, MayOrder: true, Admin: true, Limit: testLimit,
		MoreWaiting: many, MoreUnknown: many, Month: testNow, AccountName: func(string) string { return long },
	}
	for i := range many {
		waiting := rulingView(order.RuleState{Name: long, Count: 1, Approvers: []string{"U0CARO"}})
		waiting.Order.ID, waiting.Order.Server.Name, waiting.About, waiting.Order.Purpose = order.ID(fmt.Sprint(i)), long, long, long
		last := o
		last.State = order.Placed
		v.Waiting, v.Unknown = append(v.Waiting, waiting), append(v.Unknown, OrderLine{Order: o})
		v.Orders = append(v.Orders, OrderLine{Order: o}, OrderLine{Order: last})
		v.Servers = append(v.Servers, ServerLine{Server: order.Server{Name: fmt.Sprint(long, i)}, About: long, Lease: order.Lease{Last: &last}})
		v.Spending.Limits = append(v.Spending.Limits, order.LimitUse{LimitState: order.LimitState{Limit: order.Limit{Per: order.PerAccount, Within: time.Hour, Hours: 5}}})
	}
	view := Home(v)
	if err := blockkit.Check(blockkit.Home, view.Blocks); err != nil {
		t.Error(err)
	}
	if text, err := json.Marshal(view); err != nil || len(text) > 200_000 {
		t.Errorf("%d bytes; %v", len(text), err)
	}
}

// What a press on the App Home counts for is in its block, as on a card. Several orders do not
// have the same block.
func TestHome_BlockSaysWhatWasSeen(t *testing.T) {
	one, two := rulingView(), rulingView()
	two.Order.ID, two.Order.ExtendedBy, two.ExtendedBy = "other", "extended", &one.Order
	two.Order.Estimate.Amount = euros("2.5")
	blocks := Home(HomeView{Known: true, Waiting: []OrderView{one, two}}).Blocks.BlockSet
	var seen []Seen
	for _, b := range blocks {
		if row, ok := b.(*slack.ActionBlock); ok {
			seen = append(seen, SeenOn(row.BlockID))
		}
	}
	want := []Seen{{Estimate: euros("1.30")}, {Estimate: euros("2.5"), ExtendedBy: "extended"}}
	if !slices.EqualFunc(seen, want, func(a, b Seen) bool {
		return a.ExtendedBy == b.ExtendedBy && a.Estimate.Decimal.Equal(b.Estimate.Decimal)
	}) {
		t.Errorf("got %v, want %v", seen, want)
	}
	for id, want := range map[string]order.ID{"home=x|order:y": "y", "home=x": "", "home=x|": "", "home=|home=x|order:y": "", "x|order:y": ""} {
		if got := SeenOn(id); got.ExtendedBy != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// A bar is empty only if nothing is used, and full only if nothing is left.
func TestHome_Bar(t *testing.T) {
	for parts, want := range map[[2]string]string{
		{"0", "50"}: "░░░░░░░░░░", {"0.01", "50"}: "▓░░░░░░░░░", {"25", "50"}: "▓▓▓▓▓░░░░░", {"49.99", "50"}: "▓▓▓▓▓▓▓▓▓░",
		{"50", "50"}: "▓▓▓▓▓▓▓▓▓▓", {"70", "50"}: "▓▓▓▓▓▓▓▓▓▓", {"0", "0"}: "▓▓▓▓▓▓▓▓▓▓",
	} {
		if got := bar(decimal.RequireFromString(parts[0]), decimal.RequireFromString(parts[1])); got != want {
			t.Errorf("%v: %s, want %s", parts, got, want)
		}
	}
}
