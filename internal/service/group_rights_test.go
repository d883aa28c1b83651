package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/service"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// byGroup is a policy in which bob may order only as a member of leads.
const byGroup = "servers: {web-1: " + stage.Web + "}\n" +
	"people: {" + stage.Alice + ": {account: " + stage.AliceAccount + "}}\n" +
	"groups: {" + leads + ": {account: " + stage.AliceAccount + "}}\n"

// unread is what a person is told who may be a member of a group that cannot be
// read.
const unread = "I cannot read who is in a user group that the rules name right now"

// fastGroups makes a service read user groups many times a second.
var fastGroups = service.WithBot(func(c *bot.Config) { c.UserGroupsEvery, c.UserGroupsPause = 200*time.Millisecond, 20*time.Millisecond })

// setMembers changes the members of leads in Slack, and waits until the service
// knows.
func setMembers(h *servicetest.Harness, users ...string) {
	h.T.Helper()
	if err := h.Slack.ChangeUsergroup(h.Ctx, slacksim.Usergroup{ID: leads, Members: users}); err != nil {
		h.T.Fatal(err)
	}
	h.WaitUntil(func() bool {
		members, known := h.Service.Bot.UserGroups().Members(leads)
		return known && len(members) == len(users) && !slices.ContainsFunc(users, func(user string) bool { return !members[user] })
	}, func() string { return "the service does not know who left or joined" })
}

// A member of a group orders with its account. Who left it can neither order nor
// confirm what they asked for before, and who comes back can.
func TestGroupRights_MemberLeaves(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(byGroup)
		h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: []string{stage.Bob, stage.Carol}})
		h.Options = append(h.Options, fastGroups)
		h.Start()
		card := h.Request(stage.Bob, "web-1 24")
		if o := h.Recorded(card); o.Account != stage.AliceAccount {
			h.T.Errorf("the account %s pays", o.Account)
		}
		setMembers(h, stage.Carol)
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitEphemeral(stage.Bob, "not on the list")
		if got := h.Answer(stage.Bob, "web-1 24"); !strings.Contains(got, "not on the list") {
			h.T.Errorf("a request was answered %q", got)
		}
		h.WantState(card, order.Pending)
		setMembers(h, stage.Bob)
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		if charge := h.WantCharges(1, 1)[0]; charge.AccountID != stage.AliceAccount {
			h.T.Errorf("%s was charged", charge.AccountID)
		}
	})
}

// While a group cannot be read, its members can neither order nor confirm, and are
// told why. People with an entry of their own can. When Slack answers again, so can
// the members.
func TestGroupRights_GroupUnread(t *testing.T) {
	t.Parallel()
	servicetest.EachDatabase(t, slacksim.Config{}, func(h *servicetest.Harness) {
		h.UsePolicy(byGroup)
		h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: []string{stage.Bob}})
		h.Options = append(h.Options, fastGroups)
		h.Start()
		card := h.Request(stage.Bob, "web-1 24")
		h.Stop() // the next process has never read the group
		h.Slack.Fail("usergroups.list", slacksim.Fault{Error: "internal_error"}, -1)
		h.Start()
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitEphemeral(stage.Bob, unread)
		h.WantState(card, order.Pending)
		if got := h.Answer(stage.Bob, "web-1 48"); !strings.Contains(got, unread) {
			h.T.Errorf("a request was answered %q", got)
		}
		h.WantCharges(0, 0)
		h.Request(stage.Alice, "web-1 72")
		h.Slack.Clear("usergroups.list")
		h.WaitUntil(func() bool { return member(h, stage.Bob) }, func() string { return "the group is not read again" })
		h.Click(stage.Bob, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(1, 1)
	})
}

// What Slack last said about a group counts for five minutes, and then its members
// can do nothing.
func TestGroupRights_StaleAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.UsePolicy(byGroup)
		h.Slack.AddUsergroup(slacksim.Usergroup{ID: leads, Members: []string{stage.Bob}})
		h.Start()
		first, second := h.Request(stage.Bob, "web-1 24"), h.Request(stage.Bob, "web-1 48")
		h.Slack.Fail("usergroups.list", slacksim.Fault{Status: 503}, -1)
		servicetest.Pass(4 * time.Minute)
		h.Click(stage.Bob, first, "order_confirm")
		h.WaitReply(first, servicetest.Receipt)
		servicetest.Pass(2 * time.Minute)
		if got := h.AnswerToClick(stage.Bob, second, "order_confirm"); !strings.Contains(got, unread) {
			h.T.Errorf("after six minutes, bob was told %q", got)
		}
		h.WantState(second, order.Pending)
		h.WantCharges(1, 1)
	})
}
