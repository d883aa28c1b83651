package message

import (
	"fmt"

	"github.com/slack-go/slack"

	"extendbot/order"
)

// HomeView is what a person's App Home is made of.
type HomeView struct {
	Person  order.Person
	Command string         // the name of the command, such as "/extend"
	Known   bool           // whether they are on the allowlist
	Servers []order.Server // what they may extend; none: any server by its id
	Recent  []order.Order  // their latest orders, newest first
	Limit   order.Hours    // the most that one order may buy
}

// MaxRecent is how many orders a home tab lists.
const MaxRecent = 10

// Home returns the App Home of one person: how to order, which servers they may
// extend, and the state of their latest orders. People who are not on the
// allowlist see their Slack user id, so that they can send it to the person who
// runs the bot.
//
// https://docs.slack.dev/surfaces/app-home
func Home(v HomeView) slack.HomeTabViewRequest {
	blocks := []slack.Block{header("Extend a server")}
	if v.Known {
		blocks = append(blocks,
			section(fmt.Sprintf("Type %s in a channel.", commandText(v.Command, exampleServer(v.Servers), exampleTime(v.Limit)))),
			section(serverLine(v.Servers)))
	} else {
		blocks = append(blocks, section(notListed+" "+howToBeListed(v.Person)))
	}
	blocks = append(blocks, slack.NewDividerBlock(), header("Your latest orders"))
	return slack.HomeTabViewRequest{
		Type:   slack.VTHomeTab,
		Blocks: slack.Blocks{BlockSet: append(blocks, recentBlocks(v.Recent)...)},
	}
}

func recentBlocks(recent []order.Order) []slack.Block {
	if len(recent) == 0 {
		return []slack.Block{section("You have not asked for anything yet.")}
	}
	var entries []string
	for _, o := range recent[:min(len(recent), MaxRecent)] {
		entries = append(entries, orderEntry(OrderLine{Order: o}, "", false))
	}
	return sections(entries)
}
