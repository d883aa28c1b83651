package service_test

import (
	"strings"
	"testing"
	"time"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// The global shortcut opens a form that asks for the channel. If the bot is not in it, the
// person is told so by direct message.
func TestForm_FromTheShortcut(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	ask := func(channel string) {
		t.Helper()
		if _, err := h.Slack.Shortcut(h.Ctx, stage.Alice, "extend_server"); err != nil {
			t.Fatal(err)
		}
		waitForm(h, stage.Alice, "Channel for the card")
		choose(h, stage.Alice, "server", "web-1", "duration", "24", "channel", channel)
		if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
			t.Fatalf("the form says %v", got)
		}
	}
	ask(stage.Random)
	direct := h.Slack.DirectChannel(stage.Alice)
	if _, err := h.Slack.WaitMessage(h.Ctx, direct, func(m slacksim.Message) bool { return servicetest.Contains(m, "I am not in <#"+stage.Random+">") }); err != nil {
		t.Fatal(err)
	}
	ask(stage.Ops)
	h.Confirm(h.WaitMessage(servicetest.IsOpen))
	h.WaitMessage(func(m slacksim.Message) bool { return strings.HasPrefix(m.Text, servicetest.Receipt) })
	if _, err := h.Slack.Shortcut(h.Ctx, stage.Mallory, "extend_server"); err != nil {
		t.Fatal(err)
	}
	direct = h.Slack.DirectChannel(stage.Mallory)
	if _, err := h.Slack.WaitMessage(h.Ctx, direct, func(m slacksim.Message) bool { return servicetest.Contains(m, "not on the list") }); err != nil {
		t.Fatal(err)
	}
	if open := h.Slack.Views(stage.Mallory); len(open) > 0 {
		t.Errorf("a stranger got %+v", open)
	}
}

// Where the bot is not, the answer to the form comes the way that its command was answered.
func TestForm_BotNotInTheChannel(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	if _, err := h.Slack.Command(h.Ctx, slacksim.SlashCommand{User: stage.Alice, Channel: stage.Random, Command: "/extend"}); err != nil {
		t.Fatal(err)
	}
	waitForm(h, stage.Alice, "")
	choose(h, stage.Alice, "server", "web-1", "duration", "24")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	e := h.WaitEphemeral(stage.Alice, "I am not in <#"+stage.Random+">")
	if e.Channel != stage.Random {
		t.Errorf("answered in %s", e.Channel)
	}
}

// If Slack does not open the form, or not in time, the person gets the usage as text.
func TestForm_UsageIfItDoesNotOpen(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	for name, fault := range map[string]slacksim.Fault{
		"expired": {Error: "expired_trigger_id"}, "used": {Error: "exchanged_trigger_id"}, "broken": {Status: 500}, "lost": {After: slacksim.Reset},
		"malformed": {Error: "invalid_arguments"},
	} {
		h.Slack.Fail("views.open", fault, -1)
		if got := h.Answer(stage.Alice, ""); !strings.Contains(got, "/extend db-1 3d") {
			t.Errorf("%s: answered %s", name, got)
		}
		h.Slack.Clear("views.open")
	}
	if got := h.Answer(stage.Mallory, ""); !strings.Contains(got, "not on the list") {
		t.Errorf("a stranger is answered %s", got)
	}
	wantNothingHappened(h)
}

// Slack says nothing for three seconds: the person gets the usage as text.
func TestForm_UsageIfSlackHangs(t *testing.T) {
	t.Parallel()
	servicetest.Bubble(t, func(h *servicetest.Harness) {
		h.Start()
		h.Slack.Fail("views.open", slacksim.Fault{Before: slacksim.Hang}, 1)
		wantParts(t, h.Answer(stage.Alice, ""), "/extend db-1 3d")
	})
}

// A button opens a form that is filled in, with its estimate; "until" counts in the time
// zone of the person, for which Slack is asked after the form is open.
func TestForm_FilledIn(t *testing.T) {
	t.Parallel()
	h := servicetest.Start(t)
	card := h.Order("web-1 24")
	until := time.Now().Add(40 * 24 * time.Hour).Format("2006-01-02 15:04")
	for fill, parts := range map[string][]string{
		`{"server":"WEB-1","time":"3 days","reason":"demo","channel":"C0OPS"}`:                        {"`web-1` by 3 days", "balance"},
		`{"server":"` + stage.Web + `","time":"2d because one","channel":"C0OPS","ask":true}`:         {"`web-1` by 2 days", "Channel for the card"},
		`{"server":"web-1","time":"until ` + until + `","channel":"C0OPS"}`:                           {"`web-1` by", "until "},
		`{"server":"web-1","time":"soon","channel":"C0OPS"}`:                                          {"do not understand soon"},
		`{"server":"nope","time":"3d","channel":"C0OPS","reason":"` + strings.Repeat("x", 300) + `"}`: {"How long"},
		`garbage`: {"Channel for the card"},
	} {
		h.ClickRaw(stage.Alice, card, "form_open", fill)
		wantParts(t, blockkit.FlattenText(waitForm(h, stage.Alice, parts[0]).Blocks), parts...)
		if _, err := h.Slack.CloseView(h.Ctx, stage.Alice, ""); err != nil {
			t.Fatal(err)
		}
	}
	h.WaitCall("views.update", func(c slacksim.Call) bool { return c.Done })
	if n := len(h.Slack.Calls("views.update")); n != 1 {
		t.Errorf("%d updates, want one, for until: the others are complete when they open", n)
	}
	h.ClickRaw(stage.Alice, card, "form_open", `{"server":"web-1","time":"2d","reason":"demo","channel":"C0OPS"}`)
	waitForm(h, stage.Alice, "by 2 days")
	if got := submit(h, slacksim.ViewSubmission{User: stage.Alice}); got != nil {
		t.Fatalf("the form says %v", got)
	}
	wantParts(t, h.WaitMessage(servicetest.IsOpen).Flat(), "2 days", "demo")
}
