//go:build bolt

package slacksim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
)

// An app on @slack/bolt, Slack's own framework, works with slacksim. The test
// needs node and npm, which installs Bolt into the test's own folder. The build
// tag excludes it from all other runs:
//
//	go test -tags bolt -run Bolt ./internal/slacksim

// boltStep is how long one step may take. Bolt waits five seconds before it
// connects again.
const boltStep = 20 * time.Second

// boltApp is testdata/bolt/app.js, connected to a Slack with alice.
type boltApp struct {
	*slacksim.Server
	t   *testing.T
	log *boltLog
}

// boltLog is what the app printed.
type boltLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *boltLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *boltLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// installBolt returns a folder with the app and its dependencies.
func installBolt(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "app.js"} {
		content, err := os.ReadFile(filepath.Join("testdata", "bolt", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.CommandContext(t.Context(), "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	return dir
}

// runBoltApp starts the app and waits for its connection. When the test ends,
// the app is asked to stop and must do so.
func runBoltApp(t *testing.T, cfg slacksim.Config) *boltApp {
	t.Helper()
	dir := installBolt(t)
	a := &boltApp{Server: start(t, cfg), t: t, log: &boltLog{}}
	node := exec.CommandContext(t.Context(), "node", "app.js")
	node.Dir, node.Stdout, node.Stderr = dir, a.log, a.log
	node.Env = append(os.Environ(),
		"SLACK_BOT_TOKEN="+a.BotToken(), "SLACK_APP_TOKEN="+a.AppToken(), "SLACK_API_URL="+a.APIURL())
	node.Cancel = func() error { return node.Process.Signal(syscall.SIGTERM) }
	node.WaitDelay = 10 * time.Second
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the test's context has ended, which stops the app
		_ = node.Wait() // the error says that its context ended
		if code := node.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the app ended with code %d", code)
		}
		if t.Failed() || testing.Verbose() {
			t.Logf("the app's output:\n%s", a.log)
		}
	})
	if err := a.WaitConnections(a.step(), 1); err != nil {
		t.Fatalf("no hello: %v\n%s", err, a.log)
	}
	return a
}

func (a *boltApp) step() context.Context {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), boltStep)
	a.t.Cleanup(cancel)
	return ctx
}

func (a *boltApp) command(text string) *slacksim.Delivery {
	a.t.Helper()
	d, err := a.Command(a.step(), slacksim.SlashCommand{User: "U0ALICE", Channel: "C0OPS", Command: "/extend", Text: text})
	if err != nil {
		a.t.Fatalf("/extend %s: %v", text, err)
	}
	return d
}

func (a *boltApp) click(card slacksim.Message, action string) {
	a.t.Helper()
	if _, err := a.Click(a.step(), slacksim.Click{User: "U0ALICE", Channel: "C0OPS", TS: card.TS, ActionID: action}); err != nil {
		a.t.Fatalf("click %s: %v", action, err)
	}
}

// message waits for a message of the channel.
func (a *boltApp) message(what string, match func(slacksim.Message) bool) slacksim.Message {
	a.t.Helper()
	m, err := a.WaitMessage(a.step(), "C0OPS", match)
	if err != nil {
		a.t.Fatalf("%s: %v", what, err)
	}
	return m
}

// card requests an extension of a server and waits for its card.
func (a *boltApp) card(server string) slacksim.Message {
	a.t.Helper()
	a.command(server)
	return a.message("card", func(m slacksim.Message) bool {
		return len(m.Buttons()) == 2 && strings.Contains(m.Flat(), server)
	})
}

// ephemeral waits for an ephemeral message to alice with this text.
func (a *boltApp) ephemeral(words string) slacksim.Ephemeral {
	a.t.Helper()
	e, err := a.WaitEphemeral(a.step(), "U0ALICE", func(e slacksim.Ephemeral) bool { return strings.Contains(e.Text, words) })
	if err != nil {
		a.t.Fatalf("ephemeral %q: %v", words, err)
	}
	return e
}

// Slack's own framework for JavaScript works with the simulator.
func TestBolt_WorksWithSimulator(t *testing.T) {
	a := runBoltApp(t, slacksim.Config{StrictAcks: true})
	steps := []struct {
		name string
		run  func(*testing.T, *boltApp)
	}{
		{"an ack can hold an answer", boltAcksWithText},
		{"a response_url takes an answer", boltResponds},
		{"a click leads to an update and a receipt", boltConfirms},
		{"a modal is opened, corrected and submitted", boltCancels},
		{"a shortcut opens a form with suggestions and an estimate", boltFillsForm},
		{"direct messages and mentions are answered", boltHears},
		{"the Home tab is published", boltPublishes},
		{"the app reconnects after a refresh", boltRefreshes},
		{"the app reconnects after a broken connection", boltReconnects},
	}
	for _, step := range steps {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, &boltApp{Server: a.Server, t: t, log: a.log}) }) {
			break
		}
	}
	acks := a.Acks()
	if acks.Accepted == 0 || acks != (slacksim.AckStats{Accepted: acks.Accepted}) {
		t.Errorf("acks: %+v", acks)
	}
	if a.SentContains(a.AppToken()) || a.SentContains(a.BotToken()) {
		t.Error("a token was found where it does not belong")
	}
}

func boltAcksWithText(t *testing.T, a *boltApp) {
	if d := a.command("help"); !strings.HasPrefix(d.AckText(), "Usage") {
		t.Errorf("the ack says %q", d.AckText())
	}
	if e := a.ephemeral("Usage"); e.Source != slacksim.SourceAck {
		t.Errorf("%+v", e)
	}
}

func boltResponds(t *testing.T, a *boltApp) {
	a.command("respond")
	if e := a.ephemeral("Answered"); e.Source != slacksim.SourceResponseURL || e.Channel != "C0OPS" {
		t.Errorf("%+v", e)
	}
}

func boltConfirms(t *testing.T, a *boltApp) {
	card := a.card("web-1 24")
	var metadata struct {
		Type string `json:"event_type"`
	}
	if err := json.Unmarshal(card.Metadata, &metadata); err != nil || metadata.Type != "order" {
		t.Errorf("metadata %s: %v", card.Metadata, err)
	}
	a.click(card, "order_confirm")
	a.ephemeral("You confirmed order-1")
	done := a.message("update", func(m slacksim.Message) bool { return m.TS == card.TS && m.Edits == 1 })
	if done.Text != "Confirmed by <@U0ALICE>" || len(done.Buttons()) != 0 {
		t.Errorf("%+v", done)
	}
	a.message("receipt", func(m slacksim.Message) bool { return m.ThreadTS == card.TS && m.Text == "Receipt" })
}

func boltCancels(t *testing.T, a *boltApp) {
	card := a.card("db-1 48")
	a.click(card, "order_cancel")
	if _, err := a.WaitCall(a.step(), "views.open", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	open := a.Views("U0ALICE")
	if len(open) != 1 || open[0].CallbackID != "why" {
		t.Fatalf("modals: %+v", open)
	}
	because := func(reason string) slacksim.ViewSubmission {
		text := map[string]any{"type": "plain_text_input", "value": reason}
		return slacksim.ViewSubmission{User: "U0ALICE", Values: map[string]map[string]any{"reason": {"text": text}}}
	}
	if d, err := a.SubmitView(a.step(), because("x")); err != nil || !strings.Contains(string(d.Payload), "errors") {
		t.Fatalf("%s, %v", d.Payload, err)
	}
	if _, err := a.SubmitView(a.step(), because("too dear")); err != nil {
		t.Fatal(err)
	}
	a.message("update", func(m slacksim.Message) bool { return m.TS == card.TS && strings.HasSuffix(m.Text, "too dear") })
	if left := a.Views("U0ALICE"); len(left) != 0 {
		t.Errorf("modals after the submission: %+v", left)
	}
}

func boltFillsForm(t *testing.T, a *boltApp) {
	if _, err := a.Shortcut(a.step(), "U0ALICE", "extend_server"); err != nil {
		t.Fatal(err)
	}
	opened := 0
	if _, err := a.WaitCall(a.step(), "views.open", func(c slacksim.Call) bool { opened++; return opened == 2 && c.Done }); err != nil {
		t.Fatal(err)
	}
	d, err := a.BlockSuggestion(a.step(), "U0ALICE", "", "server", "web")
	if err != nil || !strings.Contains(string(d.Payload), "web-2") || strings.Contains(string(d.Payload), "db-1") {
		t.Fatalf("suggested %s, %v", d.Payload, err)
	}
	a.choose("hours", "72")
	a.choose("server", "web-2")
	if _, err := a.WaitCall(a.step(), "views.update", func(c slacksim.Call) bool { return c.Done }); err != nil {
		t.Fatal(err)
	}
	open := a.Views("U0ALICE")
	if len(open) != 1 || !strings.Contains(blockkit.FlattenText(open[0].Blocks), "web-2 for 72 hours") {
		t.Fatalf("modals: %+v", open)
	}
	if _, err := a.SubmitView(a.step(), slacksim.ViewSubmission{User: "U0ALICE"}); !errors.Is(err, slacksim.ErrNotSubmitted) {
		t.Errorf("submitted without a channel: %v", err)
	}
	a.choose("channel", "C0OPS")
	if _, err := a.SubmitView(a.step(), slacksim.ViewSubmission{User: "U0ALICE"}); err != nil {
		t.Fatal(err)
	}
	a.message("what the form asks for", func(m slacksim.Message) bool { return m.Text == "<@U0ALICE> asks for web-2, 72 hours" })
}

// choose chooses a value in the open modal of alice.
func (a *boltApp) choose(input, value string) {
	a.t.Helper()
	if _, err := a.Choose(a.step(), "U0ALICE", "", input, value); err != nil {
		a.t.Fatalf("%s %s: %v", input, value, err)
	}
}

func boltHears(t *testing.T, a *boltApp) {
	if _, err := a.Direct(a.step(), "U0ALICE", "web-1 <3d>"); err != nil {
		t.Fatal(err)
	}
	answered := func(m slacksim.Message) bool { return m.Text == "You wrote: web-1 &lt;3d&gt;" }
	if _, err := a.WaitMessage(a.step(), a.DirectChannel("U0ALICE"), answered); err != nil {
		t.Errorf("no answer to a direct message: %v", err)
	}
	card := a.card("web-1 24")
	if _, err := a.Mention(a.step(), "U0ALICE", "C0OPS", "help", card.TS); err != nil {
		t.Fatal(err)
	}
	if e := a.ephemeral("Use /extend"); e.Channel != "C0OPS" || e.ThreadTS != card.TS {
		t.Errorf("%+v", e)
	}
}

func boltPublishes(t *testing.T, a *boltApp) {
	for edits := range 2 { // the second event contains the view of the first
		if _, err := a.OpenHome(a.step(), "U0ALICE"); err != nil {
			t.Fatal(err)
		}
		published := 0
		if _, err := a.WaitCall(a.step(), "views.publish", func(slacksim.Call) bool { published++; return published > edits }); err != nil {
			t.Fatal(err)
		}
	}
	if v, ok := a.HomeView("U0ALICE"); !ok || !strings.Contains(blockkit.FlattenText(v.Blocks), "Your orders") {
		t.Errorf("home: %+v", v)
	}
}

func boltRefreshes(t *testing.T, a *boltApp) {
	for _, reason := range []string{slacksim.ReasonWarning, slacksim.ReasonRefresh} {
		a.wantReconnectAfter(reason, func(c *slacksim.Conn) { c.Disconnect(reason) })
		if card := a.card("after-" + reason); len(card.Buttons()) != 2 {
			t.Errorf("card after %s: %+v", reason, card)
		}
	}
}

func boltReconnects(t *testing.T, a *boltApp) {
	// Bolt logs the reset as an error. There must be no other error before.
	if strings.Contains(a.log.String(), "ERROR") || strings.Contains(a.log.String(), "[WARN]") {
		t.Error("the app logged an error")
	}
	a.wantReconnectAfter("reset", (*slacksim.Conn).Kill)
	a.card("after-reset")
}

// wantReconnectAfter ends the app's connection and waits for another one.
func (a *boltApp) wantReconnectAfter(what string, take func(*slacksim.Conn)) {
	a.t.Helper()
	old := a.Connections()[0]
	began := time.Now()
	take(old)
	select {
	case <-old.Closed():
	case <-a.step().Done():
		a.t.Fatalf("%s: the old connection is still open", what)
	}
	left := time.Since(began)
	if err := a.WaitConnections(a.step(), 1); err != nil {
		a.t.Fatalf("%s: no new connection: %v", what, err)
	}
	a.t.Logf("%s: gone after %s, back after %s", what, left.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}
