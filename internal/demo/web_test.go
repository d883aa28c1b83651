package demo

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"extendbot/internal/slacksim"
	"extendbot/internal/slackweb"
	"extendbot/internal/stage"
)

// openWeb opens a demo in the browser until the test ends.
func openWeb(t *testing.T, cfg WebConfig) *Web {
	t.Helper()
	w, err := OpenWeb(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// The page shows the channel, in a world whose clock begins when it should.
func TestWeb_ShowsTheChannel(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	w := openWeb(t, WebConfig{Start: begin})
	if now := w.session.world.Now(); now.Before(begin) || now.After(begin.Add(time.Hour)) {
		t.Errorf("the clock shows %s", now)
	}
	if page := getPage(t, w.URL()); !strings.Contains(page, "#ops") {
		t.Error(page)
	}
}

// The bot is killed when 0xhost has charged for an order. When it is back, it finds the order
// and says so, and there is one charge.
func TestDrawer_KillAtTheNextOrder(t *testing.T) {
	t.Parallel()
	w := openWeb(t, WebConfig{})
	if _, err := w.Do(t.Context(), controlKillNext, ""); err != nil {
		t.Fatal(err)
	}
	before := w.session.bot
	if _, err := w.Stage.Slack.Command(t.Context(), slacksim.SlashCommand{User: stage.Alice, Channel: stage.Ops, Command: "/extend", Text: "web-1 3d"}); err != nil {
		t.Fatal(err)
	}
	card, err := w.Stage.Slack.WaitMessage(t.Context(), stage.Ops, func(m slacksim.Message) bool { return !decided(m) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stage.Slack.Click(t.Context(), slacksim.Click{User: stage.Alice, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm"}); err != nil {
		t.Fatal(err)
	}
	<-before.ended
	if _, err := w.Stage.Slack.WaitMessage(t.Context(), stage.Ops, func(m slacksim.Message) bool {
		return m.TS == card.TS && strings.HasPrefix(m.Flat(), "✅")
	}); err != nil {
		t.Fatal(err)
	}
	if charges := w.Stage.Oxhost.Charges(); len(charges) != 1 {
		t.Errorf("charges: %v", charges)
	}
}

// However often it is asked for, the bot is killed once, at the next order, and not by what
// was bought elsewhere. What is chosen for the next order afterwards takes its place.
func TestDrawer_KillOnce(t *testing.T) {
	t.Parallel()
	w := openWeb(t, WebConfig{})
	before := w.session.bot
	for range 20 {
		if _, err := w.Do(t.Context(), controlKillNext, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Do(t.Context(), controlElsewhere, stage.Web); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Do(t.Context(), controlOrder, "refuse"); err != nil {
		t.Fatal(err)
	}
	w.page.drawer.killer.Wait() // nobody waits for an order any more
	if w.session.bot != before {
		t.Error("the bot was killed")
	}
}

// The bot is killed at the next order also if 0xhost refuses that. Nothing is charged, and
// the order ends.
func TestDrawer_KillAtARefusal(t *testing.T) {
	t.Parallel()
	w := openWeb(t, WebConfig{})
	server := w.Stage.Cast.Servers[3] // bob's, who has money for four days of it
	for range 4 {
		if _, err := w.Do(t.Context(), controlElsewhere, server.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Do(t.Context(), controlKillNext, ""); err != nil {
		t.Fatal(err)
	}
	before, charges := w.session.bot, len(w.Stage.Oxhost.Charges())
	if _, err := w.Stage.Slack.Command(t.Context(), slacksim.SlashCommand{User: stage.Bob, Channel: stage.Ops, Command: "/extend", Text: server.Name + " 1d"}); err != nil {
		t.Fatal(err)
	}
	card, err := w.Stage.Slack.WaitMessage(t.Context(), stage.Ops, func(m slacksim.Message) bool { return !decided(m) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stage.Slack.Click(t.Context(), slacksim.Click{User: stage.Bob, Channel: stage.Ops, TS: card.TS, ActionID: "order_confirm"}); err != nil {
		t.Fatal(err)
	}
	<-before.ended
	if _, err := w.Stage.Slack.WaitMessage(t.Context(), stage.Ops, func(m slacksim.Message) bool { return m.ThreadTS == card.TS }); err != nil {
		t.Fatal(err)
	}
	if more := w.Stage.Oxhost.Charges()[charges:]; len(more) != 0 {
		t.Errorf("charged: %v", more)
	}
}

// A demo that is closed does not do before what waits for its turn.
func TestWeb_CloseGoesFirst(t *testing.T) {
	t.Parallel()
	w, err := OpenWeb(WebConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w.session.changing.Lock()
	closed := make(chan error)
	go func() { closed <- w.Close() }()
	for !w.session.closed.Load() {
		runtime.Gosched()
	}
	w.session.changing.Unlock()
	if err := w.session.restart(); !errors.Is(err, errEnding) {
		t.Errorf("restarted while it ends: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := w.Do(t.Context(), controlKillNext, ""); !errors.Is(err, errEnding) {
		t.Errorf("something begins after the end: %v", err)
	}
}

// Each control does something, and says what; what is not there is refused.
func TestDrawer_Controls(t *testing.T) {
	t.Parallel()
	w := openWeb(t, WebConfig{})
	for _, p := range w.page.drawer.Panels() {
		for _, c := range p.Controls {
			choices := c.Choices
			if len(choices) == 0 {
				choices = []slackweb.Choice{{}}
			}
			if c.ID == controlKillNext || c.ID == controlClock {
				choices = choices[:1]
			}
			for _, choice := range choices {
				if said, err := w.Do(t.Context(), c.ID, choice.Value); err != nil || said == "" {
					t.Errorf("%s %s: %q, %v", c.ID, choice.Value, said, err)
				}
			}
			if len(c.Choices) > 0 {
				if _, err := w.Do(t.Context(), c.ID, "nothing"); err == nil {
					t.Errorf("%s accepts any choice", c.ID)
				}
			}
		}
	}
	if _, err := w.Do(t.Context(), "explode", ""); err == nil {
		t.Error("any control is accepted")
	}
	if sent := w.Stage.Oxhost.Arrivals(); len(sent) != 0 {
		t.Errorf("the bot ordered: %v", sent)
	}
}

// The page is only for this machine.
func TestCheckAddr_OnlyLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "localhost:8080", "[::1]:8080"} {
		if err := CheckAddr(addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{"", ":8080", "0.0.0.0:8080", "192.168.1.2:80", "example.com:80", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536"} {
		var bad *AddrError
		if err := CheckAddr(addr); !errors.As(err, &bad) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

// The page has what the manifest installs.
func TestInstalled_IsTheManifest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Features struct {
			Commands []struct {
				Command     string `yaml:"command"`
				Description string `yaml:"description"`
				Hint        string `yaml:"usage_hint"`
			} `yaml:"slash_commands"`
			Shortcuts []struct {
				Name        string `yaml:"name"`
				CallbackID  string `yaml:"callback_id"`
				Description string `yaml:"description"`
			} `yaml:"shortcuts"`
		} `yaml:"features"`
	}
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	var want slackweb.App
	for _, c := range m.Features.Commands {
		want.Commands = append(want.Commands, slackweb.Command{Name: c.Command, Usage: c.Hint, Description: c.Description})
	}
	for _, s := range m.Features.Shortcuts {
		want.Shortcuts = append(want.Shortcuts, slackweb.Shortcut{CallbackID: s.CallbackID, Name: s.Name, Description: s.Description})
	}
	if diff := cmp.Diff(want, installed); diff != "" {
		t.Error(diff)
	}
}
