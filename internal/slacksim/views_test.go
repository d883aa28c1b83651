package slacksim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
)

// modal returns a modal with a field for hours.
func modal(title string) slack.ModalViewRequest {
	label := slack.NewTextBlockObject("plain_text", "Hours", false, false)
	input := slack.NewInputBlock("hours", label, nil, slack.NewPlainTextInputBlockElement(nil, "h"))
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "ask", PrivateMetadata: "C0OPS", NotifyOnClose: true,
		Title:  slack.NewTextBlockObject("plain_text", title, false, false),
		Submit: slack.NewTextBlockObject("plain_text", "Go", false, false),
		Blocks: slack.Blocks{BlockSet: append(card("modal", "v"), input)},
	}
}

// openModal runs a bot that acks submissions with *answer, and opens a modal for alice.
func openModal(t *testing.T, s *slacksim.Server, answer *any) *bot {
	t.Helper()
	b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
		if data, ok := evt.Data.(slack.InteractionCallback); ok && data.Type == slack.InteractionTypeViewSubmission {
			if got := data.View.State.Values["hours"]["h"].Value; got != "24" || data.View.PrivateMetadata != "C0OPS" {
				t.Errorf("submitted %q in %q", got, data.View.PrivateMetadata)
			}
			return *answer, true
		}
		return nil, true
	})
	d, err := s.Command(within(t), extend)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, modal("Extend")); err != nil {
		t.Fatal(err)
	}
	return b
}

func submit(t *testing.T, s *slacksim.Server) error {
	t.Helper()
	_, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE", Values: map[string]map[string]any{
		"hours": {"h": map[string]any{"type": "plain_text_input", "value": "24"}},
	}})
	return err
}

// A function can be told of each modal that opens or is updated.
func TestViews_OnModal(t *testing.T) {
	var opened []slacksim.View
	s := start(t, slacksim.Config{OnModal: func(v slacksim.View) { opened = append(opened, v) }})
	b := openModal(t, s, new(any))
	if _, err := b.api.UpdateViewContext(t.Context(), modal("Again"), "", "", opened[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(opened) != 2 || opened[1].Title != "Again" || opened[1].Edits != 1 || opened[1].ID != opened[0].ID || opened[0].User != "U0ALICE" || opened[0].Title != "Extend" || opened[0].Submit != "Go" || opened[0].Close != "" {
		t.Errorf("opened %+v", opened)
	}
}

// The ack of a submission closes, keeps, updates, pushes or clears the modal.
func TestSubmitView_AckDecides(t *testing.T) {
	second, third := modal("Second"), modal("Third")
	bad := modal(strings.Repeat("x", 25))
	for _, c := range []struct {
		name   string
		answer any
		bad    bool
		left   []string
	}{
		{"nothing closes it", nil, false, nil},
		{"errors keep it", slack.NewErrorsViewSubmissionResponse(map[string]string{"hours": "too many"}), false, []string{"Extend"}},
		{"errors of no input", slack.NewErrorsViewSubmissionResponse(map[string]string{"decision": "no"}), true, []string{"Extend"}},
		{"update", slack.NewUpdateViewSubmissionResponse(&second), false, []string{"Second"}},
		{"update with a bad view", slack.NewUpdateViewSubmissionResponse(&bad), true, []string{"Extend"}},
		{"push", slack.NewPushViewSubmissionResponse(&third), false, []string{"Extend", "Third"}},
		{"clear", slack.NewClearViewSubmissionResponse(), false, nil},
		{"nonsense", map[string]any{"response_action": "explode"}, true, []string{"Extend"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, slacksim.Config{})
			openModal(t, s, &c.answer)
			if err := submit(t, s); errors.Is(err, slacksim.ErrBadAck) != c.bad || !c.bad && err != nil {
				t.Errorf("%v", err)
			}
			var left []string
			for _, v := range s.Views("U0ALICE") {
				left = append(left, v.Title)
			}
			if fmt.Sprint(left) != fmt.Sprint(c.left) {
				t.Errorf("left %v, want %v", left, c.left)
			}
		})
	}
}

// What a client would not submit is not delivered, and the modal stays open.
func TestSubmitView_AsAClientDoes(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	openModal(t, s, &answer)
	d, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE"})
	if !errors.Is(err, slacksim.ErrNotSubmitted) || d.EnvelopeID != "" || len(s.Views("U0ALICE")) != 1 {
		t.Errorf("an empty field: %+v, %v", d, err)
	}
}

// A trigger_id opens one view, within three seconds.
func TestTrigger_OneViewForThreeSeconds(t *testing.T) {
	c := newClock()
	s := start(t, slacksim.Config{Now: c.now})
	d := runCommand(t, s, extend)
	open := func(trigger string) string {
		_, err := client(s).OpenViewContext(t.Context(), trigger, modal("Extend"))
		return code(err)
	}
	if got := open("1.2.3"); got != "invalid_trigger_id" {
		t.Errorf("an invented trigger: %q", got)
	}
	c.move(3 * time.Second)
	for _, want := range []string{"", "exchanged_trigger_id"} {
		if got := open(d.TriggerID); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	d, err := s.Command(within(t), extend)
	if err != nil {
		t.Fatal(err)
	}
	c.move(3*time.Second + time.Millisecond)
	if got := open(d.TriggerID); got != "expired_trigger_id" {
		t.Errorf("late: %q", got)
	}
}

// A view is updated by its id, and only if the hash is current.
func TestViewsUpdate_ByIDAndHash(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	b := openModal(t, s, &answer)
	v := s.Views("U0ALICE")[0]
	if _, err := b.api.UpdateViewContext(t.Context(), modal("x"), "", "stale", v.ID); code(err) != "hash_conflict" {
		t.Errorf("%v", err)
	}
	if _, err := b.api.UpdateViewContext(t.Context(), modal("x"), "", "", "V0NONE"); code(err) != "not_found" {
		t.Errorf("%v", err)
	}
	got, err := b.api.UpdateViewContext(t.Context(), modal("New"), "", v.Hash, v.ID)
	if err != nil || got.ID != v.ID || got.Hash == v.Hash || s.Views("U0ALICE")[0].Title != "New" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A view that Slack would refuse is refused with Slack's error.
func TestViewsOpen_RefusesInvalidViews(t *testing.T) {
	s := start(t, slacksim.Config{})
	d := runCommand(t, s, extend)
	noSubmit, long, secret := modal("x"), modal(strings.Repeat("x", 25)), modal("x")
	noSubmit.Submit = nil
	secret.PrivateMetadata = strings.Repeat("x", 3001)
	huge := modal("x")
	huge.Blocks = slack.Blocks{}
	for range 100 {
		huge.Blocks.BlockSet = append(huge.Blocks.BlockSet, card(strings.Repeat("x", 2900), "v")[0])
	}
	for want, v := range map[string]slack.ModalViewRequest{"/view]": noSubmit, "/view/title/text]": long, "/view/private_metadata]": secret} {
		_, err := client(s).OpenViewContext(t.Context(), d.TriggerID, v)
		e, _ := errors.AsType[slack.SlackErrorResponse](err)
		if e.Err != "invalid_arguments" || !strings.Contains(fmt.Sprint(e.ResponseMetadata.Messages), want) {
			t.Errorf("%s: %+v", want, err)
		}
	}
	if _, err := client(s).OpenViewContext(t.Context(), d.TriggerID, huge); code(err) != "view_too_large" {
		t.Errorf("%v", err)
	}
}

// Closing a modal with notify_on_close is delivered. A closed modal is no longer
// open.
func TestCloseView_NotifyOnClose(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	openModal(t, s, &answer)
	d, err := s.CloseView(within(t), "U0ALICE", "")
	if err != nil || !d.Acked || !strings.Contains(string(d.Body()), `"view_closed"`) {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := s.CloseView(within(t), "U0ALICE", ""); !errors.Is(err, slacksim.ErrNoSuchView) {
		t.Errorf("%v", err)
	}
}

// The trigger of a button in a modal can push another modal.
func TestClickView_CanPushAModal(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	b := openModal(t, s, &answer)
	d, err := s.ClickView(within(t), "U0ALICE", "", "order_confirm")
	if err != nil || d.ResponseURL != "" {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := b.api.PushViewContext(t.Context(), d.TriggerID, modal("Sure?")); err != nil {
		t.Error(err)
	}
	if v := s.Views("U0ALICE"); len(v) != 2 || v[1].PreviousID != v[0].ID || v[1].RootID != v[0].ID {
		t.Errorf("%+v", v)
	}
}

// A Home tab can be published, its buttons can be clicked, and it can be turned
// off.
func TestHome_PublishClickDisable(t *testing.T) {
	s := start(t, slacksim.Config{})
	b := runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	publish := func(user string) error {
		_, err := b.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: user,
			View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: card("home", "v")}}})
		return err
	}
	if _, err := s.ClickHome(within(t), "U0ALICE", "order_confirm"); !errors.Is(err, slacksim.ErrNoSuchView) {
		t.Errorf("before the first publish: %v", err)
	}
	if err := publish("U0ALICE"); err != nil {
		t.Fatal(err)
	}
	d, err := s.ClickHome(within(t), "U0ALICE", "order_confirm")
	if err != nil || d.ResponseURL != "" || strings.Contains(string(d.Body()), `"channel"`) {
		t.Errorf("%+v, %v", d, err)
	}
	if err := publish("U0NONE"); code(err) != "invalid_arguments" {
		t.Errorf("for nobody: %v", err)
	}
	s.SetHomeEnabled(false)
	if err := publish("U0ALICE"); code(err) != "not_enabled" {
		t.Errorf("switched off: %v", err)
	}
}

// The options in the ack of a suggestion are checked.
func TestBlockSuggestion_ChecksOptions(t *testing.T) {
	s := start(t, slacksim.Config{})
	option := map[string]any{"text": map[string]any{"type": "plain_text", "text": "web-1"}, "value": "1"}
	answer := map[string]any{"options": []any{option}}
	b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
		if data, ok := evt.Data.(slack.InteractionCallback); ok && data.Type == slack.InteractionTypeBlockSuggestion {
			return answer, true
		}
		return nil, true
	})
	d, err := s.Command(within(t), extend)
	if err != nil {
		t.Fatal(err)
	}
	view := modal("Extend")
	sel := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, nil, "server")
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, slack.NewActionBlock("pick", sel))
	if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, view); err != nil {
		t.Fatal(err)
	}
	d, err = s.BlockSuggestion(within(t), "U0ALICE", "", "server", "web")
	if err != nil || !strings.Contains(string(d.Payload), "web-1") {
		t.Errorf("%s, %v", d.Payload, err)
	}
	answer["options"] = slicesOf(option, 101)
	if _, err := s.BlockSuggestion(within(t), "U0ALICE", "", "server", "web"); !errors.Is(err, slacksim.ErrBadAck) {
		t.Errorf("101 options: %v", err)
	}
}

func slicesOf(v any, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// What a person chooses in a modal is in every payload about it, survives an update of the
// view, and is sent at once if the input's block asks for that. A client has no other
// choices than those that the modal shows.
func TestChoose_AsAClient(t *testing.T) {
	s := start(t, slacksim.Config{})
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	option := slack.NewOptionBlockObject("web-1", text("web-1"), nil)
	var states []string
	b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
		data, ok := evt.Data.(slack.InteractionCallback)
		switch {
		case !ok:
			return nil, true
		case data.Type == slack.InteractionTypeBlockSuggestion:
			return map[string]any{"options": []any{option}}, true
		case data.Type == slack.InteractionTypeShortcut:
			states = append(states, string(data.Type)+" "+data.CallbackID)
			return nil, true
		default:
			v := data.View.State.Values
			states = append(states, string(data.Type)+" "+v["server"]["server"].SelectedOption.Value+" "+v["time"]["time"].SelectedOption.Value+" "+v["in"]["in"].SelectedConversation)
			return nil, true
		}
	})
	find := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, nil, "server")
	find.MinQueryLength = new(int)
	server := slack.NewInputBlock("server", text("Server"), nil, find)
	server.DispatchAction = true
	times := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "time", slack.NewOptionBlockObject("24", text("1 day"), nil), slack.NewOptionBlockObject("72", text("3 days"), nil))
	times.InitialOption = slack.NewOptionBlockObject("24", text("1 day"), nil)
	view := modal("Extend")
	view.Blocks.BlockSet = []slack.Block{
		server, slack.NewInputBlock("time", text("Time"), nil, times),
		slack.NewInputBlock("in", text("Channel"), nil, slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, nil, "in")),
	}
	d, err := s.Shortcut(within(t), "U0ALICE", "extend_server")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := b.api.OpenViewContext(t.Context(), d.TriggerID, view)
	if err != nil {
		t.Fatal(err)
	}
	choose := func(input, value string, sent bool, want error) {
		t.Helper()
		d, err := s.Choose(within(t), "U0ALICE", "", input, value)
		if !errors.Is(err, want) || (d.EnvelopeID != "") != sent {
			t.Errorf("%s %s: %v, envelope %q", input, value, err, d.EnvelopeID)
		}
	}
	choose("server", "web-1", false, slacksim.ErrNoSuchChoice) // nothing was suggested yet
	if _, err := s.BlockSuggestion(within(t), "U0ALICE", "", "server", ""); err != nil {
		t.Fatal(err)
	}
	choose("server", "web-1", true, nil)
	choose("time", "48", false, slacksim.ErrNoSuchChoice)
	choose("time", "72", false, nil)
	choose("in", "C0NONE", false, slacksim.ErrNoSuchChoice)
	if _, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE"}); !errors.Is(err, slacksim.ErrNotSubmitted) {
		t.Errorf("submitted without a channel: %v", err)
	}
	choose("in", "C0OPS", false, nil)
	if _, err := b.api.UpdateViewContext(t.Context(), view, "", "", opened.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE"}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"shortcut extend_server", "block_actions web-1 24 ", "view_submission web-1 72 C0OPS"}; !slices.Equal(states, want) {
		t.Errorf("got %q, want %q", states, want)
	}
}

// What people write to the bot is delivered if the app has the scope for it, and mentions
// only where the bot is.
func TestDirect_NeedsScope(t *testing.T) {
	for name, c := range map[string]struct {
		scopes       []string
		dm, mentions bool
	}{
		"all":      {slacksim.DefaultScopes(), true, true},
		"none":     {[]string{"chat:write"}, false, false},
		"mentions": {[]string{"app_mentions:read"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, slacksim.Config{Scopes: c.scopes})
			s.AddChannel(slacksim.Channel{ID: "C0AWAY"})
			var got []string
			runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
				if data, ok := evt.Data.(slackevents.EventsAPIEvent); ok {
					switch e := data.InnerEvent.Data.(type) {
					case *slackevents.MessageEvent:
						got = append(got, e.ChannelType+" "+e.User+" "+e.Text)
					case *slackevents.AppMentionEvent:
						got = append(got, e.Channel+" "+e.User+" "+e.Text+" "+e.ThreadTimeStamp)
					}
				}
				return nil, true
			})
			dm, err := s.Direct(within(t), "U0ALICE", "web-1 <3d>")
			mention, err2 := s.Mention(within(t), "U0ALICE", "C0OPS", "help", "1.2")
			away, err3 := s.Mention(within(t), "U0ALICE", "C0AWAY", "help", "")
			if err := errors.Join(err, err2, err3); err != nil {
				t.Fatal(err)
			}
			if (dm.EnvelopeID != "") != c.dm || (mention.EnvelopeID != "") != c.mentions || away.EnvelopeID != "" {
				t.Errorf("delivered %q, %q, %q", dm.EnvelopeID, mention.EnvelopeID, away.EnvelopeID)
			}
			var want []string
			if c.dm {
				want = append(want, "im U0ALICE web-1 &lt;3d&gt;")
			}
			if c.mentions {
				want = append(want, "C0OPS U0ALICE <@"+s.BotUserID()+"> help 1.2")
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// A direct message is one event, also if it is delivered again. People cannot write to an
// app whose messages tab is read only, and a mention in direct messages is none.
func TestDirect_OneEvent(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	d, err := s.Direct(within(t), "U0ALICE", "web-1 3d")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Redeliver(within(t), d, false)
	if first := body(t, d)["event_id"]; err != nil || first == "" || body(t, again)["event_id"] != first || again.EnvelopeID == d.EnvelopeID {
		t.Errorf("%s, %s, %v", d.Body(), again.Body(), err)
	}
	if d, err := s.Mention(within(t), "U0ALICE", s.DirectChannel("U0ALICE"), "help", ""); err != nil || d.EnvelopeID != "" {
		t.Errorf("a mention in direct messages: envelope %q, %v", d.EnvelopeID, err)
	}
	if _, err := s.Direct(within(t), "U0NOBODY", "x"); !errors.Is(err, slacksim.ErrUnknownUser) {
		t.Errorf("of nobody: %v", err)
	}
	readOnly := start(t, slacksim.Config{MessagesReadOnly: true})
	if d, err := readOnly.Direct(within(t), "U0ALICE", "x"); !errors.Is(err, slacksim.ErrMessagesReadOnly) || d.EnvelopeID != "" {
		t.Errorf("read only: envelope %q, %v", d.EnvelopeID, err)
	}
	if n := len(readOnly.Messages(readOnly.DirectChannel("U0ALICE"))); n != 0 {
		t.Errorf("read only: %d messages", n)
	}
}
