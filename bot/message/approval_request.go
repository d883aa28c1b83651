package message

import (
	"fmt"
	"strings"

	"extendbot/bot/message/mrkdwn"
)

// ApprovalRequest asks an approver for their yes to a pending order, in a direct
// message. link leads to its card; "" if it is not known.
func ApprovalRequest(v OrderView, link string) Message {
	o := v.Order
	lines := []string{fmt.Sprintf("🕒 *%s asks to extend %s%s by %s*%s.",
		mention(o.Person.User), serverName(o.Server), aboutServer(v.About), o.RentalTime(), forPrice(v)+adminForPrice(v))}
	for _, line := range []string{balanceWarning(v), purposeLine(o)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return notice(append(lines, fmt.Sprintf("It waits for your approval until %s, on its card in %s: %s.",
		timeOrDate(o.Deadline, v.Now), channelName(o.Channel), orderLink(o.ID, link)))...)
}

// ApprovalReminder reminds those in the thread of a pending order who have not said
// yes. It returns false if nobody is missing.
func ApprovalReminder(v OrderView) (Message, bool) {
	missing := missingApprovals(v.Ruling.Rules)
	if missing == "" {
		return Message{}, false
	}
	o := v.Order
	return notice(fmt.Sprintf("⏳ Extending %s still needs %s, until %s.",
		serverAndTime(o), missing, timeOrDate(o.Deadline, v.Now))), true
}

// Approvals answers "approvals": the orders that wait for a person's yes, and
// those that they asked for and that wait for others.
func Approvals(v ApprovalsView) Message {
	if len(v.Mine)+len(v.Others) == 0 {
		return notice(fmt.Sprintf("Nothing waits for your approval, and nothing that you asked for waits for others. %s shows your open orders.",
			commandText(v.Command, "status")))
	}
	var entries []string
	add := func(heading string, lines []OrderLine, asked bool) {
		if len(lines) == 0 {
			return
		}
		entries = append(entries, heading)
		for _, l := range lines[:min(len(lines), MaxAnswer)] {
			entries = append(entries, waitingEntry(l, v, asked))
		}
		if more := len(lines) - MaxAnswer; more > 0 {
			entries = append(entries, fmt.Sprintf("and %d more", more))
		}
	}
	add("Waiting for your approval:", v.Mine, false)
	add("You asked for these, and they wait for others:", v.Others, true)
	return list(entries[0], entries[1:], "")
}

// ApprovalsView is what the answer to "approvals" is made of.
type ApprovalsView struct {
	AnswerView

	Mine   []OrderLine // that wait for the person's yes, in any order
	Others []OrderLine // that the person asked for and that wait for others
}

// waitingEntry describes an order that waits for approvals: what, who asked, what is
// missing until when, and the link to its card.
func waitingEntry(l OrderLine, v ApprovalsView, asked bool) string {
	o, who := l.Order, ""
	if !asked {
		who = mention(o.Person.User)
	}
	lines := []string{
		"• " + dotted(serverName(o.Server)+" "+o.ShortTime(), who, orderLink(o.ID, l.Link)),
		approvalState(o, l.Ruling, v.Now),
	}
	if mrkdwn.Visible(o.Purpose) != "" {
		lines = append(lines, "because "+mrkdwn.Code(o.Purpose, maxPurposeLine))
	}
	return strings.Join(lines, "\n")
}
