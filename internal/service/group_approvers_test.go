package service_test

import (
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// byLeads is a policy in which members of leads approve what alice asks for: as many
// of them as count says.
func byLeads(count string) string {
	return "servers: {web-1: " + stage.Web + "}\n" +
		"people: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\n" +
		"approvals: [{name: leads, approvers: [" + leads + "], count: " + count + "}]\n"
}

// startWithLeads starts a service whose group leads has these members.
func startWithLeads(h *servicetest.Harness, policy string, members ...string) {
	h.T.Helper()
	h.UsePolicy(policy)
	h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: members})
	h.Options = append(h.Options, fastGroups)
	h.Start()
}

// waitApprovals waits until the order of a card has these recorded approvals, and
// fails the test if it is not pending then.
func waitApprovals(h *servicetest.Harness, card slacksim.Message, users ...string) {
	h.T.Helper()
	got := func() string {
		var by []string
		for _, a := range h.Recorded(card).Approvals {
			by = append(by, a.User)
		}
		return strings.Join(by, " ")
	}
	want := strings.Join(users, " ")
	h.WaitUntil(func() bool { return got() == want }, func() string { return "approved by " + got() + ", want " + want })
	h.WantState(card, order.Pending)
}

// A member of a group approves, and the order is placed. Who is not a member, or
// asked for it, does not.
func TestGroupApprovers_MemberApproves(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		startWithLeads(h, byLeads("1"), stage.Alice, stage.Carol)
		card := h.Request(stage.Alice, "web-1 24")
		for _, user := range []string{stage.Alice, stage.Bob} {
			h.AnswerToClick(user, card, "order_confirm")
		}
		waitApprovals(h, card)
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
		if o := h.Recorded(card); o.DecidedBy != stage.Carol {
			h.T.Errorf("decided by %s", o.DecidedBy)
		}
	})
}

// The yes of a person who left the group does not count anymore: somebody else has to
// say yes instead.
func TestGroupApprovers_MemberLeaves(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		startWithLeads(h, byLeads("2"), stage.Carol, stage.Bob)
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		waitApprovals(h, card, stage.Carol)
		setMembers(h, stage.Bob, stage.Mallory)
		h.Click(stage.Bob, card, "order_confirm")
		waitApprovals(h, card, stage.Carol, stage.Bob)
		h.AnswerToClick(stage.Carol, card, "order_confirm")
		waitApprovals(h, card, stage.Carol, stage.Bob)
		h.WantCharges(0, 0)
		h.Click(stage.Mallory, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While a group cannot be read, the yes of its members does not count, and they are
// told so. A yes that was recorded before is not lost.
func TestGroupApprovers_GroupUnread(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		startWithLeads(h, byLeads("2"), stage.Carol, stage.Bob)
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		waitApprovals(h, card, stage.Carol)
		h.Stop() // the next process has never read the group
		h.Slack.Fail("usergroups.list", slacksim.Fault{Error: "internal_error"}, -1)
		h.Start()
		told := h.AnswerToClick(stage.Bob, card, "order_confirm")
		if !strings.Contains(told, "I cannot read who is in <!subteam^"+leads+"> right now, so your click changed nothing") {
			h.T.Errorf("bob was told %q", told)
		}
		waitApprovals(h, card, stage.Carol)
		h.Slack.Clear("usergroups.list")
		h.WaitUntil(func() bool { return member(h, stage.Bob) }, func() string { return "the group is not read again" })
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While a group cannot be read, what its members have to approve can be asked for. The
// card says what is wrong. When the group can be read again, they can approve it.
func TestGroupApprovers_UnreadAtRequest(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Slack.Fail("usergroups.list", slacksim.Fault{Error: "internal_error"}, -1)
		startWithLeads(h, byLeads("1"), stage.Carol)
		card := h.Request(stage.Alice, "web-1 24")
		if !servicetest.Contains(card, "I cannot read who is in <!subteam^"+leads+"> right now") {
			h.T.Errorf("the card says: %s", card.Flat())
		}
		h.Slack.Clear("usergroups.list")
		h.WaitUntil(func() bool { return member(h, stage.Carol) }, func() string { return "the group is not read again" })
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// While it cannot be read whether a rule matches the requester, it does. The card and the
// requester's press say why.
func TestGroupApprovers_RuleAssumed(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.Slack.Fail("usergroups.list", slacksim.Fault{Error: "internal_error"}, -1)
		startWithLeads(h, policyWith("{name: new, when: {people: ["+leads+"]}, approvers: ["+stage.Carol+"]}"), stage.Bob)
		card := h.Request(stage.Alice, "web-1 24")
		unread := "I cannot read who is in <!subteam^" + leads + "> right now"
		wantParts(h.T, card.Flat(), "Needs <@"+stage.Carol+"> (`new`)", unread)
		wantParts(h.T, h.AnswerToClick(stage.Alice, card, "order_confirm"), unread+", so this order needs <@"+stage.Carol+"> (`new`)")
		waitApprovals(h, card)
		h.Slack.Clear("usergroups.list")
		h.WaitUntil(func() bool { return member(h, stage.Bob) }, func() string { return "the group is not read again" })
		h.Click(stage.Alice, card, "order_confirm") // no rule matches: she confirms
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// An approved order is not sent if the member who approved it left the group meanwhile.
func TestGroupApprovers_LeavesBeforeTheSend(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		newHostSwitch(h) // off
		startWithLeads(h, byLeads("1"), stage.Carol)
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitUntil(func() bool { return h.Recorded(card).Attempts > 0 }, func() string { return "no attempt" })
		setMembers(h, stage.Bob)
		h.WaitReply(card, "the rule leads has 0 of 1")
		h.WantState(card, order.Refused)
		h.WantCharges(0, 0)
	})
}

// An approved order that was not sent yet is not sent while the group cannot be read
// whose member approved it, and neither is it refused. When the group can be read
// again, it is sent.
func TestGroupApprovers_UnreadBeforeTheSend(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		host := newHostSwitch(h)
		startWithLeads(h, byLeads("1"), stage.Carol)
		card := h.Request(stage.Alice, "web-1 24")
		h.Click(stage.Carol, card, "order_confirm")
		h.WaitUntil(func() bool { return h.Recorded(card).Attempts > 0 }, func() string { return "no attempt" })
		h.Stop()
		host.on.Store(true)
		h.Slack.Fail("usergroups.list", slacksim.Fault{Error: "internal_error"}, -1)
		h.Start() // a process that has never read the group
		h.WaitReply(card, "cannot read the rules for who must approve")
		h.WantState(card, order.Approved)
		h.WantCharges(0, 0)
		h.Slack.Clear("usergroups.list")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}
