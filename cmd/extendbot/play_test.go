package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"extendbot/bot"
	"extendbot/internal/ledgerfill"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/order"
)

// play is the program, as serve runs it, on a stage.
type play struct {
	*stage
	t   *testing.T
	ctx context.Context //nolint:containedctx // of the test
	log *transcript
	v   *service

	tuning tuning // what the program does otherwise than by default

	delivered []string // the secrets that came with commands and clicks

	stop    context.CancelFunc
	stopped chan error
}

const (
	// patience is how long a test waits for what has to come, on a machine that
	// is busy with other things.
	patience = time.Minute
	// enough is how long a test may take.
	enough = 5 * time.Minute
	// slackWaits is how long Slack waits for an ack.
	slackWaits = 3 * time.Second
)

// unhurried lets the bot, and with it the disk, take longer than Slack's users
// would wait. What is asked of most tests is that an answer comes.
func unhurried(c *bot.Config) { c.DecideTimeout = patience }

// transcript is what the program logged.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// setStage makes a stage that ends with the test; nothing runs on it yet. Its
// Slack waits for acks until the test has lost its patience.
func setStage(t *testing.T, config slacksim.Config) *play {
	t.Helper()
	config.AckTimeout = patience
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	s, err := newStage(t.TempDir(), config)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	p := &play{stage: s, t: t, ctx: ctx, log: &transcript{}}
	p.settings.LogLevel = 5 // debug
	p.tuning.lockWait, p.tuning.bot = patience, []func(*bot.Config){unhurried}
	t.Cleanup(func() {
		p.end()
		if err := s.close(); err != nil {
			t.Errorf("close the stage: %v", err)
		}
		cancel()
		if t.Failed() {
			t.Logf("log:\n%s", p.log)
		}
	})
	return p
}

// newPlay starts the program on a new stage and waits until it listens.
func newPlay(t *testing.T, edit ...func(*settings.Settings)) *play {
	t.Helper()
	p := setStage(t, slacksim.Config{})
	empty, err := ledgerfill.Empty()
	if err == nil {
		err = os.WriteFile(p.database(), empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edit {
		e(&p.settings)
	}
	p.begin()
	return p
}

// database is the path of the ledger.
func (p *play) database() string { return strings.TrimPrefix(p.settings.Database.Reveal(), "sqlite:") }

// begin starts the program.
func (p *play) begin() {
	p.t.Helper()
	v, err := newService(p.ctx, p.settings, newLog(p.settings, p.log), p.tuning)
	if err != nil {
		p.t.Fatalf("start: %v", err)
	}
	ctx, stop := context.WithCancel(p.ctx)
	p.v, p.stop, p.stopped = v, stop, make(chan error, 1)
	go func() { p.stopped <- v.run(ctx) }()
	select {
	case <-v.bot.Hello():
	case err := <-p.stopped:
		p.stopped <- err
		p.t.Fatalf("it ended at the start: %v", err)
	case <-time.After(patience):
		p.t.Fatal("no hello")
	}
}

// end stops the program and wants that it stops well.
func (p *play) end() {
	p.t.Helper()
	if p.v == nil {
		return
	}
	// However busy the disk is, the ledger has to be closed before anybody
	// opens it again.
	p.v.stop.once.Do(func() { p.v.stop.by = time.Now().Add(patience) })
	p.stop()
	if err := <-p.stopped; err != nil {
		p.t.Errorf("it ended with %v", err)
	}
	if err := p.v.close(); err != nil {
		p.t.Errorf("close: %v", err)
	}
	p.v = nil
}

// extend types /extend as somebody in the channel.
func (p *play) extend(user, text string) *slacksim.Delivery {
	p.t.Helper()
	d, err := p.slack.Command(p.ctx, slacksim.SlashCommand{User: user, Channel: stageChannel, Command: "/extend", Text: text})
	if err != nil {
		p.t.Fatalf("/extend %s: %v", text, err)
	}
	p.delivered = append(p.delivered, d.TriggerID, d.ResponseURL)
	return d
}

// card types /extend and waits for its card.
func (p *play) card(user, text string) slacksim.Message {
	p.t.Helper()
	seen := map[string]bool{}
	for _, m := range p.slack.Messages(stageChannel) {
		seen[m.TS] = true
	}
	if d := p.extend(user, text); len(d.Payload) > 0 {
		p.t.Fatalf("/extend %s was answered %q", text, d.AckText())
	}
	return p.message(func(m slacksim.Message) bool { return !seen[m.TS] && len(m.Buttons()) == 2 })
}

func (p *play) message(match func(slacksim.Message) bool) slacksim.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	m, err := p.slack.WaitMessage(ctx, stageChannel, match)
	if err != nil {
		p.t.Fatalf("the message did not come: %v; the channel:\n%s", err, p.channel())
	}
	return m
}

// channel is the text of all messages.
func (p *play) channel() string {
	var b strings.Builder
	for _, m := range p.slack.Messages(stageChannel) {
		b.WriteString("--- " + m.TS + " in " + m.ThreadTS + ": " + m.Text + "\n" + m.Flat() + "\n")
	}
	return b.String()
}

// click presses a button of a message.
func (p *play) click(user string, card slacksim.Message, action string) *slacksim.Delivery {
	p.t.Helper()
	d, err := p.slack.Click(p.ctx, slacksim.Click{User: user, Channel: stageChannel, TS: card.TS, ActionID: action})
	if err != nil {
		p.t.Fatalf("click %s: %v", action, err)
	}
	p.delivered = append(p.delivered, d.TriggerID, d.ResponseURL)
	return d
}

// unrecorded confirms a card of alice's while that cannot be recorded. It wants
// that there is no ack for as long as Slack waits for one, and waits until the
// program has given up.
func (p *play) unrecorded(card slacksim.Message) {
	p.t.Helper()
	ctx, cancel := context.WithTimeoutCause(p.ctx, slackWaits, slacksim.ErrOperationTimeout)
	defer cancel()
	b, _ := card.Button("order_confirm")
	c := slacksim.Click{User: stageAlice, Channel: stageChannel, TS: card.TS, ActionID: "order_confirm"}
	if _, err := p.slack.ClickRaw(ctx, c, b.Value); !errors.Is(err, slacksim.ErrOperationTimeout) {
		p.t.Errorf("the click ended with %v, want no ack", err)
	}
	p.logged("a decision could not be recorded")
}

// saying waits until the card has no buttons and its text holds words.
func (p *play) saying(card slacksim.Message, words string) slacksim.Message {
	p.t.Helper()
	return p.message(func(m slacksim.Message) bool {
		return m.TS == card.TS && len(m.Buttons()) == 0 && strings.Contains(m.Text+"\n"+m.Flat(), words)
	})
}

// word waits for a message in the card's thread that holds words.
func (p *play) word(card slacksim.Message, words string) slacksim.Message {
	p.t.Helper()
	return p.message(func(m slacksim.Message) bool {
		return m.ThreadTS == card.TS && strings.Contains(m.Text+"\n"+m.Flat(), words)
	})
}

// told waits for an ephemeral message to somebody that holds words.
func (p *play) told(user, words string) slacksim.Ephemeral {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	e, err := p.slack.WaitEphemeral(ctx, user, func(e slacksim.Ephemeral) bool {
		return strings.Contains(e.Text+"\n"+e.Flat(), words)
	})
	if err != nil {
		p.t.Fatalf("%s was not told %q: %v; but: %+v", user, words, err, p.slack.Ephemerals(user))
	}
	return e
}

// until waits until something is so; what says what it is instead.
func (p *play) until(is func() bool, what func() string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for !is() {
		select {
		case <-ctx.Done():
			p.t.Fatal(what())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// logged waits until the log holds words.
func (p *play) logged(words string) {
	p.t.Helper()
	p.until(func() bool { return strings.Contains(p.log.String(), words) }, func() string { return "not logged: " + words })
}

// noted waits until it is noted what 0xhost lists already, for which a card
// does not wait long.
func (p *play) noted(card slacksim.Message) {
	p.t.Helper()
	b, _ := card.Button("order_confirm")
	p.until(func() bool {
		_, err := p.v.ledger.Baseline(p.ctx, order.ID(b.Value))
		return err == nil
	}, func() string { return "what 0xhost lists was not noted" })
}

// order gives the ledger's order behind a card.
func (p *play) order(card slacksim.Message) order.Order {
	p.t.Helper()
	b, ok := card.Button("order_confirm")
	if !ok {
		p.t.Fatal("the card has no button to confirm")
	}
	o, err := p.v.ledger.Order(p.ctx, order.ID(b.Value))
	if err != nil {
		p.t.Fatal(err)
	}
	return o
}

// wantCharges wants that 0xhost charged so often, and got so many requests.
func (p *play) wantCharges(charges, arrivals int) []oxhostsim.Charge {
	p.t.Helper()
	got := p.oxhost.Charges()
	if len(got) != charges || len(p.oxhost.Arrivals()) != arrivals {
		p.t.Fatalf("%d charges of %d requests, want %d of %d", len(got), len(p.oxhost.Arrivals()), charges, arrivals)
	}
	return got
}

// wantNoSecrets looks for every secret there is in all that left the program.
func (p *play) wantNoSecrets() {
	p.t.Helper()
	secrets := append(p.oxhost.Secrets(), p.slack.AppToken(), p.slack.BotToken())
	secrets = append(secrets, p.delivered...)
	database, err := os.ReadFile(p.database())
	if err != nil {
		p.t.Fatal(err)
	}
	wal, _ := os.ReadFile(p.database() + "-wal")
	for _, secret := range secrets {
		switch {
		case strings.Contains(p.log.String(), secret):
			p.t.Errorf("a secret is in the log")
		case p.slack.SentContains(secret):
			p.t.Errorf("a secret was sent to Slack")
		case bytes.Contains(database, []byte(secret)) || bytes.Contains(wal, []byte(secret)):
			p.t.Errorf("a secret is in the database")
		}
	}
}

// get asks the program's own HTTP server.
func (p *play) get(path string) (status int, body string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, "http://"+p.v.probes.listener.Addr().String()+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// wantMetric waits until a series of /metrics has a value. What is counted when
// somebody was answered may be counted after the answer has come.
func (p *play) wantMetric(series, want string) {
	p.t.Helper()
	var got string
	p.until(func() bool {
		got = p.metric(series)
		return got == want
	}, func() string { return series + " is " + got + ", want " + want })
}

// metric gives the value of one series of /metrics, "" if there is none.
func (p *play) metric(series string) string {
	p.t.Helper()
	_, body := p.get("/metrics")
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
