package message

import (
	"fmt"
	"strings"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// exampleTime returns a rental time within the limit; 0: no limit is known.
func exampleTime(limit order.Hours) string {
	switch {
	case limit <= 0 || limit >= 72:
		return "3d"
	case limit >= 24:
		return "24h"
	default:
		return fmt.Sprintf("%dh", limit)
	}
}

// exampleServer returns a server that a person may extend. Without servers, they
// may extend any server by its id.
func exampleServer(servers []order.Server) string {
	if len(servers) == 0 {
		return "<server id>"
	}
	return servers[0].Label()
}

// maxListed is how many servers are listed. The rest is only counted.
const maxListed = 30

// serverLine lists the servers that a person may extend. Without servers, they
// may extend any server by its id.
func serverLine(servers []order.Server) string {
	if len(servers) == 0 {
		return "You may extend any server of your 0xhost account. Type its id, as 0xhost shows it."
	}
	var names []string
	for _, s := range servers[:min(len(servers), maxListed)] {
		names = append(names, serverName(s))
	}
	line := "Your servers: " + strings.Join(names, ", ")
	if more := len(servers) - maxListed; more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return line + "."
}

// Usage shows how to write the command with a name, and which servers the person
// may extend, by at most limit hours in one order. Without servers, they may extend
// any server by its id.
func Usage(servers []order.Server, limit order.Hours, command string) Message {
	return withFormButton(notice(usageLines(servers, limit, commandName(command)+" ")...), Fill{})
}

// usageLines are the lines of the usage. before is what precedes the words in a text that
// works.
func usageLines(servers []order.Server, limit order.Hours, before string) []string {
	line := func(text, meaning string) string {
		text = mrkdwn.Code(before+text, maxTry)
		if meaning != "" {
			text += ": " + meaning
		}
		return text
	}
	server, time := exampleServer(servers), exampleTime(limit)
	return []string{
		line(server+" "+time, ""),
		line(server+" until tomorrow 18:00", ""),
		line(server+" "+time+" because of a demo", ""),
		timeLine(limit),
		"You confirm it on a card first.",
		line("list", "your servers"),
		line("history", "your latest orders"),
		line("status", "your open orders"),
		line("cancel", "withdraw an order"),
		line("approvals", "what waits for approval"),
		serverLine(servers),
	}
}

// UsageView is what a usage outside of a command is made of.
type UsageView struct {
	Servers  []order.Server // what the person may extend; none: any server by its id
	Limit    order.Hours    // the most that one order may buy
	Command  string         // its name, such as "/extend"
	Words    string         // what they wrote, if it is a text that works after the command's name
	Form     Fill           // with what the form begins that is offered
	InThread bool
}

// DirectUsage shows what works in a direct message to the bot, and offers the form.
func DirectUsage(v UsageView) Message {
	lines := append([]string{"Write me a server and a time; here it works without " + mrkdwn.Code(commandName(v.Command), maxName) + ":"},
		usageLines(v.Servers, v.Limit, "")...)
	return withFormButton(notice(lines...), v.Form)
}

// MentionUsage answers a mention of the bot: how to use it instead. What they wrote is a
// suggestion, if it would work.
func MentionUsage(v UsageView) Message {
	problem := "A mention orders nothing."
	if v.InThread {
		problem = "A mention orders nothing, and Slack takes no commands in threads."
	}
	if v.Words != "" {
		return withFormButton(suggest(v.Command, problem, "Try", []string{v.Words}), v.Form)
	}
	words := exampleServer(v.Servers) + " " + exampleTime(v.Limit)
	how := fmt.Sprintf(" Type %s, or write me a direct message.", commandText(v.Command, words))
	if v.InThread {
		how = fmt.Sprintf(" Fill in the form, or write me a direct message: %s.", mrkdwn.Code(words, maxTry))
	}
	return withFormButton(notice(problem+how), v.Form)
}

// ApproverUsage shows what people can do whom the policy knows, but does not let order:
// approvers and, if settles is set, admins. If unread is set, it is not known now who is in
// a group, and so not whether they may order.
func ApproverUsage(p order.Person, settles, unread bool, command string) Message {
	lines := []string{
		"When an order needs your approval, press Approve or Decline on its card.",
		commandText(command, "approvals") + ": what waits for your approval",
	}
	if settles {
		lines = append(lines, "When it is not known whether an order went through, I ask you in its thread.")
	}
	return notice(append(lines, mayNotOrder(p, unread))...)
}

// mayNotOrder tells people that they may not order, or that this is not known now.
func mayNotOrder(p order.Person, unread bool) string {
	if unread {
		return "I cannot read who is in a user group that the rules name right now, so I do not know whether you may order."
	}
	return "You may not order anything yourself. " + howToBeListed(p)
}

// timeLine shows how rental times are written that are within the limit.
func timeLine(limit order.Hours) string {
	var ways []string
	for _, way := range []struct {
		text  string
		hours order.Hours
	}{{"12h", 12}, {"3d", 72}, {"1w", 168}, {"1d 12h", 36}} {
		if limit <= 0 || way.hours <= limit {
			ways = append(ways, "`"+way.text+"`")
		}
	}
	if len(ways) == 0 {
		ways = append(ways, "`"+exampleTime(limit)+"`")
	}
	line := "Times: " + strings.Join(ways, ", ")
	if limit > 0 {
		line += fmt.Sprintf("; at most %s", limit)
	}
	return line + "."
}

// commandText returns a command as people type it, in a code span. name is the
// name of the command; "" stands for the usual one.
func commandText(name string, words ...string) string {
	return mrkdwn.Code(commandName(name)+" "+strings.Join(words, " "), maxTry)
}

// commandName returns the name of the command, or the usual one if it is not
// known.
func commandName(command string) string {
	if command == "" {
		return "/extend"
	}
	return command
}
