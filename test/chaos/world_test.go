package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/testpg"
)

// The place and the people of a world. Each member has an account and rents
// the servers whose number is the member's, modulo their count.
const (
	channel   = "C0OPS"    // the bot is in it
	elsewhere = "C0RANDOM" // the bot is not
	stranger  = "U0MALLORY"
)

var (
	members = []string{"U0ALICE", "U0BOB", "U0CAROL"}
	servers = []string{"web-1", "web-2", "web-3", "db-1", "db-2", "db-3"}
)

// worldConfig says how a world differs from others.
type worldConfig struct {
	confirmTTL    time.Duration
	oxhostTimeout time.Duration
	connections   int // of the program to Slack
	postgres      bool
	// admin settles in Slack what is asked there; "": nobody does.
	admin string
	// patience is how long the person who settles leaves some orders to the
	// program, which looks them up by itself, first after five seconds.
	patience time.Duration
}

// world is a Slack and a 0xhost, the database, and all that the test knows of
// what people did there. The program comes and goes.
type world struct {
	worldConfig

	ctx    context.Context //nolint:containedctx // of the test
	dir    string
	url    string         // of the database
	pg     *testpg.Server // nil: the database is a file
	slack  *slacksim.Server
	oxhost *oxhostsim.Server
	wall   wall
	owned  sync.WaitGroup // goroutines that watch processes
	runs   int
	curse  string // environment of the first command of a person; it dies of it once
	fallen int    // how many commands of people died

	mu       sync.Mutex
	hours    int // the last that somebody asked for; no two requests have the same
	requests map[int]*request
	clicks   map[string][]*click // by the order's id
	starts   []time.Time         // of the program
	deaths   []time.Time
	outages  []span // of a replica or of PostgreSQL, in which neither died

	refusals    []string // of clicks, from logs that are gone
	lostAnswers bool     // some of Slack's answers were lost on purpose
}

// request is one /extend.
type request struct {
	user, server string
	accepted     bool // acked, and not refused
	refused      string
}

// click is one press of a button on a card.
type click struct {
	user  string
	yes   bool
	sent  time.Time
	acked time.Time // zero: not
}

func newWorld(t *testing.T, c worldConfig) *world {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{worldConfig: c, ctx: ctx, dir: t.TempDir(), requests: map[int]*request{}, clicks: map[string][]*click{}}
	w.url = "sqlite:" + filepath.Join(w.dir, "extendbot.db")
	var err error
	if c.postgres {
		w.pg = testpg.Start(t, testpg.Durable())
		if w.url, err = w.pg.CreateDatabase(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// Who loses an ack to a crash waits no longer than it takes to restart.
	config := slacksim.Config{AckTimeout: time.Second, NoRecord: true, ResendLost: true, OnMessage: w.wall.put}
	if w.slack, err = slacksim.Start(config); err != nil {
		t.Fatal(err)
	}
	if w.oxhost, err = oxhostsim.Start(oxhostsim.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel() // kills what still runs
		w.owned.Wait()
		if err := w.slack.Close(); err != nil {
			t.Error(err)
		}
		if err := w.oxhost.Close(); err != nil {
			t.Error(err)
		}
	})
	w.cast()
	return w
}

// cast puts the people on the stage, and what they own.
func (w *world) cast() {
	everybody := append([]string{stranger}, members...)
	for _, id := range everybody {
		w.slack.AddUser(slacksim.User{ID: id, Name: strings.ToLower(id)})
	}
	w.slack.AddChannel(slacksim.Channel{ID: channel, Name: "ops"})
	w.slack.Join(channel, append(everybody, w.slack.BotUserID())...)
	w.slack.AddChannel(slacksim.Channel{ID: elsewhere, Name: "random"})
	w.slack.Join(elsewhere, everybody...)
	for _, m := range members {
		w.oxhost.AddAccount(oxhostsim.Account{ID: accountOf(m), Balance: decimal.New(1, 12), Active: true})
	}
	for _, s := range servers {
		w.oxhost.AddServer(oxhostsim.RentedServer{ID: idOf(s), Name: s, OwnerID: accountOf(owner(s))})
	}
}

func accountOf(member string) string { return "account-" + strings.TrimPrefix(member, "U0") }
func idOf(server string) string      { return "0000-" + server }

// owner is the member whose account rents a server.
func owner(server string) string { return members[slices.Index(servers, server)%len(members)] }

// env is the environment of the program.
func (w *world) env() []string {
	var allowed, named []string
	for _, m := range members {
		allowed = append(allowed, m+":"+accountOf(m))
	}
	for _, s := range servers {
		named = append(named, s+":"+idOf(s))
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "USER=operator",
		"EXTENDBOT_CI_RUN=" + os.Getenv("EXTENDBOT_CI_RUN"), // .ci/run looks for what is left running
		"SLACK_APP_TOKEN=" + w.slack.AppToken(), "SLACK_BOT_TOKEN=" + w.slack.BotToken(), "SLACK_API_URL=" + w.slack.APIURL(),
		"OXHOST_API_KEY=" + w.oxhost.APIKey(), "OXHOST_API_URL=" + w.oxhost.URL(), "OXHOST_TIMEOUT=" + w.oxhostTimeout.String(),
		"ALLOWLIST=" + strings.Join(allowed, ","), "SERVERS=" + strings.Join(named, ","),
		"DATABASE_URL=" + w.url, "ADMINS=" + w.admin, "CONFIRM_TTL=" + w.confirmTTL.String(), "MAX_HOURS=1000000",
		fmt.Sprintf("SLACK_CONNECTIONS=%d", w.connections), "HTTP_ADDR=", "LOG_LEVEL=debug",
	}
}

// note changes what is known of the world.
func (w *world) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// lookEvery is how often what other processes do is looked at.
const lookEvery = 10 * time.Millisecond

// await looks until something is so. It says false if it is not in time.
func await(ctx context.Context, within time.Duration, so func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// pause lets people think.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
