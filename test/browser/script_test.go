package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
)

// plainSlack is a page over a Slack with an app that a test writes, for what the bot does
// not do.
type plainSlack struct {
	t       *testing.T
	slack   *slacksim.Server
	api     *slack.Client
	address string
	site    *http.Server
	page    *slackweb.Site
	ended   chan struct{} // closed when the site has stopped
}

// got is what an app gets, as far as these tests look.
type got struct {
	Type      string
	TriggerID string `json:"trigger_id"`
	View      struct{ ID string }
	Actions   []struct{ Value string }
}

// startPlain serves a page until the test ends. hear is called after each ack.
func startPlain(t *testing.T, hear func(*slack.Client, got)) *plainSlack {
	t.Helper()
	s, err := slacksim.Start(slacksim.Config{AckTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	s.AddUser(slacksim.User{ID: "U0ALICE", Name: "alice"})
	s.AddChannel(slacksim.Channel{ID: "C0OPS", Name: "ops"})
	s.Join("C0OPS", "U0ALICE", s.BotUserID())
	p := &plainSlack{t: t, slack: s, api: slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()))}
	p.serve("127.0.0.1:0")
	t.Cleanup(func() {
		p.stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p.connect(hear)
	return p
}

// serve serves the page at an address.
func (p *plainSlack) serve(address string) {
	p.t.Helper()
	var err error
	p.page, err = slackweb.New(slackweb.Config{Slack: p.slack, Viewer: "U0ALICE", Channel: "C0OPS",
		App: slackweb.App{Shortcuts: []slackweb.Shortcut{{CallbackID: "form", Name: "Open the form"}}}})
	if err != nil {
		p.t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(p.t.Context(), "tcp", address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.address, p.site = listener.Addr().String(), &http.Server{Handler: p.page, ReadHeaderTimeout: patience}
	p.ended = make(chan struct{})
	go func(server *http.Server, ended chan struct{}) { _ = server.Serve(listener); close(ended) }(p.site, p.ended)
}

// stop stops serving the page.
func (p *plainSlack) stop() {
	p.page.Close()
	_ = p.site.Close()
	<-p.ended
}

// connect runs the app until the test ends.
func (p *plainSlack) connect(hear func(*slack.Client, got)) {
	p.t.Helper()
	socket := socketmode.New(p.api)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = socket.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case <-ctx.Done():
				return
			case evt := <-socket.Events:
				if evt.Request == nil || evt.Request.EnvelopeID == "" {
					continue
				}
				var in got
				_ = json.Unmarshal(evt.Request.Payload, &in)
				_ = socket.AckCtx(ctx, evt.Request.EnvelopeID, nil)
				hear(p.api, in)
			}
		}
	}()
	p.t.Cleanup(func() { cancel(); <-ended; <-ended })
	within, done := context.WithTimeout(p.t.Context(), patience)
	defer done()
	if err := p.slack.WaitConnections(within, 1); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plainSlack) open() *window { return open(p.t, "http://"+p.address+"/") }

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", text, false, false)
}

// A button that asks first sends nothing when the answer is no, or Escape, and the focus is
// on it again.
func TestScript_ConfirmDialog(t *testing.T) {
	t.Parallel()
	presses := make(chan got, 10)
	s := startPlain(t, func(_ *slack.Client, in got) { presses <- in })
	button := slack.NewButtonBlockElement("stop", "stopped", plain("Stop")).WithStyle(slack.StyleDanger).WithConfirm(
		slack.NewConfirmationBlockObject(plain("Stop it?"), plain("It will be gone."), plain("Stop it"), plain("Keep it")))
	if _, _, err := s.api.PostMessage("C0OPS", slack.MsgOptionBlocks(slack.NewActionBlock("one", button))); err != nil {
		t.Fatal(err)
	}
	w := s.open()
	for _, no := range []func(*part){func(d *part) { d.press("Keep it") }, func(*part) { w.keys(kb.Escape) }} {
		w.press("Stop")
		dialog := w.dialog("Stop it?")
		dialog.see("It will be gone.")
		dialog.is("focused", "")
		no(dialog)
		dialog.gone()
		w.button("Stop").is("focused", "")
	}
	w.press("Stop")
	w.dialog("Stop it?").press("Stop it")
	if in := <-presses; in.Actions[0].Value != "stopped" || len(presses) > 0 {
		t.Errorf("%+v, and %d more", in, len(presses))
	}
}

// What somebody is typing in a modal stays, with the cursor, when the app adds a block before
// it.
func TestScript_ModalChangesWhileTyping(t *testing.T) {
	t.Parallel()
	form := func(before ...slack.Block) slack.ModalViewRequest {
		reason := slack.NewInputBlock("reason", plain("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "reason"))
		return slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Form"), Submit: plain("Ask"), Blocks: slack.Blocks{BlockSet: append(before, reason)}}
	}
	opened := make(chan string, 1)
	s := startPlain(t, func(api *slack.Client, in got) {
		if v, err := api.OpenView(in.TriggerID, form()); err == nil {
			opened <- v.ID
		}
	})
	w := s.open()
	w.press("Shortcuts")
	w.press("Open the form")
	dialog := w.dialog("Form")
	field := dialog.field("Reason")
	field.is("focused", "")
	w.keys("half")
	if _, err := s.api.UpdateView(form(slack.NewSectionBlock(plain("A price"), nil, nil)), "", "", <-opened); err != nil {
		t.Fatal(err)
	}
	dialog.see("A price")
	w.keys(" done")
	if got := field.is("value", "").Text; got != "half done" {
		t.Errorf("the field has %q", got)
	}
}

// Somebody whose button goes stays at its message.
func TestScript_FocusWhenAButtonGoes(t *testing.T) {
	t.Parallel()
	s := startPlain(t, func(*slack.Client, got) {})
	button := slack.NewActionBlock("one", slack.NewButtonBlockElement("stop", "stopped", plain("Stop")))
	_, ts, err := s.api.PostMessage("C0OPS", slack.MsgOptionBlocks(button))
	if err != nil {
		t.Fatal(err)
	}
	w := s.open()
	w.button("Stop").is("focus", "")
	w.button("Stop").is("focused", "")
	if _, _, _, err := s.api.UpdateMessage("C0OPS", ts, slack.MsgOptionBlocks(slack.NewSectionBlock(plain("It stopped"), nil, nil))); err != nil {
		t.Fatal(err)
	}
	w.message("It stopped").is("focused", "")
}

// Somebody who reads old messages is not moved by new ones, and comes to them with a button.
func TestScript_NewMessagesBelow(t *testing.T) {
	t.Parallel()
	s := startPlain(t, func(*slack.Client, got) {})
	say := func(text string) {
		if _, err := s.slack.Say("C0OPS", "U0ALICE", text, ""); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		say(strings.Repeat("a line\n", 30))
	}
	w := s.open()
	up := "document.querySelector('main .scroller').scrollBy(0, -600)"
	w.do("scroll up", chromedp.Evaluate[chromedp.Void](up))
	say("the newest one")
	w.press("New messages ↓")
	w.button("New messages ↓").gone()
	below, err := chromedp.Run(w.ctx, chromedp.Evaluate[float64]("document.querySelector('main .scroller').scrollTop"))
	if err != nil || below != 0 {
		t.Errorf("%v above the newest message, %v", below, err)
	}
}

// While the page cannot reach its server, it says so, keeps what is typed, and goes on by
// itself when the server is there again.
func TestScript_Reconnects(t *testing.T) {
	t.Parallel()
	s := startPlain(t, func(*slack.Client, got) {})
	w := s.open()
	w.fill("Message #ops", "a draft")
	s.stop()
	w.see("Reconnecting…")
	w.keys(kb.Enter)
	w.see("The page cannot reach its server.")
	got := w.field("Message #ops").is("value", "").Text
	if strings.TrimSpace(got) != "a draft" { // chromedp's Enter may leave a line break behind
		t.Errorf("the composer has %q", got)
	}
	s.serve(s.address)
	if _, err := s.slack.Say("C0OPS", "U0ALICE", "said meanwhile", ""); err != nil {
		t.Fatal(err)
	}
	w.see("said meanwhile")
	w.until("connected", func() string {
		hidden, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("document.getElementById('connection').hidden"))
		if err != nil || !hidden {
			return fmt.Sprint("not connected ", err)
		}
		return ""
	})
	w.mayFail("ERR_")
}
