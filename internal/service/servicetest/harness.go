// Package servicetest starts a service on a stage and uses it as people do, for
// end-to-end tests.
package servicetest

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/bot"
	"extendbot/internal/ledgerfill"
	"extendbot/internal/oxhostsim"
	"extendbot/internal/pipenet"
	"extendbot/internal/service"
	"extendbot/internal/settings"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
)

const (
	// Patience is how long a test waits for something that must happen, on a
	// machine that is busy with other things.
	Patience = time.Minute
	// MaxTest is how long a test may take.
	MaxTest = 5 * time.Minute
	// SlackTimeout is how long Slack waits for an ack.
	SlackTimeout = 3 * time.Second
	// parallel is how many tests run at once. They wait most of the time, so it is
	// more than the number of processors.
	parallel = "8"
)

// Harness is a service on a stage. Set Settings and Options before Start. It has
// many methods: everything that a person does, or a test waits for.
type Harness struct {
	*stage.Stage
	T   *testing.T
	Ctx context.Context //nolint:containedctx // the test's context
	Log *Log

	Settings settings.Settings
	Options  []service.Option
	Service  *service.Service // nil while it does not run

	seen    *sightings       // nil outside a bubble
	network *pipenet.Network // likewise
	secrets []string         // trigger ids and response URLs of commands and clicks
	stop    context.CancelFunc
	stopped chan error
}

// Main runs the tests of a package, more of them at once than go test does by
// default, unless -parallel sets the number. Use it in TestMain.
type Main struct{ M *testing.M }

// Run implements goleak.TestingM. It closes the connections of the tests' own
// HTTP client before goleak looks for leaks.
func (m Main) Run() int {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", parallel); err != nil {
			panic(err)
		}
	}
	code := m.M.Run()
	http.DefaultClient.CloseIdleConnections()
	return code
}

// New returns a stage that ends with the test. Nothing is running on it yet. Its
// Slack waits for acks as long as the test runs, and the bot may take that long
// to decide: most tests are about the answer, not about the speed of the
// machine's disk.
func New(t *testing.T, config slacksim.Config) *Harness {
	t.Helper()
	return newHarness(t, MaxTest, config, oxhostsim.Config{})
}

func newHarness(t *testing.T, limit time.Duration, slack slacksim.Config, oxhost oxhostsim.Config) *Harness {
	t.Helper()
	slack.AckTimeout = Patience
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	s, err := stage.StartBoth(stage.Team(), slack, oxhost)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	h := &Harness{Stage: s, T: t, Ctx: ctx, Log: &Log{}}
	dir := t.TempDir() // removed after the service has stopped
	t.Cleanup(func() {
		h.Stop()
		if err := s.Close(); err != nil {
			t.Errorf("close the stage: %v", err)
		}
		cancel()
		if t.Failed() {
			t.Logf("log:\n%s", h.Log)
		}
	})
	if h.Settings, err = settings.Parse(s.Env(stage.SQLiteURL(dir))); err != nil {
		t.Fatal(err)
	}
	h.Settings.LogLevel = logrus.DebugLevel
	h.Options = []service.Option{
		service.WithWriteWait(Patience), service.WithStopTimeout(Patience),
		service.WithBot(func(c *bot.Config) { c.DecideTimeout = Patience }),
	}
	return h
}

// Start starts a service on a new stage and waits until it is connected. Its
// database is a copy of an empty ledger.
func Start(t *testing.T, edit ...func(*settings.Settings)) *Harness {
	t.Helper()
	h := New(t, slacksim.Config{})
	h.useEmptyLedger()
	for _, e := range edit {
		e(&h.Settings)
	}
	h.Start()
	return h
}

// useEmptyLedger makes the database a copy of an empty ledger.
func (h *Harness) useEmptyLedger() {
	h.T.Helper()
	empty, err := ledgerfill.EmptySQLite()
	if err == nil {
		err = os.WriteFile(h.DatabasePath(), empty, 0o600)
	}
	if err != nil {
		h.T.Fatal(err)
	}
}

// FastLookups makes a service look up an unknown outcome three times within a
// second, and ask about it once.
var FastLookups = service.WithLookups([]time.Duration{50 * time.Millisecond, 300 * time.Millisecond, time.Second}, time.Hour)

// StartWithAdmin starts a service with bob as its admin and a schedule of
// lookups; nil means the program's own.
func StartWithAdmin(t *testing.T, schedule service.Option, edit ...func(*Harness)) *Harness {
	t.Helper()
	h := New(t, slacksim.Config{})
	h.Settings.Admins = []string{stage.Bob}
	if schedule != nil {
		h.Options = append(h.Options, schedule)
	}
	for _, e := range edit {
		e(h)
	}
	h.Start()
	return h
}

// AnyServer is an edit for [Start]: people can extend any server by its id.
func AnyServer(s *settings.Settings) { s.Servers = nil }

// UseDatabase sets the database for the next start.
func (h *Harness) UseDatabase(url string) {
	h.T.Helper()
	var err error
	if h.Settings.Database, err = settings.ParseDatabase(url); err != nil {
		h.T.Fatal(err)
	}
}

// DatabasePath returns the path of the SQLite database.
func (h *Harness) DatabasePath() string {
	return strings.TrimPrefix(h.Settings.Database.Reveal(), "sqlite:")
}

// Open creates a service with the harness's settings and options, or returns the
// error of [service.New].
func (h *Harness) Open(opts ...service.Option) (*service.Service, error) {
	return service.New(h.Ctx, h.Settings, service.NewLog(h.Settings, h.Log), opts...)
}

// Start starts the service and waits until it is connected and has read each account's
// list and balance at 0xhost.
func (h *Harness) Start() {
	h.T.Helper()
	h.StartUnread()
	select {
	case <-h.Service.Prices.Tried():
	case <-time.After(Patience):
		h.T.Fatal("the lists and balances of the accounts were not read")
	}
}

// StartUnread is Start for a 0xhost whose lists may hang.
func (h *Harness) StartUnread() {
	h.T.Helper()
	v, err := h.Open(h.Options...)
	if err != nil {
		h.T.Fatalf("start: %v", err)
	}
	ctx, stop := context.WithCancel(h.Ctx)
	h.Service, h.stop, h.stopped = v, stop, make(chan error, 1)
	go func() { h.stopped <- v.Run(ctx) }()
	select {
	case <-v.Bot.Hello():
	case err := <-h.stopped:
		h.stopped <- err
		h.T.Fatalf("the service ended during the start: %v", err)
	case <-time.After(Patience):
		h.T.Fatal("no hello")
	}
}

// Stop stops the service, if it is running, and fails the test if that fails.
func (h *Harness) Stop() {
	h.T.Helper()
	if h.Service == nil {
		return
	}
	h.stop()
	if err := <-h.stopped; err != nil {
		h.T.Errorf("the service ended with %v", err)
	}
	if err := h.Service.Close(); err != nil {
		h.T.Errorf("close: %v", err)
	}
	h.Service = nil
}

// Restart stops the service and starts it again.
func (h *Harness) Restart() {
	h.T.Helper()
	h.Stop()
	h.Start()
}

// Log is what the service logged.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
