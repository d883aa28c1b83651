package slacksim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// shop is a small slack-go program: it answers a command with a card, and a
// click changes the card.
func shop(t *testing.T) handler {
	return func(api *slack.Client, evt socketmode.Event) (any, bool) {
		switch data := evt.Data.(type) {
		case slack.SlashCommand:
			if data.Text == "help" {
				return map[string]any{"text": "Usage: /extend <server> <hours>"}, true
			}
			_, _, err := api.PostMessageContext(t.Context(), data.ChannelID,
				slack.MsgOptionText("Extend "+data.Text+"?", false),
				slack.MsgOptionBlocks(card("*"+data.Text+"*", "order-1")...))
			if err != nil {
				t.Error(err)
			}
			return nil, true
		case slack.InteractionCallback:
			action := data.ActionCallback.BlockActions[0]
			if action.Value != "order-1" || data.User.TeamID != "T0TEAM" || data.Message.Text == "" {
				t.Errorf("payload: value %q, user %+v, text %q", action.Value, data.User, data.Message.Text)
			}
			_, _, _, err := api.UpdateMessageContext(t.Context(), data.Container.ChannelID, data.Container.MessageTs,
				slack.MsgOptionText("Done by <@"+data.User.ID+">", false))
			if err != nil {
				t.Error(err)
			}
			_, _, err = api.PostMessageContext(t.Context(), data.Channel.ID,
				slack.MsgOptionText("Receipt", false), slack.MsgOptionTS(data.Container.MessageTs))
			if err != nil {
				t.Error(err)
			}
			return nil, true
		}
		return nil, true
	}
}

// The whole flow works with slack-go: a command, a card, a click, and a receipt
// in the thread.
func TestFlow_CommandCardClickReceipt(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, shop(t))
	ctx := within(t)

	d, err := s.Command(ctx, slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", Text: "web-1 24"})
	if err != nil || !d.Acked || d.Payload != nil || d.Conn != 1 {
		t.Fatalf("command: %+v, %v", d, err)
	}
	posted, err := s.WaitMessage(ctx, "C0OPS", func(m slacksim.Message) bool { return len(m.Buttons()) == 2 })
	if err != nil {
		t.Fatal(err)
	}
	if want := "*web-1 24*\n[Confirm]\n[Cancel]"; posted.Flat() != want {
		t.Errorf("card is %q, want %q", posted.Flat(), want)
	}
	if _, err := s.Click(ctx, slacksim.Click{User: "U0ALICE", Channel: "C0OPS", TS: posted.TS, ActionID: "order_confirm"}); err != nil {
		t.Fatal(err)
	}
	settled, _ := s.Message("C0OPS", posted.TS)
	if settled.Text != "Done by <@U0ALICE>" || settled.Blocks != nil || settled.Edits != 1 {
		t.Errorf("card after the click: %+v", settled)
	}
	if thread := s.Thread("C0OPS", posted.TS); len(thread) != 1 || thread[0].Text != "Receipt" {
		t.Errorf("thread: %+v", thread)
	}
	_, err = s.Click(ctx, slacksim.Click{User: "U0ALICE", Channel: "C0OPS", TS: posted.TS, ActionID: "order_confirm"})
	if !errors.Is(err, slacksim.ErrNoSuchButton) {
		t.Errorf("click on a button that no longer exists: %v", err)
	}
}

// Only the person who sent the command sees the text in its ack.
func TestCommand_AckTextIsEphemeral(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, shop(t))
	d, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", Text: "help"})
	if err != nil || !strings.HasPrefix(d.AckText(), "Usage") {
		t.Fatalf("%q, %v", d.AckText(), err)
	}
	e, err := s.WaitEphemeral(within(t), "U0ALICE", func(slacksim.Ephemeral) bool { return true })
	if err != nil || e.Source != slacksim.SourceAck || e.Channel != "C0OPS" {
		t.Errorf("%+v, %v", e, err)
	}
	if got := s.Messages("C0OPS"); len(got) != 0 {
		t.Errorf("the channel saw %+v", got)
	}
}

// An ack with response_type in_channel posts a message to the channel.
func TestCommand_PublicAck(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) {
		return map[string]any{"response_type": "in_channel", "text": "hello all"}, true
	})
	if _, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Messages("C0OPS"); len(got) != 1 || got[0].Text != "hello all" || got[0].Via != slacksim.SourceAck {
		t.Errorf("%+v", got)
	}
}

// An ack with a message that Slack would refuse is an error.
func TestCommand_InvalidAck(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) {
		return map[string]any{"blocks": []any{map[string]any{"type": "header"}}}, true
	})
	d, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend"})
	if !errors.Is(err, slacksim.ErrBadAck) || !d.Acked {
		t.Errorf("%+v, %v", d, err)
	}
}

// The payload of a command has what Slack sends.
func TestCommand_Payload(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	d, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", Text: "a < b"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(d.Body(), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"command": "/extend", "text": "a < b", "team_id": "T0TEAM", "team_domain": "acme", "channel_id": "C0OPS",
		"channel_name": "ops", "user_id": "U0ALICE", "user_name": "alice", "api_app_id": "A0APP",
		"is_enterprise_install": "false", "trigger_id": d.TriggerID, "response_url": d.ResponseURL,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %q", name, got[name], want)
		}
	}
}

// An event is delivered in its event_callback wrapper.
func TestEvent_Wrapper(t *testing.T) {
	s := start(t, slacksim.Config{})
	b := runBot(t, s, 1, func(api *slack.Client, evt socketmode.Event) (any, bool) {
		_, err := api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{
			UserID: "U0ALICE",
			View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: card("home", "x")}},
		})
		return nil, err == nil && evt.Type == socketmode.EventTypeEventsAPI
	})
	for range 2 {
		if d, err := s.OpenHome(within(t), "U0ALICE"); err != nil || !d.Acked {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	view, ok := s.HomeView("U0ALICE")
	if !ok || view.Edits != 1 || !strings.Contains(blockkit.FlattenText(s.Home("U0ALICE")), "home") {
		t.Errorf("home: %+v", view)
	}
	stale := "stale"
	_, err := b.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{
		UserID: "U0ALICE", Hash: &stale,
		View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: card("home", "x")}},
	})
	if err == nil || err.Error() != "hash_conflict" {
		t.Errorf("publish with a stale hash: %v", err)
	}
}
