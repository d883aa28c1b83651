package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"extendbot/internal/service/servicetest"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/internal/stage"
)

// tryLive runs all checks with a card for a person. meet is called when the card is there.
func tryLive(ctx context.Context, h *servicetest.Harness, user string, meet func(slacksim.Message)) (string, error) {
	var out bytes.Buffer
	err := Run(ctx, Config{Settings: h.Settings, Version: "test", LiveUser: user,
		Report: func(r Result) { fmt.Fprintln(&out, r) },
		Progress: func(text string) {
			fmt.Fprintln(&out, text)
			if strings.Contains(text, "press its button") {
				meet(h.Slack.Messages(h.Slack.DirectChannel(user))[0])
			}
		}})
	return out.String(), err
}

// check --live sends a person a card, and hears the press of its button. No order is
// recorded or placed.
func TestLive_HearsThePress(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	clicked := make(chan error, 1)
	out, err := tryLive(t.Context(), h, stage.Alice, func(card slacksim.Message) {
		action := blockkit.Buttons(card.Blocks)[0].ActionID
		go func() {
			_, err := h.Slack.Click(t.Context(), slacksim.Click{User: stage.Alice, Channel: card.Channel, TS: card.TS, ActionID: action})
			clicked <- err
		}()
	})
	if err != nil || !strings.Contains(out, "ok      live: U0ALICE pressed the button after ") || <-clicked != nil {
		t.Errorf("%v\n%s", err, out)
	}
	wantNoButtons(t, h)
	h.WantCharges(0, 0)
}

// Whatever stops it, the card has no button anymore.
func TestLive_Stopped(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	out, err := tryLive(ctx, h, stage.Alice, func(slacksim.Message) { cancel() })
	if err == nil || !strings.Contains(err.Error(), "stopped before the end") || strings.Contains(out, "FAILED") {
		t.Errorf("%v\n%s", err, out)
	}
	wantNoButtons(t, h)
}

// Without a Slack that works, or beside a serving process, no card is sent.
func TestLive_Refused(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	try := func(want string) {
		t.Helper()
		out, err := tryLive(t.Context(), h, stage.Alice, func(slacksim.Message) { t.Error("there is a card") })
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v\n%s", err, out)
		}
	}
	h.Slack.Fail("apps.connections.open", slacksim.NotSwitchedOn(), 1)
	try("FAILED  live: was not tried, because Slack does not work")
	h.Slack.SetNumConnectionsOffset(2)
	try("FAILED  live: Slack counts 2 other connections of this app, and could send the press there: stop the other process")
	h.Slack.SetNumConnectionsOffset(0)
	h.Slack.Fail("chat.postMessage", slacksim.Fault{Error: "messages_tab_disabled"}, 1)
	try("FAILED  live: the card cannot be sent: chat.postMessage: messages_tab_disabled: check that U0ALICE is a person of this workspace, and that the Messages tab of the app is on")
}

func wantNoButtons(t *testing.T, h *servicetest.Harness) {
	t.Helper()
	cards := h.Slack.Messages(h.Slack.DirectChannel(stage.Alice))
	if len(cards) != 1 || blockkit.Buttons(cards[0].Blocks) != nil {
		t.Errorf("there are %+v", cards)
	}
}

// The card goes to the person who is named, or else to the only admin.
func TestLiveUser_OnlyAdmin(t *testing.T) {
	h := servicetest.New(t, slacksim.Config{})
	for name, c := range map[string]struct {
		admins     []string
		user, want string
		says       string
	}{
		"the only admin": {admins: []string{stage.Carol}, want: stage.Carol},
		"somebody":       {user: stage.Alice, want: stage.Alice},
		"no admin":       {says: "the policy has no admin"},
		"two admins":     {admins: []string{stage.Alice, stage.Carol}, says: "several admins (U0ALICE, U0CAROL)"},
		"no id":          {user: "@alice", says: "must be the id of a Slack user"},
	} {
		t.Run(name, func(t *testing.T) {
			h.Settings.Admins = c.admins
			got, err := LiveUser(h.Settings, c.user)
			if got != c.want || (c.says != "") != errors.Is(err, ErrLiveUser) || c.says != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
