package usergroups

import (
	"testing"
	"testing/synctest"
	"time"

	"extendbot/bot/slackapi"
)

// Members are known for five minutes after Slack said who they are. Then nobody is
// a member, until Slack answers again.
func TestMembers_KnownForFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		watch, _ := w.watch(t)
		w.set(func() { w.err = &slackapi.Error{Code: "internal_error", Class: slackapi.ClassUncertain} })
		pass(validFor)
		if members, known := watch.Members("S0LEADS"); !known || !members["U0CARO"] {
			t.Errorf("after five minutes: %v, %t", members, known)
		}
		pass(time.Second)
		if members, known := watch.Members("S0LEADS"); known || members["U0CARO"] {
			t.Errorf("after more than five minutes: %v, %t", members, known)
		}
		if err := watch.Err(); err == nil || err.Error() != "user groups: S0LEADS: its members are not known (internal_error)" {
			t.Errorf("got %v", err)
		}
		w.set(func() { w.err = nil })
		pass(readEvery)
		if _, known := watch.Members("S0LEADS"); !known {
			t.Error("not known although Slack answers again")
		}
	})
}

// A person who left a group is no member after the next read.
func TestMembers_FollowSlack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		watch, _ := w.watch(t)
		w.set(func() { w.groups = []slackapi.UserGroup{{ID: "S0LEADS", Members: []string{"U0DAVE"}}} })
		pass(readEvery)
		if members, known := watch.Members("S0LEADS"); !known || members["U0CARO"] || !members["U0DAVE"] {
			t.Errorf("got %v, %t", members, known)
		}
	})
}

// Each reason for which the members of a group are not known is named, with the
// group.
func TestMembers_UnknownHasAReason(t *testing.T) {
	group := slackapi.UserGroup{ID: "S0LEADS", Members: []string{"U0CARO"}}
	disabled, incomplete := group, group
	disabled.Disabled, incomplete.Incomplete = true, true
	for want, c := range map[string]struct {
		groups []slackapi.UserGroup
		err    error
	}{
		"S0LEADS: there is no such user group, or it is disabled":                  {},
		"S0LEADS: the user group is disabled":                                      {groups: []slackapi.UserGroup{disabled}},
		"S0LEADS: not all of its members are listed by Slack":                      {groups: []slackapi.UserGroup{incomplete}},
		"S0LEADS: the workspace's plan has no user groups (plan_upgrade_required)": {err: &slackapi.Error{Code: slackapi.CodeNoUserGroups}},
		"S0LEADS: the bot token lacks the scope usergroups:read (missing_scope)":   {err: &slackapi.Error{Code: slackapi.CodeMissingScope}},
		"S0LEADS: its members are not known (internal_error)":                      {err: &slackapi.Error{Code: "internal_error"}},
		"S0LEADS: its members are not known (other)":                               {err: &slackapi.Error{Code: "sp<e>cial"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &workspace{named: []string{"S0LEADS"}, groups: c.groups, err: c.err}
			watch, _ := w.watch(t)
			if members, known := watch.Members("S0LEADS"); known || members != nil {
				t.Errorf("%s: got %v, %t", want, members, known)
			}
			if err := watch.Err(); err == nil || err.Error() != "user groups: "+want {
				t.Errorf("got %v, want %s", err, want)
			}
			if c.err != nil {
				return
			}
			if g, err := Find(c.groups, "S0LEADS"); err == nil || "S0LEADS: "+err.Error() != want {
				t.Errorf("found %v, %v; want %s", g, err, want)
			}
		})
	}
	if g, err := Find([]slackapi.UserGroup{group}, "S0LEADS"); err != nil || len(g.Members) != 1 {
		t.Errorf("a group that is known: %v, %v", g, err)
	}
}

// What is asked of a press never waits for Slack.
func TestMembers_NeverWaitForSlack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := leads()
		w.takes = time.Minute
		watch, _ := w.watch(t)
		began := time.Now()
		_, known := watch.Members("S0LEADS")
		if err := watch.Err(); known || err == nil || err.Error() != "user groups: S0LEADS: its members have not been read yet" {
			t.Errorf("got %t, %v", known, err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}
