package message

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// The App Home shows a person's servers and orders. People who are not on the
// list see their user id.
func TestHome_ServersAndLatestOrders(t *testing.T) {
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
			Waiting:    []OrderView{waiting}, Admin: true, Unknown: []OrderLine{{Order: testOrder(order.Unknown)}}, MayOrder: true, Known: true,
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

// The App Home stays within Slack's limits, however much there is to show.
func TestHome_WithinLimits(t *testing.T) {
	waiting, unknown := testView(testOrder(order.Pending)), OrderLine{Order: testOrder(order.Unknown)}
	view := Home(HomeView{
		AnswerView: AnswerView{Servers: slices.Repeat([]ServerLine{{Server: waiting.Order.Server}}, 1000), AnyServer: true, Orders: slices.Repeat([]OrderLine{unknown}, 1000)},
		Person:     alice(), Known: true, MayOrder: true, Admin: true, Limit: testLimit,
		Waiting: slices.Repeat([]OrderView{waiting}, 1), Unknown: slices.Repeat([]OrderLine{unknown}, 1000),
		Spending: order.Spending{Limits: slices.Repeat([]order.LimitUse{{LimitState: order.LimitState{Limit: order.Limit{Per: order.PerAll, Within: time.Hour, Hours: 5}}}}, 1000)},
	})
	if err := errors.Join(blockkit.Check(blockkit.Home, view.Blocks), classic(view.Blocks.BlockSet)); err != nil {
		t.Error(err)
	}
}
