package slackweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"extendbot/internal/slackweb"
)

// pairs returns a form of names and values in turn.
func pairs(values ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	return form
}

// Of several buttons with the same action, the one that is pressed is, in messages and on
// the Home tab, and one that is gone says so.
func TestClick_ButtonOfItsBlock(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	blocks := []slack.Block{buttons("one", "extend", "web-1"), buttons("two", "extend", "web-2")}
	ts := a.post(blocks...)
	w.does("/as/alice/click", "channel", ops, "ts", ts, "press", "two extend")
	if in := a.next(); in.Actions[0].Value != "web-2" || in.Actions[0].BlockID != "two" {
		t.Errorf("%+v", in)
	}
	if _, err := a.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: alice,
		View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}}); err != nil {
		t.Fatal(err)
	}
	w.does("/as/alice/press-home", "press", "two extend")
	if in := a.next(); in.Actions[0].Value != "web-2" {
		t.Errorf("%+v", in)
	}
	for path, form := range map[string]url.Values{
		"/as/alice/click":      pairs("channel", ops, "ts", ts, "press", "three extend"),
		"/as/alice/press-home": pairs("press", "two cancel"),
	} {
		if code, said := w.post(path, form); code != http.StatusConflict || !strings.Contains(said, "This button is no longer there.") {
			t.Errorf("%s: %d %s", path, code, said)
		}
	}
	a.none()
}

// An ephemeral is pressed by the person who sees it, and by nobody else.
func TestClick_Ephemeral(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	ts, err := a.api.PostEphemeralContext(t.Context(), ops, alice, slack.MsgOptionBlocks(buttons("one", "again", "x")))
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := w.post("/as/bob/click", pairs("channel", ops, "ts", ts, "press", "one again")); code != http.StatusConflict {
		t.Errorf("by bob: %d", code)
	}
	w.does("/as/alice/click", "channel", ops, "ts", ts, "press", "one again")
	if in := a.next(); in.Actions[0].ActionID != "again" {
		t.Errorf("%+v", in)
	}
}

// The app hears of mentions wherever they are in a message, and of direct messages; other
// messages are only shown. What somebody types is no markup.
func TestSay_WhatTheAppHears(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	direct := w.slack.DirectChannel(alice)
	w.does("/as/alice/say", "channel", ops, "text", "hello <@U0BOB> @bob, see #ops. a@bob @nobody")
	w.does("/as/alice/say", "channel", ops, "text", "well @extendbot help")
	w.does("/as/alice/say", "channel", direct, "text", "web-1 <3d>")
	want := map[string]string{"app_mention": "well <@U0BOT> help", "message": "web-1 &lt;3d&gt;"}
	for range want {
		if in := a.next(); want[in.Event.Type] != in.Event.Text || in.Event.Text == "" {
			t.Errorf("%+v", in.Event)
		}
	}
	a.none()
	if got := w.slack.Messages(ops)[0].Text; got != "hello &lt;@U0BOB&gt; <@U0BOB>, see <#C0OPS>. a@bob @nobody" {
		t.Error(got)
	}
	w.does("/as/alice/say", "channel", ops, "text", "/extend  web-1\n3d")
	if in := a.next(); in.Command != "/extend" || in.Text != "web-1\n3d" {
		t.Errorf("%+v", in)
	}
}

// The Home tab is opened by a post, and not by looking at it.
func TestOpenHome_OnlyByAPost(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.connect(nil)
	if code, _ := w.get("/as/alice/app"); code != http.StatusOK {
		t.Error(code)
	}
	w.live("/as/alice/app")(func(u update) bool { return u.In == "sidebar" })
	a.none()
	w.does("/as/alice/open-home")
	if in := a.next(); in.Event.Type != "app_home_opened" || in.Event.Tab != "home" {
		t.Errorf("%+v", in)
	}
	if code, _ := w.get("/as/alice/open-home"); code != http.StatusNotFound {
		t.Errorf("by GET: %d", code)
	}
}

// Only shortcuts that the app has installed can be chosen.
func TestShortcut_Installed(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *slackweb.Config) {
		c.App.Shortcuts = []slackweb.Shortcut{{CallbackID: "extend", Name: "Extend"}}
	})
	a := w.connect(nil)
	w.does("/as/alice/shortcut", "shortcut", "extend")
	if in := a.next(); in.Type != "shortcut" || in.CallbackID != "extend" {
		t.Errorf("%+v", in)
	}
	if code, _ := w.post("/as/alice/shortcut", pairs("shortcut", "other")); code != http.StatusConflict {
		t.Errorf("another one: %d", code)
	}
	a.none()
}
