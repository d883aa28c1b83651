package message

import (
	"errors"
	"slices"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

// The App Home shows a person's servers and orders. People who are not on the
// list see their user id.
func TestHome_ServersAndLatestOrders(t *testing.T) {
	var recent []order.Order
	for _, s := range order.States() {
		recent = append(recent, testOrder(s))
	}
	for name, v := range map[string]HomeView{
		"full": {Person: alice(), Command: "/rent", Known: true, Limit: testLimit, Recent: recent,
			Servers: []order.Server{{Name: "web-1", ID: "a"}, {Name: "db-1", ID: "b"}}},
		"new":      {Person: alice(), Known: true, Limit: testLimit},
		"stranger": {Person: bob(), Limit: testLimit},
	} {
		t.Run(name, func(t *testing.T) {
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
	view := Home(HomeView{
		Person: alice(), Known: true, Limit: testLimit,
		Recent:  slices.Repeat([]order.Order{testOrder(order.Unknown)}, 1000),
		Servers: slices.Repeat([]order.Server{testOrder(order.Pending).Server}, 1000),
	})
	if err := errors.Join(blockkit.Check(blockkit.Home, view.Blocks), classic(view.Blocks.BlockSet)); err != nil {
		t.Error(err)
	}
}
