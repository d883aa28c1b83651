package slacksim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
)

// heard are the events about groups that an app got.
type heard struct {
	mu     sync.Mutex
	events []string
}

func (h *heard) handle(_ *slack.Client, evt socketmode.Event) (any, bool) {
	data, ok := evt.Data.(slackevents.EventsAPIEvent)
	if !ok {
		return nil, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := data.InnerEvent.Data.(type) {
	case *slackevents.SubteamMembersChangedEvent:
		h.events = append(h.events, fmt.Sprintf("%s +%v%d -%v%d", e.SubteamID, e.AddedUsers, e.AddedUsersCount, e.RemovedUsers, e.RemovedUsersCount))
	case *slackevents.SubteamUpdatedEvent:
		h.events = append(h.events, fmt.Sprint(e.Subteam.ID, " ", e.Subteam.Handle, " ", len(e.Subteam.Users), "/", e.Subteam.UserCount, " ", e.Subteam.DateDelete != 0))
	}
	return nil, true
}

// take returns the events since the last call.
func (h *heard) take() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.events = nil }()
	return strings.Join(h.events, "; ")
}

// A change of a group reaches the app as the events that Slack documents.
func TestUsergroup_ChangeSendsEvents(t *testing.T) {
	s := start(t, slacksim.Config{})
	var app heard
	runBot(t, s, 1, app.handle)
	s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0ALICE", "U0BOB"}})
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint("U", i)
	}
	for _, step := range []struct {
		group slacksim.Usergroup
		want  string
	}{
		{slacksim.Usergroup{ID: "S0NEW"}, ""},
		{slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0BOB", "U0CAROL"}}, "S0FIN +[U0CAROL]1 -[U0ALICE]1; S0FIN s0fin 2/2 false"},
		{slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0BOB", "U0CAROL"}, Handle: "fin"}, "S0FIN fin 2/2 false"},
		{slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0BOB", "U0CAROL"}, Handle: "fin", Disabled: true}, "S0FIN fin 2/2 true"},
		{slacksim.Usergroup{ID: "S0NEW", Members: many}, fmt.Sprintf("S0NEW +%v501 -[]0; S0NEW s0new 500/501 false", many)},
	} {
		if err := s.ChangeUsergroup(within(t), step.group); err != nil {
			t.Fatal(err)
		}
		if got := app.take(); got != step.want {
			t.Errorf("%s: got %.200s, want %.200s", step.group.ID, got, step.want)
		}
		if g, ok := s.Usergroup(step.group.ID); !ok || !slices.Equal(g.Members, step.group.Members) {
			t.Errorf("the group is %+v", g)
		}
	}
}

// Without the subscription, or without the scope, the app gets no event. Without a
// connection, the group changes all the same.
func TestUsergroup_NoEventWithoutSubscription(t *testing.T) {
	group := slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0ALICE"}}
	for name, c := range map[string]struct {
		config slacksim.Config
		want   string
	}{
		"no subscription": {slacksim.Config{Events: []string{"app_home_opened"}}, ""},
		"one event":       {slacksim.Config{Events: []string{"subteam_updated"}}, "S0FIN s0fin 1/1 false"},
		"no scope":        {slacksim.Config{Scopes: []string{"chat:write"}}, ""},
	} {
		s := start(t, c.config)
		s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN"})
		var app heard
		runBot(t, s, 1, app.handle)
		if err := s.ChangeUsergroup(within(t), group); err != nil || app.take() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := start(t, slacksim.Config{})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN"})
	if err := s.ChangeUsergroup(within(t), group); !errors.Is(err, slacksim.ErrDispatchFailed) {
		t.Errorf("without a connection: %v", err)
	}
	if g, _ := s.Usergroup("S0FIN"); len(g.Members) != 1 {
		t.Errorf("the group is %+v", g)
	}
}

// The methods list groups as Slack does: members only on demand, disabled groups
// only on demand.
func TestUsergroupsList_OnDemand(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN", Members: []string{"U0ALICE", "U0BOB"}})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0OLD", Disabled: true})
	for _, c := range []struct {
		users, disabled bool
		want            string
	}{
		{false, false, "S0FIN [] 2 false; "},
		{true, false, "S0FIN [U0ALICE U0BOB] 2 false; "},
		{true, true, "S0FIN [U0ALICE U0BOB] 2 false; S0OLD [] 0 true; "},
	} {
		groups, err := client(s).GetUserGroupsContext(t.Context(),
			slack.GetUserGroupsOptionIncludeUsers(c.users), slack.GetUserGroupsOptionIncludeDisabled(c.disabled))
		var got strings.Builder
		for _, g := range groups {
			fmt.Fprint(&got, g.ID, " ", g.Users, " ", g.UserCount, " ", g.DateDelete != 0, "; ")
		}
		if err != nil || got.String() != c.want {
			t.Errorf("%+v: %s, %v", c, got.String(), err)
		}
	}
}

// Groups need their scope, and a plan that has them.
func TestUsergroupsList_ScopeAndPlan(t *testing.T) {
	s := start(t, slacksim.Config{Scopes: []string{"chat:write"}})
	if _, err := client(s).GetUserGroupsContext(t.Context()); code(err) != "missing_scope" {
		t.Errorf("without the scope: %v", err)
	}
	s = start(t, slacksim.Config{})
	s.AddUsergroup(slacksim.Usergroup{ID: "S0FIN"})
	s.SetUsergroupsInPlan(false)
	if _, err := client(s).GetUserGroupsContext(t.Context()); code(err) != "plan_upgrade_required" {
		t.Errorf("the list: %v", err)
	}
	if _, err := client(s).GetUserGroupMembersContext(t.Context(), "S0FIN"); code(err) != "plan_upgrade_required" {
		t.Errorf("the members: %v", err)
	}
	s.SetUsergroupsInPlan(true)
	if groups, err := client(s).GetUserGroupsContext(t.Context()); err != nil || len(groups) != 1 {
		t.Errorf("with the plan: %v, %v", groups, err)
	}
}
