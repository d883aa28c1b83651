package service_test

import (
	"errors"
	"strings"
	"testing"

	"extendbot/bot/slackapi"
	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/order"
)

// startInOrganization starts a service whose workspace belongs to the
// organization E0ACME.
func startInOrganization(t *testing.T) *servicetest.Harness {
	t.Helper()
	h := servicetest.New(t, slacksim.Config{EnterpriseID: "E0ACME"})
	h.Start()
	return h
}

// In an Enterprise organization, Slack names another workspace of the person, or
// the organization, in a click than in the command. It is the same person.
func TestOrganization_ClickFromSibling(t *testing.T) {
	t.Parallel()
	h := startInOrganization(t)
	for i, home := range []string{"T0SIBLING", "E0ACME"} {
		card := h.Request(stage.Alice, "web-1 24")
		h.ClickFrom(slacksim.Click{User: stage.Alice, UserTeamID: home}, card, "order_confirm")
		h.WaitReply(card, servicetest.Receipt)
		h.WantCharges(i+1, i+1)
	}
	card := h.Request(stage.Alice, "web-1 24")
	h.ClickFrom(slacksim.Click{User: stage.Bob, UserTeamID: "T0SIBLING"}, card, "order_confirm")
	h.WaitEphemeral(stage.Bob, "<@"+stage.Alice+">")
	h.WantState(card, order.Pending)
}

// A person of another organization cannot decide anything, not even with the
// user id of the requester, and is told so without any ids.
func TestOrganization_ClickFromOutside(t *testing.T) {
	t.Parallel()
	h := startInOrganization(t)
	card := h.Request(stage.Alice, "web-1 24")
	outside := []slacksim.Click{
		{UserTeamID: "T0OTHER", EnterpriseID: "E0OTHER"}, {UserTeamID: "T0OTHER", EnterpriseID: slacksim.Nothing},
		{UserTeamID: "E0OTHER"}, {UserTeamID: "E0OTHER", EnterpriseID: "E0OTHER"},
	}
	for _, from := range outside {
		from.User = stage.Alice
		h.ClickFrom(from, card, "order_confirm")
	}
	h.WaitEphemeral(stage.Alice, "Only people of this workspace")
	for _, told := range h.Slack.Ephemerals(stage.Alice) {
		if strings.Contains(told.Text+told.Flat(), "0OTHER") || strings.Contains(told.Text+told.Flat(), "E0ACME") {
			t.Errorf("told %q", told.Text)
		}
	}
	h.WantState(card, order.Pending)
	h.WantCharges(0, 0)
	h.Confirm(card)
	h.WaitReply(card, servicetest.Receipt)
}

// A payload that does not name the workspace counts by the person's workspace.
func TestOrganization_ClickWithoutTeam(t *testing.T) {
	t.Parallel()
	h := startInOrganization(t)
	card := h.Request(stage.Alice, "web-1 24")
	h.ClickFrom(slacksim.Click{User: stage.Alice, TeamID: slacksim.Nothing, UserTeamID: "T0OTHER"}, card, "order_confirm")
	h.WaitEphemeral(stage.Alice, "only take orders from people of the workspace")
	h.WantState(card, order.Pending)
	h.ClickFrom(slacksim.Click{User: stage.Alice, TeamID: slacksim.Nothing, UserTeamID: h.Slack.TeamID()}, card, "order_confirm")
	h.WaitReply(card, servicetest.Receipt)
}

// If the app is installed for a whole organization, the service does not start
// and says how to install it.
func TestStart_InstalledForOrganization(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{EnterpriseID: "E0ACME", OrgInstall: true})
	err := runUntilItFails(h)
	if auth, ok := errors.AsType[*slackapi.AuthError](err); !ok || auth.Setting != "SLACK_BOT_TOKEN" || !strings.Contains(auth.Fix, "install the app in that workspace") {
		t.Errorf("it ended with %v", err)
	}
}
