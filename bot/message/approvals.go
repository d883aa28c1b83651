package message

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"extendbot/bot/message/mrkdwn"
	"extendbot/order"
)

// How approvals are written: who said yes, and who still has to.

const (
	maxNamed    = 8  // approvers of a rule that are named; the rest is only counted
	maxRules    = 5  // rules that are named
	maxRuleName = 40 // the name of a rule
)

var slackGroup = regexp.MustCompile(`^S[A-Z0-9]{1,20}$`)

// approver mentions a user or a user group.
//
// https://docs.slack.dev/messaging/formatting-message-text#mentioning-groups
func approver(id string) string {
	if slackGroup.MatchString(id) {
		return "<!subteam^" + id + ">"
	}
	return mention(id)
}

// approvers mentions users and user groups, the last one after a word such as "and",
// or after a comma if that is "".
func approvers(ids []string, last string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxNamed)] {
		names = append(names, approver(id))
	}
	if more := len(ids) - len(names); more > 0 {
		return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return joined(names, last)
}

// joined joins words: "a", "a and b", "a, b and c", or without a last word "a, b, c".
func joined(words []string, last string) string {
	if len(words) < 2 || last == "" {
		return strings.Join(words, ", ")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// missingApprovals says which approvals the rules still miss, such as "@caro or
// @erin (`long`) and 2 of @caro, @dave, @leads (`databases`)". It returns "" if they
// miss none.
func missingApprovals(rules []order.RuleState) string {
	var parts []string
	more := 0
	for _, r := range rules {
		switch {
		case r.Missing() == 0:
		case len(parts) == maxRules:
			more++
		default:
			parts = append(parts, missingOfRule(r)+ruleName(r))
		}
	}
	text := joined(parts, "and")
	if more > 0 {
		text += fmt.Sprintf(", and the approvals of %s", counted(more, "more rule"))
	}
	return text
}

func missingOfRule(r order.RuleState) string {
	left := whoIsLeft(r)
	everybody := r.Missing() == len(left) && !slices.ContainsFunc(left, slackGroup.MatchString)
	switch {
	case len(left) == 0:
		return counted(r.Missing(), "approval")
	case everybody:
		return approvers(left, "and")
	case r.Missing() == 1:
		return approvers(left, "or")
	default:
		return fmt.Sprintf("%d of %s", r.Missing(), approvers(left, ""))
	}
}

// ruleName returns in parentheses the name of a rule, or why an admin has to approve,
// or "" if the rule has no name.
func ruleName(r order.RuleState) string {
	if r.Price {
		return " (price not known)"
	}
	if mrkdwn.Visible(r.Name) == "" {
		return ""
	}
	return " (" + mrkdwn.Code(r.Name, maxRuleName) + ")"
}

// whoIsLeft returns the approvers of a rule who have not said yes. A group is always
// among them.
func whoIsLeft(r order.RuleState) []string {
	return slices.DeleteFunc(slices.Clone(r.Approvers), func(id string) bool { return slices.Contains(r.By, id) })
}

// counted writes a number of things: "1 approval", "2 approvals".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// countedYes returns whose yes counts now, in the order in which they said it.
func countedYes(o order.Order, r order.Ruling) []string {
	var users []string
	for _, a := range o.Approvals {
		if slices.ContainsFunc(r.Rules, func(s order.RuleState) bool { return slices.Contains(s.By, a.User) }) {
			users = append(users, a.User)
		}
	}
	return users
}

// approvalState says who approved a pending order and who still has to, until its
// deadline: "✓ @caro · still needs @dave or @leads (`databases`), until 18:00".
func approvalState(o order.Order, r order.Ruling, now time.Time) string {
	yes, until := ticked(countedYes(o, r)), ", until "+timeOrDate(o.Deadline, now)
	switch missing := missingApprovals(r.Rules); {
	case missing == "":
		return dotted(yes, "one more press of Approve orders it"+until)
	case yes == "":
		return "Needs " + missing + until
	default:
		return dotted(yes, "still needs "+missing+until)
	}
}

// ticked returns people who said yes, or "" if nobody did.
func ticked(users []string) string {
	if len(users) == 0 {
		return ""
	}
	return "✓ " + approvers(users, "and")
}

// approvalLines says on a card who approved a pending order and who still has to,
// and what prevents that.
func approvalLines(v OrderView) []string {
	o := v.Order
	switch v.Blocked { //nolint:exhaustive // the Blocked of a view has no other code
	case order.CodeBarred:
		return []string{fmt.Sprintf("⚠️ The rules changed: %s may no longer order this.", mention(o.Person.User))}
	case order.CodeNoApprovers:
		return []string{"⚠️ The rules changed: too few people can give the approvals that they ask for."}
	case order.CodePriceUnknown:
		return []string{"⚠️ Nobody can approve this now: its price is not known, and there is no other admin. A price in the policy file fixes that."}
	}
	if len(v.Ruling.Rules) == 0 {
		return []string{fmt.Sprintf("Only %s can confirm, until %s.", mention(o.Person.User), timeOrDate(o.Deadline, v.Now))}
	}
	lines := []string{approvalState(o, v.Ruling, v.Now) + "."}
	if groups := unreadable(v.Ruling.Rules); len(groups) > 0 {
		lines = append(lines, fmt.Sprintf("⚠️ I cannot read who is in %s right now.", approvers(groups, "and")))
	}
	return lines
}

// unreadable returns the groups whose members are not known now, although rules that
// miss approvals depend on them.
func unreadable(rules []order.RuleState) []string {
	return groupsOf(rules, func(r order.RuleState) []string { return slices.Concat(r.Unreadable, r.Assumed) })
}

// assumed returns the groups of which it is not known whether the requester is in them,
// if all rules that miss approvals match only because of that.
func assumed(rules []order.RuleState) []string {
	if slices.ContainsFunc(rules, func(r order.RuleState) bool { return r.Missing() > 0 && len(r.Assumed) == 0 }) {
		return nil
	}
	return groupsOf(rules, func(r order.RuleState) []string { return r.Assumed })
}

// groupsOf returns some groups of each rule that misses approvals, each of them once.
func groupsOf(rules []order.RuleState, of func(order.RuleState) []string) (groups []string) {
	for _, r := range rules {
		for _, id := range of(r) {
			if r.Missing() > 0 && !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		}
	}
	return groups
}

// approvedByOthers reports whether somebody other than the requester said yes.
func approvedByOthers(o order.Order) bool {
	return slices.ContainsFunc(o.Approvals, func(a order.Approval) bool { return a.User != o.Person.User })
}

// saidYes returns everybody who said yes, whether or not it counted.
func saidYes(o order.Order) []string {
	var users []string
	for _, a := range o.Approvals {
		users = append(users, a.User)
	}
	return users
}

// yesOfOthers names the people who said yes, if others than the requester did.
func yesOfOthers(o order.Order) string {
	if !approvedByOthers(o) {
		return ""
	}
	return ticked(saidYes(o))
}

// approvedBy names the people who approved an order, if the requester did not just
// confirm it: "approved by @caro and @dave".
func approvedBy(o order.Order) string {
	if !approvedByOthers(o) {
		return ""
	}
	return "approved by " + approvers(saidYes(o), "and")
}

// confirmedBy returns "confirmed", or who approved the order.
func confirmedBy(o order.Order) string {
	if by := approvedBy(o); by != "" {
		return by
	}
	return "confirmed"
}

// confirmed says how a decided order came to be ordered: "Confirmed by @alice",
// "@alice asked, @caro approved".
func confirmed(o order.Order) string {
	if !approvedByOthers(o) {
		return "Confirmed by " + mention(o.DecidedBy)
	}
	return fmt.Sprintf("%s asked, %s approved", mention(o.Person.User), approvers(saidYes(o), "and"))
}
