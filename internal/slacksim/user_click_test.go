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

// The payload of a click has what Slack sends.
func TestClick_Payload(t *testing.T) {
	s := start(t, slacksim.Config{})
	m, d := postAndClick(t, s)
	var got slack.InteractionCallback
	if err := json.Unmarshal(d.Body(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != slack.InteractionTypeBlockActions || got.APIAppID != s.AppID() || got.Team.ID != s.TeamID() ||
		got.User.ID != "U0BOB" || got.User.TeamID != s.TeamID() || got.Channel.ID != "C0OPS" ||
		got.TriggerID != d.TriggerID || got.ResponseURL != d.ResponseURL {
		t.Errorf("%+v", got)
	}
	if c := got.Container; c.Type != "message" || c.MessageTs != m.TS || c.ChannelID != "C0OPS" || c.IsEphemeral {
		t.Errorf("container %+v", c)
	}
	if got.Message.Timestamp != m.TS || got.Message.BotID != "B0BOT" || len(got.Message.Blocks.BlockSet) != 2 {
		t.Errorf("message %+v", got.Message)
	}
	a := got.ActionCallback.BlockActions
	if len(a) != 1 || a[0].ActionID != "order_cancel" || a[0].BlockID != "decision" || a[0].Value != "v" || a[0].ActionTs == "" {
		t.Errorf("actions %+v", a)
	}
	if got.BlockActionState == nil {
		t.Error("no state")
	}
}

// A client that shows an old message can still click a button that no longer
// exists.
func TestClickRaw_ButtonThatIsGone(t *testing.T) {
	s := start(t, slacksim.Config{})
	m, _ := postAndClick(t, s)
	if _, _, _, err := client(s).UpdateMessageContext(t.Context(), "C0OPS", m.TS, slack.MsgOptionText("decided", false)); err != nil {
		t.Fatal(err)
	}
	click := slacksim.Click{User: "U0ALICE", Channel: "C0OPS", TS: m.TS, ActionID: "order_confirm"}
	if _, err := s.Click(within(t), click); !errors.Is(err, slacksim.ErrNoSuchButton) {
		t.Errorf("Click: %v", err)
	}
	d, err := s.ClickRaw(within(t), click, "v")
	if err != nil {
		t.Fatal(err)
	}
	var got slack.InteractionCallback
	if err := json.Unmarshal(d.Body(), &got); err != nil || got.ActionCallback.BlockActions[0].Value != "v" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A click of an unknown user, channel or message is an error.
func TestClick_Errors(t *testing.T) {
	s := start(t, slacksim.Config{})
	for want, c := range map[error]slacksim.Click{
		slacksim.ErrUnknownUser:    {User: "U0NONE", Channel: "C0OPS"},
		slacksim.ErrUnknownChannel: {User: "U0BOB", Channel: "C0NONE"},
		slacksim.ErrNoSuchMessage:  {User: "U0BOB", Channel: "C0OPS", TS: "1.000001"},
	} {
		if d, err := s.Click(within(t), c); !errors.Is(err, want) || d == nil {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// A payload can name another workspace or app.
func TestPayload_OfAnotherTeamOrApp(t *testing.T) {
	s := start(t, slacksim.Config{})
	s.AddUser(slacksim.User{ID: "U0EVE", TeamID: "T0OTHER", IsStranger: true})
	seen := make(chan string, 2)
	b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
		switch data := evt.Data.(type) {
		case slack.SlashCommand:
			seen <- data.TeamID + " " + data.APIAppID
		case slack.InteractionCallback:
			seen <- data.Team.ID + " " + data.APIAppID + " " + data.User.TeamID
		}
		return nil, true
	})
	_, ts, err := b.api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionBlocks(card("card", "v")...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", TeamID: "T0X", AppID: "A0X"}); err != nil {
		t.Error(err)
	}
	if _, err := s.Click(within(t), slacksim.Click{User: "U0EVE", Channel: "C0OPS", TS: ts, ActionID: "order_confirm", TeamID: "T0Y"}); err != nil {
		t.Error(err)
	}
	if a, b := <-seen, <-seen; a != "T0X A0X" || b != "T0Y A0APP T0OTHER" {
		t.Errorf("%q, %q", a, b)
	}
}

// A payload names the organization of the workspace, or whatever it is told to
// say about where it comes from.
func TestPayload_OfOrganization(t *testing.T) {
	for name, c := range map[string]struct {
		config slacksim.Config
		click  slacksim.Click
		want   string // the workspace, the person's, the organization
	}{
		"a workspace of an organization":  {slacksim.Config{EnterpriseID: "E1"}, slacksim.Click{}, "T0TEAM/T0TEAM/E1"},
		"a person of a sibling workspace": {slacksim.Config{EnterpriseID: "E1"}, slacksim.Click{UserTeamID: "T2"}, "T0TEAM/T2/E1"},
		"another organization":            {slacksim.Config{}, slacksim.Click{UserTeamID: "TX", EnterpriseID: "EX"}, "T0TEAM/TX/EX"},
		"nothing": {
			slacksim.Config{EnterpriseID: "E1"},
			slacksim.Click{TeamID: slacksim.Nothing, UserTeamID: slacksim.Nothing, EnterpriseID: slacksim.Nothing}, "//",
		},
		"installed for the organization": {slacksim.Config{EnterpriseID: "E1", OrgInstall: true}, slacksim.Click{}, "/T0TEAM/E1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.config)
			seen := make(chan string, 1)
			b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
				if data, ok := evt.Data.(slack.InteractionCallback); ok {
					seen <- data.Team.ID + "/" + data.User.TeamID + "/" + data.Enterprise.ID
				}
				return nil, true
			})
			_, ts, err := b.api.PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionBlocks(card("card", "v")...))
			if err != nil {
				t.Fatal(err)
			}
			c.click.User, c.click.Channel, c.click.TS, c.click.ActionID = "U0BOB", "C0OPS", ts, "order_confirm"
			if _, err := s.Click(within(t), c.click); err != nil {
				t.Fatal(err)
			}
			if got := <-seen; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// The payload has the block id that the app gave, or a generated one. An update
// changes them only if the app gives another one, or none.
func TestClick_BlockIDs(t *testing.T) {
	s := start(t, slacksim.Config{})
	api := client(s)
	blocks := func(id string) slack.MsgOption {
		confirm := slack.NewButtonBlockElement("order_confirm", "v", slack.NewTextBlockObject("plain_text", "Confirm", false, false))
		return slack.MsgOptionBlocks(slack.NewActionBlock(id, confirm))
	}
	_, ts, err := api.PostMessageContext(t.Context(), "C0OPS", blocks("order"))
	if err != nil {
		t.Fatal(err)
	}
	clicked := func() string {
		t.Helper()
		d, err := s.Click(within(t), slacksim.Click{User: "U0BOB", Channel: "C0OPS", TS: ts, ActionID: "order_confirm"})
		if err != nil && !errors.Is(err, slacksim.ErrDispatchFailed) {
			t.Fatal(err)
		}
		var got slack.InteractionCallback
		if err := json.Unmarshal(d.Body(), &got); err != nil || len(got.ActionCallback.BlockActions) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		return got.ActionCallback.BlockActions[0].BlockID
	}
	update := func(id string) {
		t.Helper()
		if _, _, _, err := api.UpdateMessageContext(t.Context(), "C0OPS", ts, blocks(id)); err != nil {
			t.Fatal(err)
		}
	}
	if got := clicked(); got != "order" {
		t.Errorf("as posted: %s", got)
	}
	update("order")
	if got := clicked(); got != "order" {
		t.Errorf("after an update with the same id: %s", got)
	}
	update("order:01x")
	if got := clicked(); got != "order:01x" {
		t.Errorf("after an update with another id: %s", got)
	}
	update("")
	generated := clicked()
	update("")
	if again := clicked(); generated == "" || generated == again {
		t.Errorf("without ids: %q, then %q", generated, again)
	}
}

// A button keeps its confirmation dialog, which is also in the payload.
func TestClick_ConfirmationDialog(t *testing.T) {
	s := start(t, slacksim.Config{})
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	asks := slack.NewButtonBlockElement("order_confirm", "v", text("Confirm"))
	asks.Confirm = slack.NewConfirmationBlockObject(text("Again?"), text("It was extended."), text("Pay"), text("Back")).WithStyle(slack.StyleDanger)
	plain := slack.NewButtonBlockElement("order_cancel", "v", text("Cancel"))
	_, ts, err := client(s).PostMessageContext(t.Context(), "C0OPS", slack.MsgOptionBlocks(slack.NewActionBlock("", asks, plain)))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := s.Message("C0OPS", ts)
	button, _ := m.Button("order_confirm")
	says := func(s string) blockkit.Text { return blockkit.Text{Type: "plain_text", Text: s} }
	want := blockkit.Dialog{Title: says("Again?"), Text: says("It was extended."), Confirm: says("Pay"), Deny: says("Back"), Style: "danger"}
	if button.Confirm == nil || *button.Confirm != want {
		t.Errorf("the button asks %+v, want %+v", button.Confirm, want)
	}
	if other, ok := m.Button("order_cancel"); !ok || other.Confirm != nil {
		t.Errorf("the other button asks %+v", other.Confirm)
	}
	d, err := s.Click(within(t), slacksim.Click{User: "U0BOB", Channel: "C0OPS", TS: ts, ActionID: "order_confirm"})
	if !errors.Is(err, slacksim.ErrDispatchFailed) || !strings.Contains(string(d.Body()), `"confirm":{`) {
		t.Errorf("%s, %v", d.Body(), err)
	}
}
