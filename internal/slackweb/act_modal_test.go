package slackweb_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slacksim/blockkit"
)

// A modal is submitted with the values of all its fields, and what the app finds wrong with
// them is on the field, with everything as it was typed.
func TestSubmit_ValuesAndErrors(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(func(in interaction) any {
		if in.Type == "view_submission" && in.View.State.Values["reason"]["reason"].Value != "good" {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "not <good>"})
		}
		return nil
	})
	reason := slack.NewPlainTextInputBlockElement(nil, "reason")
	w.opened(a, field("server", menu(slack.OptTypeStatic, "server", "web-1", "web-2")),
		field("channel", menu(slack.OptTypeConversations, "channel")), field("reason", reason))
	id := w.only().ID
	fields := []string{"view", id, "server server", "web-2", "channel channel", ops, "reason reason"}
	w.does("/as/alice/submit", append(fields, "bad")...)
	got := a.next().View.State.Values
	if got["server"]["server"].SelectedOption.Value != "web-2" || got["server"]["server"].SelectedOption.Text.Text != "the web-2" ||
		got["channel"]["channel"].SelectedConversation != ops {
		t.Errorf("%+v", got)
	}
	v := w.only()
	if v.Errors["reason"] != "not <good>" || blockkit.Chosen(v.State["reason"]["reason"]) != "bad" {
		t.Errorf("%v, %v", v.Errors, v.State)
	}
	w.does("/as/alice/submit", append(fields, "good")...)
	if open := w.slack.Views(alice); len(open) != 0 {
		t.Errorf("%d are open", len(open))
	}
	if code, said := w.post("/as/alice/submit", pairs(append(fields, "good")...)); code != http.StatusConflict || !strings.Contains(said, "no longer open") {
		t.Errorf("%d %s", code, said)
	}
}

// opened opens a modal for alice, as after a shortcut.
func (w *world) opened(a *app, blocks ...slack.Block) string {
	w.Helper()
	d, err := w.slack.Shortcut(w.within(), alice, "form")
	if err != nil {
		w.Fatal(err)
	}
	a.next()
	return a.open(d.TriggerID, blocks...)
}

// What a client would not submit is not submitted, and a choice that a field does not have
// is refused.
func TestSubmit_RefusedByTheClient(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	id := w.opened(a, field("server", menu(slack.OptTypeStatic, "server", "web-1")))
	for path, form := range map[string][]string{
		"submit": {"view", id, "server server", ""}, "choose": {"view", id, "action", "server", "value", "web-9"},
	} {
		if code, said := w.post("/as/alice/"+path, pairs(form...)); code != http.StatusConflict || strings.Contains(said, "server") {
			t.Errorf("%s: %d %s", path, code, said)
		}
	}
	if code, _ := w.post("/as/bob/close", pairs("view", id)); code != http.StatusConflict {
		t.Errorf("closed by bob: %d", code)
	}
	a.none()
	w.does("/as/alice/close", "view", id)
	a.none() // it did not ask for it
}

// A choice is sent to the app at once if the field says so, and is kept for what is shown
// next. A button in a modal is pressed by its block.
func TestChoose_Dispatched(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	at := field("server", menu(slack.OptTypeStatic, "server", "web-1", "web-2"))
	at.DispatchAction = true
	id := w.opened(a, at, field("plan", menu(slack.OptTypeStatic, "plan", "small", "big")),
		buttons("one", "more", "first"), buttons("two", "more", "second"))
	w.does("/as/alice/choose", "view", id, "action", "plan", "value", "big")
	w.does("/as/alice/choose", "view", id, "action", "server", "value", "web-2")
	if in := a.next(); in.Type != "block_actions" || in.Actions[0].ActionID != "server" ||
		in.View.State.Values["plan"]["plan"].SelectedOption.Value != "big" {
		t.Errorf("%+v", in)
	}
	w.does("/as/alice/press-view", "view", id, "press", "two more")
	if in := a.next(); in.Actions[0].Value != "second" {
		t.Errorf("%+v", in)
	}
}

// The options of a typeahead come from the app, once enough is typed, and can be chosen.
func TestOptions_FromTheApp(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(func(in interaction) any {
		if in.Type != "block_suggestion" {
			return nil
		}
		return slack.OptionsResponse{Options: menu("", "", "web-1", "web-<2>").Options}
	})
	id := w.opened(a, field("server", menu(slack.OptTypeExternal, "server")))
	ask := func(q string) (int, string) { return w.get("/as/alice/options?view=" + id + "&action=server&q=" + q) }
	if code, all := ask("we"); code != http.StatusOK || strings.TrimSpace(all) != "[]" {
		t.Errorf("too short: %d %s", code, all)
	}
	a.none()
	if code, all := ask("web"); code != http.StatusOK || strings.TrimSpace(all) !=
		`[{"value":"web-1","text":"the web-1"},{"value":"web-\u003c2\u003e","text":"the web-\u003c2\u003e"}]` {
		t.Errorf("%d %s", code, all)
	}
	a.next()
	w.does("/as/alice/choose", "view", id, "action", "server", "value", "web-<2>")
	w.does("/as/alice/submit", "view", id, "server server", "web-<2>")
	if got := a.next().View.State.Values["server"]["server"].SelectedOption.Text.Text; got != "the web-<2>" {
		t.Error(got)
	}
	for _, path := range []string{"/as/alice/options?view=V0&action=server&q=web", "/as/bob/options?view=" + id + "&action=server&q=web"} {
		if code, _ := w.get(path); code != http.StatusConflict {
			t.Errorf("%s: %d", path, code)
		}
	}
}
