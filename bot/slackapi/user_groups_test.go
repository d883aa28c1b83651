package slackapi

import (
	"fmt"
	"testing"
	"time"

	"extendbot/internal/slacksim"
)

// All groups come with their members in one call.
func TestUserGroups_OneCall(t *testing.T) {
	t.Parallel()
	server, c := newSim(t, slacksim.Config{})
	server.AddUsergroup(slacksim.Usergroup{ID: "S0LEADS", Handle: "leads", Members: []string{"U0ALICE", "U0BOB"}})
	server.AddUsergroup(slacksim.Usergroup{ID: "S0NONE", Handle: "none"})
	groups, err := c.UserGroups(t.Context())
	if want := "[{S0LEADS leads false [U0ALICE U0BOB] false} {S0NONE none false [] false}]"; err != nil || fmt.Sprint(groups) != want {
		t.Errorf("got %v, %v; want %s", groups, err, want)
	}
	if n := len(server.Calls("usergroups.list")); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// A group that Slack calls deleted is disabled, and one whose members Slack does not
// list, or not all of them, is incomplete.
func TestUserGroups_DisabledOrIncomplete(t *testing.T) {
	t.Parallel()
	c, _ := newScripted(says(`{"ok":true,"usergroups":[
		{"id":"S1","date_delete":1446748865,"users":["U1"],"user_count":1,"deleted_by":null,"auto_type":null},
		{"id":"S2","date_delete":0,"users":["U1"],"user_count":2},
		{"id":"S3","user_count":0},
		{"id":"S4","users":["U1"]}]}`))
	groups, err := c.UserGroups(t.Context())
	if want := "[{S1  true [U1] false} {S2  false [U1] true} {S3  false [] true} {S4  false [U1] false}]"; err != nil || fmt.Sprint(groups) != want {
		t.Errorf("got %v, %v; want %s", groups, err, want)
	}
}

// A failure is returned at once, with its class: the caller asks again later. It
// never looks like a workspace without groups.
func TestUserGroups_Fails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault slacksim.Fault
		code  string
		class Class
	}{
		"plan":           {slacksim.Fault{Error: "plan_upgrade_required"}, CodeNoUserGroups, ClassOther},
		"scope":          {slacksim.Fault{Error: "missing_scope"}, CodeMissingScope, ClassPermission},
		"429":            {slacksim.Fault{RetryAfter: 7 * time.Second}, "ratelimited", ClassRateLimited},
		"503":            {slacksim.Fault{Status: 503}, "http_503", ClassUncertain},
		"internal error": {slacksim.Fault{Error: "internal_error"}, "internal_error", ClassUncertain},
		"no list":        {slacksim.Fault{Body: `{"ok":true}`}, codeIncomplete, ClassUncertain},
		"null":           {slacksim.Fault{Body: `{"ok":true,"usergroups":null}`}, codeIncomplete, ClassUncertain},
		"HTML":           {slacksim.Fault{Body: "<html>"}, codeNotJSON, ClassUncertain},
		"token":          {slacksim.Fault{Error: "token_revoked"}, "token_revoked", ClassAuth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c := newSim(t, slacksim.Config{})
			server.Fail("usergroups.list", test.fault, 1)
			groups, err := c.UserGroups(t.Context())
			if groups != nil || CodeOf(err) != test.code || ClassOf(err) != test.class || LabelOf(err) != test.code {
				t.Errorf("got %v, %v", groups, err)
			}
			if n := len(server.Calls("usergroups.list")); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}
