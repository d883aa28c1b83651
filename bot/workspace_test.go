package bot

import (
	"testing"

	"github.com/slack-go/slack"

	"extendbot/bot/message"
	"extendbot/bot/slackapi"
	"extendbot/internal/slacksim"
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
			w := &workspace{}
			w.identity.Store(&c.who)
			p, ok := w.member(slack.InteractionCallback{
				Team: slack.Team{ID: "T1"}, User: slack.User{ID: c.user, TeamID: c.home}, Enterprise: slack.Enterprise{ID: c.enterprise},
			})
			if ok != c.want || ok && p != (order.Person{Team: "T1", User: c.user}) {
				t.Errorf("got %v, %v; want %v", p, ok, c.want)
			}
		})
	}
}

// A click by a person of another organization, in a channel of Slack Connect, is
// refused in words, whichever button it is.
func TestClick_OfAnotherOrganizationIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.command("U0ALICE", general, "web-1 24")
	card := w.card(general, withButtons)
	for _, action := range []string{message.ActionConfirm, message.ActionCancel, message.ActionSettlePlaced, "what"} {
		c := slacksim.Click{User: "U0ALICE", Channel: general, TS: card.TS, ActionID: action, UserTeamID: "T0OTHER"}
		if _, err := w.slack.ClickRaw(w.ctx(), c, card.Buttons()[0].Value); err != nil {
			t.Fatal(err)
		}
	}
	w.ephemeral("U0ALICE", "Only people of this workspace")
	w.counted("answered foreign", 4)
	if o, _ := w.ledger.only(); o.State != order.Pending {
		t.Errorf("the order is %s", o.State)
	}
}
