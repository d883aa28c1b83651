package bot

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"extendbot/bot/message"
	"extendbot/internal/secret"
	"extendbot/internal/slacksim"
	"extendbot/internal/slacksim/blockkit"
	"extendbot/order"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// These tests wait more than they compute.
	if err := flag.Set("test.parallel", strconv.Itoa(max(8, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

const (
	general = "C0GENERAL"
	private = "G0PRIVATE"
)

// world is a Slack, a bot in it, and the bot's dependencies.
type world struct {
	t      *testing.T
	slack  *slacksim.Server
	ledger *ledger
	host   *host
	desk   *order.Desk
	app    *App
	meter  *counts
	logs   *journal
	cfg    Config

	stop context.CancelFunc
	done chan error // receives what Run returned
}

// option changes the world before it starts.
type option func(*world, *slacksim.Config)

// newWorld makes a world whose bot does not run yet.
func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	w := &world{
		t: t, ledger: newLedger(time.Now), host: &host{began: make(chan struct{}, 1000)},
		meter: &counts{by: map[string]int{}}, logs: &journal{}, done: make(chan error, 1),
	}
	people := rules{people: []string{"U0ALICE", "U0BOB"}}
	log := logrus.New()
	log.SetOutput(w.logs)
	log.SetLevel(logrus.DebugLevel)
	w.desk = order.NewDesk(order.Config{
		Ledger: w.ledger, Policy: people.policy(), Host: w.host, ProcessID: "p1",
		ConfirmTTL: 15 * time.Minute, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
	})
	w.cfg = Config{
		Connections: 1, Desk: w.desk, Orders: w.ledger, Servers: people.servers, MaxHours: 720, Currency: "EUR",
		ProcessID: "p1", Log: log, Meter: w.meter, StopTimeout: 30 * time.Second, ConnectTimeout: time.Minute,
		PlacingNotice: 50 * time.Millisecond, Jitter: func() float64 { return 0 },
	}
	// A missing ack is as wrong as a late one, but a slow machine must cause
	// neither.
	sim := slacksim.Config{AckTimeout: 30 * time.Second}
	for _, o := range options {
		o(w, &sim)
	}
	server, err := slacksim.Start(sim)
	if err != nil {
		t.Fatal(err)
	}
	w.slack = server
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, u := range []string{"U0ALICE", "U0BOB", "U0EVE"} {
		server.AddUser(slacksim.User{ID: u})
	}
	server.AddChannel(slacksim.Channel{ID: general})
	server.AddChannel(slacksim.Channel{ID: private, Private: true})
	server.Join(general, "U0ALICE", "U0BOB", "U0EVE", server.BotUserID())
	server.Join(private, "U0ALICE")
	w.cfg.APIURL = server.APIURL()
	w.cfg.AppToken, w.cfg.BotToken = secret.New(server.AppToken()), secret.New(server.BotToken())
	if w.app, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.app.Close)
	return w
}

// withRandomPauses uses random jitter for pauses, as in production.
func withRandomPauses(w *world, _ *slacksim.Config) { w.cfg.Jitter = nil }

// withTTL sets how long an order can be confirmed.
func withTTL(ttl time.Duration) option {
	return func(w *world, _ *slacksim.Config) {
		w.desk = order.NewDesk(order.Config{
			Ledger: w.ledger, Policy: rules{people: []string{"U0ALICE", "U0BOB"}}.policy(), Host: w.host, ProcessID: "p1",
			ConfirmTTL: ttl, MaxHours: 720, HostTimeout: time.Minute, Currency: "EUR",
		})
		w.cfg.Desk = w.desk
	}
}

// start makes a world whose bot has had its hello.
func start(t *testing.T, options ...option) *world {
	t.Helper()
	w := newWorld(t, options...)
	w.greet()
	return w
}

// greet runs the bot until it has had its hello.
func (w *world) greet() {
	w.t.Helper()
	t := w.t
	w.run()
	select {
	case <-w.app.Hello():
	case err := <-w.done:
		t.Fatalf("Run ended before hello: %v", err)
	case <-t.Context().Done():
		t.Fatal("no hello")
	}
	if err := w.slack.WaitConnections(t.Context(), w.cfg.Connections); err != nil {
		t.Fatal(err)
	}
	// Slack counts a connection before the bot has read its hello.
	until(t, "all greeted", func() bool {
		return !slices.ContainsFunc(w.app.connections.sockets, func(s *socket) bool { return !s.greeted.Load() })
	})
}

// run starts the bot and ends it with the test.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.done <- w.app.Run(ctx)
	}()
	w.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// ended waits for the end of Run and returns its error.
func (w *world) ended() error {
	w.t.Helper()
	select {
	case err := <-w.done:
		return err
	case <-time.After(time.Minute):
		w.t.Fatal("Run did not end")
		return nil
	}
}

// command types /extend as a person in a channel, and fails without an ack.
func (w *world) command(user, channel, text string) *slacksim.Delivery {
	w.t.Helper()
	d, err := w.slack.Command(w.t.Context(), slacksim.SlashCommand{User: user, Channel: channel, Command: "/extend", Text: text})
	if err != nil {
		w.t.Fatalf("/extend %s: %v", text, err)
	}
	return d
}

// card waits for the card in a channel that match accepts.
func (w *world) card(channel string, match func(slacksim.Message) bool) slacksim.Message {
	w.t.Helper()
	m, err := w.slack.WaitMessage(w.ctx(), channel, func(m slacksim.Message) bool { return m.ThreadTS == "" && match(m) })
	if err != nil {
		w.t.Fatalf("no such card: %v; there are %+v", err, w.slack.Messages(channel))
	}
	return m
}

// threadMessage waits for a message in the thread of a card.
func (w *world) threadMessage(card slacksim.Message) slacksim.Message {
	w.t.Helper()
	m, err := w.slack.WaitMessage(w.ctx(), card.Channel, func(m slacksim.Message) bool { return m.ThreadTS == card.TS && m.TS != card.TS })
	if err != nil {
		w.t.Fatalf("no message in the thread: %v", err)
	}
	return m
}

// ephemeral waits for something that only one person can see.
func (w *world) ephemeral(user, part string) slacksim.Ephemeral {
	w.t.Helper()
	e, err := w.slack.WaitEphemeral(w.ctx(), user, func(e slacksim.Ephemeral) bool { return strings.Contains(e.Text, part) })
	if err != nil {
		w.t.Fatalf("%s was not shown %q: %v; shown were %+v", user, part, err, w.slack.Ephemerals(user))
	}
	return e
}

// clickUntil clicks a button and waits for the ack until ctx ends.
func (w *world) clickUntil(ctx context.Context, user string, card slacksim.Message, action string) error {
	_, err := w.slack.Click(ctx, slacksim.Click{User: user, Channel: card.Channel, TS: card.TS, ActionID: action})
	return err
}

// click clicks a button that exists.
func (w *world) click(user string, card slacksim.Message, action string) (*slacksim.Delivery, error) {
	return w.slack.Click(w.ctx(), slacksim.Click{User: user, Channel: card.Channel, TS: card.TS, ActionID: action})
}

func (w *world) mustClick(user string, card slacksim.Message, action string) *slacksim.Delivery {
	w.t.Helper()
	d, err := w.click(user, card, action)
	if err != nil {
		w.t.Fatalf("%s clicks %s: %v", user, action, err)
	}
	return d
}

// ctx returns a context that limits one wait of a test.
func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	w.t.Cleanup(cancel)
	return ctx
}

// unacked delivers an envelope that gets no ack. The bot is done with it when it
// was counted. A later command over the same connection is acked, so an ack of
// the envelope would have come before that.
func (w *world) unacked(counted string, deliver func(context.Context) error) {
	w.t.Helper()
	ctx, giveUp := context.WithCancelCause(w.ctx())
	enough := errors.New("enough")
	defer giveUp(enough)
	acks, times := w.slack.Acks().Accepted, w.meter.get(counted)
	ended := make(chan error, 1)
	go func() { ended <- deliver(ctx) }()
	w.counted(counted, times+1)
	w.idle()
	w.command("U0ALICE", general, "help")
	if n := w.slack.Acks().Accepted; n != acks+1 {
		w.t.Errorf("%d acks, want only the command's", n-acks)
	}
	giveUp(enough)
	if err := <-ended; !errors.Is(err, enough) {
		w.t.Errorf("it ended with %v, want no ack", err)
	}
}

// idle waits until every worker is free; each becomes free just after its
// answer.
func (w *world) idle() {
	w.t.Helper()
	until(w.t, "idle", func() bool { return len(w.app.intake.workers) == 0 })
}

func withButtons(m slacksim.Message) bool { return len(m.Buttons()) == 2 }

// withoutButtons reports whether a message has no button that decides an order.
func withoutButtons(m slacksim.Message) bool {
	return !slices.ContainsFunc(m.Buttons(), func(b blockkit.Button) bool { return b.ActionID != message.ActionAgain })
}

func saying(part string) func(slacksim.Message) bool {
	return func(m slacksim.Message) bool { return strings.Contains(m.Text, part) }
}

// journal keeps log lines.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

var _ io.Writer = (*journal)(nil)

// counts is a Meter that remembers.
type counts struct {
	mu sync.Mutex
	by map[string]int
}

func (c *counts) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[what]++
}

func (c *counts) get(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[what]
}

// counted waits until something was counted that often: an answer is counted
// after it was sent, and so after the test could see it.
func (w *world) counted(what string, want int) {
	w.t.Helper()
	ctx := w.ctx()
	for w.meter.get(what) < want && sleep(ctx, time.Millisecond) == nil {
	}
	if got := w.meter.get(what); got != want {
		w.t.Errorf("counted %q %d times, want %d", what, got, want)
	}
}

func (c *counts) Answered(_, outcome string, _ time.Duration) { c.add("answered " + outcome) }
func (c *counts) Denied(code order.Code)                      { c.add("denied " + string(code)) }
func (c *counts) Called(method, code string, _ time.Duration) { c.add("called " + method + " " + code) }
func (c *counts) Opened()                                     { c.add("opened") }
func (c *counts) LostAck()                                    { c.add("lost ack") }
func (c *counts) Panicked()                                   { c.add("panicked") }

// until waits for a condition.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !is() {
		if sleep(ctx, time.Millisecond) != nil {
			t.Fatal("not " + what)
		}
	}
}
