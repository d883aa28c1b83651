package browser

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
	"extendbot/internal/stage"
)

// manyServers serves the page of a bot with more servers than fit into a menu, and returns its
// address.
func manyServers(t *testing.T) string {
	t.Helper()
	chromium.open(t)
	const servers = 120
	s, err := stage.Start(stage.Crowd(1, 1, servers), slacksim.Config{AckTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := settings.Parse(s.Env(stage.SQLiteURL(t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	bot, err := service.New(t.Context(), parsed, service.NewLog(parsed, t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(ctx) }() // the cleanup waits for it
	site, err := slackweb.New(slackweb.Config{
		Slack: s.Slack, Viewer: s.Cast.People[0].ID, Channel: stage.Ops,
		App: slackweb.App{Commands: []slackweb.Command{{Name: "/extend"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(func() {
		site.Close()
		server.Close()
		stop()
		for _, err := range []error{<-ended, bot.Close(), s.Close()} {
			if err != nil {
				t.Error("end the bot: ", err)
			}
		}
	})
	<-bot.Bot.Hello()
	return server.URL + "/as/alice/c/ops"
}

// With more than a hundred servers, the form has a field that offers those that match what is
// typed. One is chosen with the arrow keys.
func TestBrowser_Typeahead(t *testing.T) {
	t.Parallel()
	alice := open(t, manyServers(t))
	alice.say("/extend")
	form := alice.dialog("Extend a server")
	form.fill("Server", "web-11")
	form.button("web-119").is("text", "")
	alice.keys(kb.ArrowDown + kb.ArrowDown + kb.Enter) // web-11, web-110, …
	if got := form.field("Server").is("value", "").Text; got != "web-110" {
		t.Errorf("the field has %q", got)
	}
	form.choose("How long", "1 day")
	form.press("Ask")
	form.gone()
	alice.message("Extend web-110 by").see("1 day")
}
