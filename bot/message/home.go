package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/slack-go/slack"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// HomeView is what a person's App Home is made of.
type HomeView struct {
	AnswerView // Servers, AnyServer, and in Orders the latest orders of the person, newest first

	Person order.Person
	// MayOrder is whether the policy lets the person order, and Known whether it knows them
	// at all: as somebody who orders, approves or settles.
	MayOrder, Known bool
	GroupUnread     bool        // MayOrder is not known now, because it depends on a group
	Limit           order.Hours // the most that one order may buy
	// Waiting are the orders that wait for the person's approval, at most MaxHomeWaiting, as
	// their cards are made of, and MoreWaiting is how many more there are. Links has the
	// links to cards, as far as they are known.
	Waiting     []OrderView
	MoreWaiting int
	Links       map[order.ID]string
	// Unknown are the orders whose outcome is unknown, at most MaxRecent, and MoreUnknown is
	// how many more there are. They are shown to admins.
	Unknown     []OrderLine
	MoreUnknown int
	Admin       bool // the person is one
	// Spending is what the person spent since the beginning of Month.
	Spending order.Spending
	Month    time.Time
	// AccountName returns what the policy calls an account, or "".
	AccountName func(account string) string
}

// How much an App Home lists. The rest is only counted. Slack takes 100 blocks.
const (
	maxHomeServers = 20
	maxHomeLimits  = 12
	// MaxHomeWaiting is how many orders have their buttons. Each takes two blocks.
	MaxHomeWaiting = 10
	// MaxRecent is how many open orders are listed, how many others, and how many unknown
	// outcomes.
	MaxRecent = 10
)

// Home returns the App Home of one person: what waits for them, their servers, their orders,
// and what they spent. People whom the policy does not know see their Slack user id, so that
// they can send it to the person who runs the bot.
//
// https://docs.slack.dev/surfaces/app-home
func Home(v HomeView) slack.HomeTabViewRequest {
	var blocks []slack.Block
	if !v.Known {
		blocks = []slack.Block{header("Extend a server"), section(notListed + " " + howToBeListed(v.Person))}
	} else {
		blocks = slices.Concat(homeWaiting(v), homeUnknown(v), homeServers(v), homeOrders(v), homeSpending(v))
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

// homeWaiting shows the orders that wait for the person, each with the buttons of its card.
func homeWaiting(v HomeView) []slack.Block {
	switch {
	case len(v.Waiting) == 0 && !v.MayOrder:
		return []slack.Block{header("Waiting for your approval"), section("Nothing waits for you.")}
	case len(v.Waiting) == 0:
		return nil
	}
	blocks := []slack.Block{header("Waiting for your approval")}
	for _, w := range v.Waiting[:min(len(v.Waiting), MaxHomeWaiting)] {
		lines := append(pendingLines(w), orderLink(w.Order.ID, v.Links[w.Order.ID]))
		buttons := cardButtons(w)
		buttons.BlockID = homeBlockID(w.Order)
		blocks = append(blocks, section(strings.Join(lines, "\n")), buttons)
	}
	return append(blocks, homeMore(v.MoreWaiting, ": "+commandText(v.Command, "approvals"))...)
}

// homeMore says how much of a list is left out, and where it is.
func homeMore(more int, where string) []slack.Block {
	if more <= 0 {
		return nil
	}
	return []slack.Block{section(fmt.Sprintf("and %d more%s", more, where))}
}

// homeUnknown lists for admins what people have to find out.
func homeUnknown(v HomeView) []slack.Block {
	if !v.Admin || len(v.Unknown) == 0 {
		return nil
	}
	var entries []string
	for _, l := range v.Unknown[:min(len(v.Unknown), MaxRecent)] {
		o := l.Order
		entries = append(entries, fmt.Sprintf("• %s, %s\n%s",
			dotted(serverName(o.Server)+" "+o.ShortTime(), mention(o.Person.User)), date(o.ChangedAt), orderLink(o.ID, l.Link)))
	}
	return slices.Concat([]slack.Block{header("Outcome unknown")}, sections(entries), homeMore(v.MoreUnknown, ""))
}

// homeServers lists the person's servers, each with a button that opens the form.
func homeServers(v HomeView) []slack.Block {
	if !v.MayOrder {
		return []slack.Block{section(mayNotOrder(v.Person, v.GroupUnread))}
	}
	blocks := []slack.Block{header("Your servers")}
	servers := slices.SortedStableFunc(slices.Values(v.Servers), func(a, b ServerLine) int { return byExpiry(a, b, v.Now) })
	for _, s := range servers[:min(len(servers), maxHomeServers)] {
		fill := Fill{Server: s.Server.Label(), Ask: true}
		if s.Lease.Last != nil {
			fill.Channel = s.Lease.Last.Channel
		}
		extend := button(ActionHomeForm, fill.String(), "Extend", "Extend "+mrkdwn.Plain(s.Server.Label(), maxModalTitle), slack.StyleDefault)
		text := strings.TrimPrefix(serverEntry(s, v.AnswerView), "• ")
		blocks = append(blocks, slack.NewSectionBlock(markdown(text, maxSection), nil, slack.NewAccessory(extend)))
	}
	blocks = append(blocks, homeMore(len(servers)-maxHomeServers, "")...)
	if len(servers) == 0 {
		blocks = append(blocks, section(serverLine(nil)))
	}
	if v.AnyServer || len(servers) > maxHomeServers {
		blocks = append(blocks, slack.NewActionBlock("", button(ActionHomeForm, Fill{Ask: true}.String(), "Extend…", "Extend a server", slack.StyleDefault)))
	}
	return append(blocks, footnotes(fmt.Sprintf("In a channel: %s", commandText(v.Command, homeExample(servers), exampleTime(v.Limit)))))
}

func homeExample(servers []ServerLine) string {
	if len(servers) == 0 {
		return exampleServer(nil)
	}
	return servers[0].Server.Label()
}

// homeOrders lists the person's open orders, and then the latest others.
func homeOrders(v HomeView) []slack.Block {
	if !v.MayOrder && len(v.Orders) == 0 {
		return nil
	}
	var blocks []slack.Block
	for _, part := range []struct {
		heading string
		open    bool
	}{{"Your open orders", true}, {"Your last orders", false}} {
		var entries []string
		for _, l := range v.Orders {
			if l.Order.State.Final() != part.open && len(entries) < MaxRecent {
				entries = append(entries, orderEntry(l, v.Currency, false))
			}
		}
		if len(entries) > 0 {
			blocks = append(append(blocks, header(part.heading)), sections(entries)...)
		}
	}
	if len(blocks) == 0 {
		return []slack.Block{header("Your last orders"), section("You have not asked for anything yet.")}
	}
	return blocks
}

// homeSpending says what the person spent this month, and what the limits leave.
func homeSpending(v HomeView) []slack.Block {
	if !v.MayOrder {
		return nil
	}
	s := v.Spending
	lines := []string{fmt.Sprintf("%s for %s", money(decimal.NewNullDecimal(s.Amount), v.Currency), inDays(s.Hours))}
	switch {
	case s.Hours == 0:
		lines[0] = "Nothing yet."
	case s.Amount.IsZero():
		lines[0] = inDays(s.Hours) + ", at a price that is not known."
	}
	for _, l := range s.Limits[:min(len(s.Limits), maxHomeLimits)] {
		lines = append(lines, limitBar(l, v))
	}
	return append([]slack.Block{header("Spent in " + v.Month.Format("January"))}, sections(lines)...)
}

// limitBar shows how much of a limit is used: "▓▓▓░░░░░░░ 12.99 of 50.00 EUR", and below it
// whose limit it is: "you, within 24 hours".
func limitBar(l order.LimitUse, v HomeView) string {
	used, most := l.UsedAmount, l.Amount.Decimal
	amounts := fmt.Sprintf("%s of %s", money(decimal.NewNullDecimal(used), ""), money(l.Amount, v.Currency))
	if l.Hours > 0 {
		used, most = decimal.NewFromInt(int64(l.UsedHours)), decimal.NewFromInt(int64(l.Hours))
		amounts = fmt.Sprintf("%d of %s", int(l.UsedHours), l.Hours.Short())
	}
	who := map[order.LimitPer]string{order.PerPerson: "you", order.PerAll: "everybody"}[l.Per]
	if l.Per == order.PerAccount {
		who = mrkdwn.Code(firstNonEmpty(mrkdwn.Visible(v.AccountName(l.Account)), l.Account), maxModalTitle)
	}
	return bar(used, most) + " " + amounts + "\n" + who + ", within " + l.Period()
}

const barWidth = 10

// bar draws a part of a whole. It is empty only for nothing, and full only for everything.
func bar(part, whole decimal.Decimal) string {
	n := barWidth
	if part.LessThan(whole) {
		n = int(part.Mul(decimal.NewFromInt(barWidth)).Div(whole).IntPart())
		if part.IsPositive() {
			n = max(n, 1)
		}
	}
	return strings.Repeat("▓", n) + strings.Repeat("░", barWidth-n)
}
