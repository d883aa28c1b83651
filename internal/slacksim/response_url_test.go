package slacksim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
)

// runCommand sends a command whose ack is empty, and returns its delivery.
func runCommand(t *testing.T, s *slacksim.Server, c slacksim.SlashCommand) *slacksim.Delivery {
	t.Helper()
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	d, err := s.Command(within(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func respond(t *testing.T, s *slacksim.Server, url string, opts ...slack.MsgOption) error {
	t.Helper()
	_, _, err := client(s).PostMessageContext(t.Context(), "", append(opts, slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral))...)
	return err
}

// urlStatus returns the HTTP status in an error of a response_url, or 0.
func urlStatus(err error) int {
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return e.Code
	}
	return 0
}

// A response_url works five times.
func TestResponseURL_FiveTimes(t *testing.T) {
	s := start(t, slacksim.Config{})
	d := runCommand(t, s, extend)
	for range 5 {
		if err := respond(t, s, d.ResponseURL, slack.MsgOptionText("hint", false)); err != nil {
			t.Fatal(err)
		}
	}
	if got := urlStatus(respond(t, s, d.ResponseURL, slack.MsgOptionText("hint", false))); got != http.StatusNotFound {
		t.Errorf("sixth use: status %d", got)
	}
	e := s.Ephemerals("U0ALICE")
	if len(e) != 5 || e[0].Source != slacksim.SourceResponseURL || e[0].Channel != "C0OPS" {
		t.Errorf("%+v", e)
	}
	if calls := s.Calls("response_url"); len(calls) != 6 || calls[5].Status != http.StatusNotFound || calls[0].Channel() != "C0OPS" {
		t.Errorf("%+v", calls)
	}
}

// A response_url works for 30 minutes.
func TestResponseURL_HalfAnHour(t *testing.T) {
	c := newClock()
	s := start(t, slacksim.Config{Now: c.now})
	d := runCommand(t, s, extend)
	c.move(30 * time.Minute)
	if err := respond(t, s, d.ResponseURL, slack.MsgOptionText("in time", false)); err != nil {
		t.Error(err)
	}
	c.move(time.Second)
	if got := urlStatus(respond(t, s, d.ResponseURL, slack.MsgOptionText("late", false))); got != http.StatusNotFound {
		t.Errorf("status %d", got)
	}
}

// A command and its response_url work even where the bot is not a member.
func TestResponseURL_BotIsNotInChannel(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddChannel(slacksim.Channel{ID: "C0SECRET", Private: true})
	c := extend
	c.Channel = "C0SECRET"
	d := runCommand(t, s, c)
	if got := code(post(t, s, "C0SECRET")); got != "channel_not_found" {
		t.Errorf("a post: %q", got)
	}
	if err := respond(t, s, d.ResponseURL, slack.MsgOptionText("invite me", false)); err != nil {
		t.Error(err)
	}
	if _, err := s.WaitEphemeral(within(t), "U0ALICE", func(e slacksim.Ephemeral) bool { return e.Text == "invite me" }); err != nil {
		t.Error(err)
	}
}

// A response that Slack refuses does not use up the response_url.
func TestResponseURL_RefusalIsNotAUse(t *testing.T) {
	s := start(t, slacksim.Config{})
	d := runCommand(t, s, extend)
	for range 6 {
		err := respond(t, s, d.ResponseURL, slack.MsgOptionBlocks(card(strings.Repeat("x", 3001), "v")...))
		if code(err) != "invalid_blocks" {
			t.Errorf("%v", err)
		}
	}
	if err := respond(t, s, d.ResponseURL, slack.MsgOptionText("x", false)); err != nil {
		t.Error(err)
	}
}

// Posts to a response_url can fail.
func TestResponseURL_Faults(t *testing.T) {
	s := start(t, slacksim.Config{})
	d := runCommand(t, s, extend)
	s.Fail("response_url", slacksim.Fault{Status: 503}, 1)
	if got := urlStatus(respond(t, s, d.ResponseURL, slack.MsgOptionText("x", false))); got != 503 {
		t.Errorf("status %d", got)
	}
	s.Fail("response_url", slacksim.Fault{After: slacksim.Reset}, 1)
	if err := respond(t, s, d.ResponseURL, slack.MsgOptionText("x", false)); err == nil {
		t.Error("no error")
	}
	if n := len(s.Ephemerals("U0ALICE")); n != 1 {
		t.Errorf("%d ephemerals", n)
	}
}

// postAndClick posts a card, clicks Confirm, and returns the card and the
// delivery.
func postAndClick(t *testing.T, s *slacksim.Server) (slacksim.Message, *slacksim.Delivery) {
	t.Helper()
	b := runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	_, ts, err := b.api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionText("card", false), slack.MsgOptionBlocks(card("card", "v")...))
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Click(within(t), slacksim.Click{User: "U0BOB", Channel: "C0OPS", TS: ts, ActionID: "order_cancel"})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := s.Message("C0OPS", ts)
	return m, d
}

// A response_url of a click can replace and delete the clicked message.
func TestResponseURL_ReplacesAndDeletes(t *testing.T) {
	s := start(t, slacksim.Config{})
	m, d := postAndClick(t, s)
	api := client(s)
	replace := func(opts ...slack.MsgOption) {
		if _, _, err := api.PostMessageContext(t.Context(), "", opts...); err != nil {
			t.Fatal(err)
		}
	}
	replace(slack.MsgOptionReplaceOriginal(d.ResponseURL), slack.MsgOptionText("replaced", false))
	if got, _ := s.Message("C0OPS", m.TS); got.Text != "replaced" || got.Blocks != nil || got.Edits != 1 {
		t.Errorf("%+v", got)
	}
	replace(slack.MsgOptionDeleteOriginal(d.ResponseURL))
	if _, ok := s.Message("C0OPS", m.TS); ok {
		t.Error("the message still exists")
	}
}

// A button of an ephemeral can be clicked, and the ephemeral can be replaced.
func TestEphemeral_ClickedAndReplaced(t *testing.T) {
	s := start(t, slacksim.Config{})
	b := runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	ts, err := b.api.PostEphemeralContext(t.Context(), "C0OPS", "U0ALICE", slack.MsgOptionBlocks(card("sure?", "v")...))
	if err != nil {
		t.Fatal(err)
	}
	click := slacksim.Click{User: "U0ALICE", Channel: "C0OPS", TS: ts, ActionID: "order_confirm"}
	d, err := s.Click(within(t), click)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(d.Body()), `"is_ephemeral":true`) || strings.Contains(string(d.Body()), `"message":`) {
		t.Errorf("payload %s", d.Body())
	}
	_, _, err = b.api.PostMessageContext(t.Context(), "", slack.MsgOptionReplaceOriginal(d.ResponseURL), slack.MsgOptionText("done", false))
	if err != nil {
		t.Fatal(err)
	}
	if e := s.Ephemerals("U0ALICE"); len(e) != 1 || e[0].Text != "done" || len(e[0].Buttons()) != 0 {
		t.Errorf("%+v", e)
	}
	other := click
	other.User = "U0BOB"
	if _, err := s.Click(within(t), other); !errors.Is(err, slacksim.ErrNoSuchMessage) {
		t.Errorf("another person's ephemeral: %v", err)
	}
	if _, _, err := b.api.PostMessageContext(t.Context(), "", slack.MsgOptionDeleteOriginal(d.ResponseURL)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Click(within(t), click); !errors.Is(err, slacksim.ErrNoSuchMessage) || len(s.Ephemerals("U0ALICE")) != 0 {
		t.Errorf("a deleted ephemeral: %v, %d are left", err, len(s.Ephemerals("U0ALICE")))
	}
}

// Replacing the answer of a command replaces the ephemeral.
func TestResponseURL_ReplacesCommandAnswer(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return map[string]any{"text": "working"}, true })
	d, err := s.Command(within(t), extend)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client(s).PostMessageContext(context.Background(), "", slack.MsgOptionReplaceOriginal(d.ResponseURL), slack.MsgOptionText("done", false))
	if err != nil {
		t.Fatal(err)
	}
	if e := s.Ephemerals("U0ALICE"); len(e) != 1 || e[0].Text != "done" || e[0].Source != slacksim.SourceAck || e[0].Edits != 1 {
		t.Errorf("%+v", e)
	}
}
