package slacksim_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

func plainText(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", text, false, false)
}

func option(name string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(name, plainText("the "+name), nil)
}

// field returns an input block whose block and action id are the same.
func field(id string, element slack.BlockElement) *slack.InputBlock {
	return slack.NewInputBlock(id, plainText(id), nil, element)
}

func menu(kind, id string, options ...*slack.OptionBlockObject) *slack.SelectBlockElement {
	return slack.NewOptionsSelectBlockElement(kind, nil, id, options...)
}

// formOf returns a modal with inputs, and a divider.
func formOf(blocks ...slack.Block) slack.ModalViewRequest {
	v := modal("Form")
	v.Blocks.BlockSet = slices.Concat(blocks, []slack.Block{slack.NewDividerBlock()})
	return v
}

// openForm opens a modal for alice by a global shortcut. The bot acks everything else with
// *answer.
func openForm(t *testing.T, s *slacksim.Server, answer *any, blocks ...slack.Block) (*bot, *slack.ViewResponse) {
	t.Helper()
	b := runBot(t, s, 1, func(_ *slack.Client, evt socketmode.Event) (any, bool) {
		if data, ok := evt.Data.(slack.InteractionCallback); ok && data.Type != slack.InteractionTypeShortcut {
			return *answer, true
		}
		return nil, true
	})
	d, err := s.Shortcut(within(t), "U0ALICE", "form")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := b.api.OpenViewContext(t.Context(), d.TriggerID, formOf(blocks...))
	if err != nil {
		t.Fatal(err)
	}
	return b, opened
}

// state returns what is chosen or typed in alice's modal.
func state(t *testing.T, s *slacksim.Server, id string) string {
	t.Helper()
	open := s.Views("U0ALICE")
	if len(open) == 0 {
		t.Fatal("no modal is open")
	}
	return blockkit.Chosen(open[len(open)-1].State[id][id])
}

// body returns a payload as an object.
func body(t *testing.T, d *slacksim.Delivery) map[string]any {
	t.Helper()
	var payload map[string]any
	if err := json.Unmarshal(d.Body(), &payload); err != nil {
		t.Fatalf("%s: %v", d.Body(), err)
	}
	return payload
}

// The payload of a global shortcut names neither a conversation nor the app, and has
// nothing to answer with but the trigger.
func TestShortcut_NamesNoChannel(t *testing.T) {
	s := start(t, slacksim.Config{})
	runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	d, err := s.Shortcut(within(t), "U0ALICE", "form")
	if err != nil {
		t.Fatal(err)
	}
	payload := body(t, d)
	for _, key := range []string{"channel", "response_url", "message", "api_app_id"} {
		if v, ok := payload[key]; ok {
			t.Errorf("%s: %v", key, v)
		}
	}
	if payload["type"] != "shortcut" || payload["callback_id"] != "form" || payload["trigger_id"] == "" {
		t.Errorf("%v", payload)
	}
	if _, err := s.Shortcut(within(t), "U0NOBODY", "form"); !errors.Is(err, slacksim.ErrUnknownUser) {
		t.Errorf("of nobody: %v", err)
	}
}

// Slack asks for options only after enough characters, and only for an external select.
func TestBlockSuggestion_MinQueryLength(t *testing.T) {
	s := start(t, slacksim.Config{})
	zero := menu(slack.OptTypeExternal, "zero")
	zero.MinQueryLength = new(int)
	answer := any(slack.OptionsResponse{Options: []*slack.OptionBlockObject{option("web-1")}})
	openForm(t, s, &answer, field("three", menu(slack.OptTypeExternal, "three")), field("zero", zero),
		field("static", menu(slack.OptTypeStatic, "static", option("web-1"))))
	for _, c := range []struct {
		id, typed string
		sent      bool
		want      error
	}{
		{"three", "we", false, nil},
		{"three", "wëb", true, nil},
		{"zero", "", true, nil},
		{"static", "web", false, slacksim.ErrNoSuchButton},
		{"none", "web", false, slacksim.ErrNoSuchButton},
	} {
		d, err := s.BlockSuggestion(within(t), "U0ALICE", "", c.id, c.typed)
		if !errors.Is(err, c.want) || (d.EnvelopeID != "") != c.sent {
			t.Errorf("%s %q: envelope %q, %v", c.id, c.typed, d.EnvelopeID, err)
		}
	}
}

// Each external select has its own options: the last ones that were suggested for it.
func TestChoose_SuggestedLast(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	suggest := func(id, name string) {
		answer = slack.OptionsResponse{Options: []*slack.OptionBlockObject{option(name)}}
		if _, err := s.BlockSuggestion(within(t), "U0ALICE", "", id, name); err != nil {
			t.Fatal(err)
		}
	}
	choose := func(id, value string) bool {
		_, err := s.Choose(within(t), "U0ALICE", "", id, value)
		return err == nil
	}
	openForm(t, s, &answer, field("a", menu(slack.OptTypeExternal, "a")), field("b", menu(slack.OptTypeExternal, "b")))
	suggest("a", "web-1")
	if choose("b", "web-1") || !choose("a", "web-1") {
		t.Error("the options of one are those of the other")
	}
	suggest("a", "web-2")
	if !choose("a", "web-1") || !choose("a", "web-2") || choose("a", "web-1") {
		t.Error("only what is chosen and what was suggested last can be chosen")
	}
	if !choose("a", "") || state(t, s, "a") != "" {
		t.Error("a choice can be taken back")
	}
}

// A menu of conversations lists those of its filter that the person can see.
func TestChoose_ListedConversations(t *testing.T) {
	s := start(t, slacksim.Config{})
	for _, c := range []slacksim.Channel{
		{ID: "C0OTHER"}, {ID: "C0SECRET", Private: true}, {ID: "C0TEAM", Private: true}, {ID: "C0OLD", Archived: true}, {ID: "C0EXT", ExtShared: true},
	} {
		s.AddChannel(c)
	}
	s.Join("C0TEAM", "U0ALICE")
	direct := s.DirectChannel("U0ALICE")
	pick := func(id string, filter *slack.SelectBlockElementFilter) slack.Block {
		m := menu(slack.OptTypeConversations, id)
		m.Filter = filter
		return field(id, m)
	}
	var answer any
	openForm(t, s, &answer, pick("all", nil), pick("channels", &slack.SelectBlockElementFilter{Include: []string{"public", "private"}}),
		pick("public", &slack.SelectBlockElementFilter{Include: []string{"public"}, ExcludeExternalSharedChannels: true}),
		pick("people", &slack.SelectBlockElementFilter{ExcludeBotUsers: true}))
	for menu, want := range map[string]string{
		"all":      "C0OPS C0OTHER C0TEAM C0EXT " + direct,
		"channels": "C0OPS C0OTHER C0TEAM C0EXT",
		"public":   "C0OPS C0OTHER",
		"people":   "C0OPS C0OTHER C0TEAM C0EXT",
	} {
		var listed []string
		for _, id := range []string{"C0OPS", "C0OTHER", "C0SECRET", "C0TEAM", "C0OLD", "C0EXT", direct, "C0NONE"} {
			if _, err := s.Choose(within(t), "U0ALICE", "", menu, id); err == nil {
				listed = append(listed, id)
			} else if !errors.Is(err, slacksim.ErrNoSuchChoice) {
				t.Errorf("%s %s: %v", menu, id, err)
			}
		}
		if got := strings.Join(listed, " "); got != want {
			t.Errorf("%s lists %q, want %q", menu, got, want)
		}
	}
}

// A menu can suggest the conversation in which the person is, if the menu lists it.
func TestModal_CurrentConversation(t *testing.T) {
	s := start(t, slacksim.Config{})
	m := menu(slack.OptTypeConversations, "in")
	m.DefaultToCurrentConversation = true
	m.Filter = &slack.SelectBlockElementFilter{Include: []string{"public"}}
	initial := menu(slack.OptTypeConversations, "other")
	initial.DefaultToCurrentConversation, initial.InitialConversation = true, "C0OTHER"
	form := formOf(field("in", m), field("other", initial))
	b := runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	command := func(channel string) *slacksim.Delivery {
		d, err := s.Command(within(t), slacksim.SlashCommand{User: "U0ALICE", Channel: channel, Command: "/extend"})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	shortcut, err := s.Shortcut(within(t), "U0ALICE", "form")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from *slacksim.Delivery
		want string
	}{{command("C0OPS"), "C0OPS"}, {command(s.DirectChannel("U0ALICE")), ""}, {shortcut, ""}} {
		opened, err := b.api.OpenViewContext(t.Context(), c.from.TriggerID, form)
		if err != nil {
			t.Fatal(err)
		}
		if got := opened.State.Values["in"]["in"].SelectedConversation; got != c.want || state(t, s, "other") != "C0OTHER" {
			t.Errorf("suggests %q and %q, want %q", got, state(t, s, "other"), c.want)
		}
	}
}

// An input keeps its state in an update if its block id, its action id and its type stay
// the same; otherwise it begins again.
func TestViewsUpdate_KeepsState(t *testing.T) {
	s := start(t, slacksim.Config{})
	text := func(id, initial string) slack.Block {
		e := slack.NewPlainTextInputBlockElement(nil, id)
		e.InitialValue = initial
		b := field(id, e)
		b.Optional = true
		return b
	}
	var answer any
	b, opened := openForm(t, s, &answer, text("a", ""), text("b", "first"), text("c", ""))
	for _, id := range []string{"a", "b", "c"} {
		if _, err := s.Choose(within(t), "U0ALICE", "", id, "typed"); err != nil {
			t.Fatal(err)
		}
	}
	again := text("b", "second").(*slack.InputBlock)
	again.BlockID = "b2"
	if _, err := b.api.UpdateViewContext(t.Context(), formOf(text("a", "second"), again, field("c", menu(slack.OptTypeStatic, "c", option("web-1")))), "", "", opened.ID); err != nil {
		t.Fatal(err)
	}
	v := s.Views("U0ALICE")[0]
	want := `{"a":{"a":{"type":"plain_text_input","value":"typed"}},"b2":{"b":{"type":"plain_text_input","value":"second"}},` +
		`"c":{"c":{"selected_option":null,"type":"static_select"}}}`
	if got := string(mustJSON(t, v.State)); got != want {
		t.Errorf("the state is %s, want %s", got, want)
	}
}

// A submission has options as the menu has them. A client does not submit others; only a
// forged payload has them.
func TestSubmitView_ChosenOrForged(t *testing.T) {
	s := start(t, slacksim.Config{})
	answer := any(slack.NewErrorsViewSubmissionResponse(map[string]string{"server": "no"}))
	openForm(t, s, &answer, field("server", menu(slack.OptTypeStatic, "server", option("web-1"), option("web-2"))))
	values := func(name string) map[string]map[string]any {
		chosen := map[string]any{"type": "static_select", "selected_option": map[string]any{"value": name}}
		return map[string]map[string]any{"server": {"server": chosen}}
	}
	submit := func(v slacksim.ViewSubmission) (string, error) {
		v.User = "U0ALICE"
		d, err := s.SubmitView(within(t), v)
		if err != nil {
			return "", err
		}
		got, _ := json.Marshal(body(t, d)["view"].(map[string]any)["state"])
		return string(got), nil
	}
	if _, err := submit(slacksim.ViewSubmission{Values: values("db-1")}); !errors.Is(err, slacksim.ErrNotSubmitted) {
		t.Errorf("another option: %v", err)
	}
	if got, err := submit(slacksim.ViewSubmission{Values: values("web-2")}); err != nil || !strings.Contains(got, "the web-2") {
		t.Errorf("submitted %s, %v", got, err)
	}
	if got, err := submit(slacksim.ViewSubmission{ForgedValues: values("db-1")}); err != nil || !strings.Contains(got, "db-1") {
		t.Errorf("forged %s, %v", got, err)
	}
	if got := state(t, s, "server"); got != "web-2" {
		t.Errorf("the modal shows %q after a forged payload", got)
	}
}

// A modal shows the errors of its last submission until it is submitted or updated.
func TestSubmitView_ShowsErrors(t *testing.T) {
	s := start(t, slacksim.Config{})
	answer := any(slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "too short"}))
	b, opened := openForm(t, s, &answer, field("why", slack.NewPlainTextInputBlockElement(nil, "why")))
	if _, err := s.Choose(within(t), "U0ALICE", "", "why", "x"); err != nil {
		t.Fatal(err)
	}
	submit := func() map[string]string {
		if _, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE"}); err != nil {
			t.Fatal(err)
		}
		return s.Views("U0ALICE")[0].Errors
	}
	if got := submit(); got["why"] != "too short" {
		t.Errorf("the modal shows %v", got)
	}
	form := formOf(field("why", slack.NewPlainTextInputBlockElement(nil, "why")))
	answer = slack.NewUpdateViewSubmissionResponse(&form)
	if got := submit(); got != nil || state(t, s, "why") != "x" {
		t.Errorf("after an update, the modal shows %v and %q", got, state(t, s, "why"))
	}
	answer = slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "too short"})
	submit()
	if _, err := b.api.UpdateViewContext(t.Context(), form, "", "", opened.ID); err != nil || s.Views("U0ALICE")[0].Errors != nil {
		t.Errorf("after views.update, the modal shows %v, %v", s.Views("U0ALICE")[0].Errors, err)
	}
}

// views.update needs the id of a modal, and an external id that no other view has.
func TestViewsUpdate_Refuses(t *testing.T) {
	s := start(t, slacksim.Config{})
	var answer any
	b, opened := openForm(t, s, &answer)
	d, err := s.Shortcut(within(t), "U0BOB", "form")
	if err != nil {
		t.Fatal(err)
	}
	mine, his := formOf(), formOf()
	mine.ExternalID, his.ExternalID = "mine", "his"
	if _, err := b.api.OpenViewContext(t.Context(), d.TriggerID, his); err != nil {
		t.Fatal(err)
	}
	home, err := b.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0ALICE",
		View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: card("home", "v")}}})
	if err != nil {
		t.Fatal(err)
	}
	notModal := mine
	notModal.Type = slack.VTHomeTab
	for _, c := range []struct {
		view               slack.ModalViewRequest
		external, id, want string
	}{
		{mine, "", home.ID, "not_found"},
		{mine, "mine", "", "not_found"},
		{notModal, "", opened.ID, "invalid_arguments"},
		{his, "", opened.ID, "duplicate_external_id"},
		{mine, "", opened.ID, ""},
		{mine, "mine", "", ""},
	} {
		if _, err := b.api.UpdateViewContext(t.Context(), c.view, c.external, "", c.id); code(err) != c.want {
			t.Errorf("%q %q: %v, want %q", c.external, c.id, err, c.want)
		}
	}
	noID := call(t, s, "views.update", "application/json", s.BotToken(), string(mustJSON(t, map[string]any{"view": mine})))
	if noID["error"] != "invalid_arguments" {
		t.Errorf("without an id: %v", noID)
	}
	if _, err := s.SubmitView(within(t), slacksim.ViewSubmission{User: "U0ALICE"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.api.UpdateViewContext(t.Context(), mine, "", "", opened.ID); code(err) != "not_found" {
		t.Errorf("after its submission: %v", err)
	}
}

// A Home tab is published over what the app knows, and its payloads have their state in the
// view. A button beside a section can be clicked.
func TestHome_HashAndAccessory(t *testing.T) {
	s := start(t, slacksim.Config{})
	b := runBot(t, s, 1, func(*slack.Client, socketmode.Event) (any, bool) { return nil, true })
	button := slack.NewButtonBlockElement("extend", "web-1", plainText("Extend"))
	section := slack.NewSectionBlock(plainText("web-1"), nil, slack.NewAccessory(button))
	publish := func(kind slack.ViewType, hash string) (*slack.ViewResponse, error) {
		request := slack.PublishViewContextRequest{UserID: "U0ALICE", View: slack.HomeTabViewRequest{Type: kind, Blocks: slack.Blocks{BlockSet: []slack.Block{section}}}}
		if hash != "" {
			request.Hash = &hash
		}
		return b.api.PublishViewContext(t.Context(), request)
	}
	if _, err := publish(slack.VTModal, ""); code(err) != "invalid_arguments" {
		t.Errorf("a modal: %v", err)
	}
	first, err := publish(slack.VTHomeTab, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := publish(slack.VTHomeTab, first.Hash)
	if err != nil || second.ID != first.ID || second.Hash == first.Hash {
		t.Errorf("%+v, %v", second, err)
	}
	if _, err := publish(slack.VTHomeTab, first.Hash); code(err) != "hash_conflict" {
		t.Errorf("an old hash: %v", err)
	}
	d, err := s.ClickHome(within(t), "U0ALICE", "extend")
	if err != nil {
		t.Fatal(err)
	}
	payload := body(t, d)
	if _, ok := payload["state"]; ok || payload["view"].(map[string]any)["state"] == nil {
		t.Errorf("%v", payload)
	}
}
