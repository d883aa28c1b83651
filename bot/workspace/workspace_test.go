package workspace

import (
	"testing"

	"github.com/slack-go/slack"

	"extendbot/bot/slackapi"
	"extendbot/order"
)

// Who clicked is somebody of our workspace or organization, or nobody. A person
// whom Slack places in another organization is never one of ours, even with the
// id of one of ours.
func TestWorkspace_Member(t *testing.T) {
	t.Parallel()
	alone, grid := slackapi.Identity{TeamID: "T1"}, slackapi.Identity{TeamID: "T1", EnterpriseID: "E1"}
	for _, c := range []struct {
		name       string
		who        slackapi.Identity
		user, home string
		enterprise string
		want       bool
	}{
		{"our workspace", alone, "U1", "T1", "", true},
		{"no workspace of the person", alone, "U1", "", "", true},
		{"an id with W", grid, "W1", "T1", "E1", true},
		{"a sibling workspace", grid, "U1", "T2", "E1", true},
		{"our organization", grid, "U1", "E1", "E1", true},
		{"another workspace", alone, "U1", "TX", "", false},
		{"another workspace, in an organization", alone, "U1", "TX", "EX", false},
		{"our workspace has no organization, the payload has one", alone, "U1", "T2", "E1", false},
		{"a workspace of another organization", grid, "U1", "TX", "EX", false},
		{"a workspace without an organization", grid, "U1", "TX", "", false},
		{"another organization", grid, "U1", "EX", "E1", false},
		{"no workspace at all", grid, "U1", "X", "E1", false},
		{"nobody", grid, "", "T1", "E1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &Workspace{}
			w.Connected(c.who)
			p, ok := w.Member(slack.InteractionCallback{
				Team: slack.Team{ID: "T1"}, User: slack.User{ID: c.user, TeamID: c.home}, Enterprise: slack.Enterprise{ID: c.enterprise},
			})
			if ok != c.want || ok && p != (order.Person{Team: "T1", User: c.user}) {
				t.Errorf("got %v, %v; want %v", p, ok, c.want)
			}
		})
	}
}
