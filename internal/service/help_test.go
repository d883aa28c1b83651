package service_test

import (
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

// People whom the policy knows, but does not let order, get the help that is for them.
// Strangers get none.
func TestHelp_WhoMayNotOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t, slacksim.Config{})
	h.UsePolicy(strings.Replace(policyWith("{name: all, approvers: ["+stage.Carol+"]}"), stage.Bob, "U0OTHER", 1) + "admins: [" + stage.Bob + "]\n")
	h.Start()
	const approves, settles = "When an order needs your approval", "I ask you in its thread"
	for _, text := range []string{"help", ""} {
		for user, want := range map[string][]string{stage.Carol: {approves}, stage.Bob: {approves, settles}, stage.Alice: {"Your servers"}, stage.Mallory: {"not on the list"}} {
			if text == "" && user == stage.Alice {
				continue // who gets the form
			}
			got := h.Answer(user, text)
			wantParts(t, got, want...)
			if len(want) < 2 && strings.Contains(got, settles) || user == stage.Mallory && strings.Contains(got, approves) {
				t.Errorf("%s is answered: %s", user, got)
			}
		}
	}
	h.Request(stage.Alice, "web-1 24")
	wantParts(t, h.Answer(stage.Carol, "approvals"), "Waiting for your approval") // which the help names
}

// Without SERVERS, help and App Home say that any server may be extended by its
// id, and that works.
func TestHelp_WithoutServers(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t, func(s *settings.Settings) { s.Servers = nil })
	if _, err := h.Slack.OpenHome(h.Ctx, stage.Alice); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Slack.WaitCall(h.Ctx, "views.publish", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"help": h.Extend(stage.Alice, "help").AckText(), "App Home": string(h.Slack.Home(stage.Alice)),
	} {
		if !strings.Contains(text, "any server") || strings.Contains(text, "no server") || strings.Contains(text, "web-1") {
			t.Errorf("%s says %s", name, text)
		}
	}
	if got := h.Extend(stage.Alice, "web_1 24").AckText(); !strings.Contains(got, "is not the id of a server") {
		t.Errorf("a name was answered %q", got)
	}
	h.Confirm(h.Request(stage.Alice, stage.Web+" 24"))
	h.WaitMessage(func(m slacksim.Message) bool { return servicetest.Contains(m, servicetest.Receipt) })
}
