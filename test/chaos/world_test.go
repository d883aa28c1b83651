//go:build chaos

package chaos

import (
	"context"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/internal/oxhostsim"
	"extendbot/internal/slacksim"
	"extendbot/internal/stage"
	"extendbot/internal/testpg"
	"extendbot/order"
)

// The cast: three people, each with an account, who rent the servers whose
// number is theirs modulo three, a colleague who orders with the account of the first
// one, one person who may not order, and approvers.
var (
	cast     = withApprovers(stage.Crowd(3, 1, 6))
	members  = []string{cast.People[0].ID, cast.People[1].ID, cast.People[2].ID}
	servers  = []string{"web-1", "web-2", "web-3", "web-4", "web-5", "web-6"}
	stranger = stage.Mallory
)

// colleague orders for the servers of alice, too.
const colleague = "U0GINA"

// requesters are the people who order.
func requesters() []string { return append(slices.Clip(members), colleague) }

const (
	channel   = stage.Ops    // the bot is a member
	elsewhere = stage.Random // the bot is not a member
)

// worldConfig configures a world.
type worldConfig struct {
	confirmTTL    time.Duration
	oxhostTimeout time.Duration
	connections   int // Slack connections of each process
	postgres      bool
	reminds       bool // of a server that runs out in an hour and a half
	// settlesInSlack makes the admin click the buttons of questions. Otherwise, and
	// for half of the orders, the command settles them.
	settlesInSlack bool
	// patience is how long the admin leaves some unknown outcomes to the program,
	// which looks them up by itself, first after five seconds.
	patience time.Duration
}

// approveTTL is how long an order waits for its approvals: the least that the program
// allows.
const approveTTL = time.Minute

// admin is the person who is asked about unknown outcomes.
var admin = members[0]

// world is a Slack, a 0xhost and a database, and everything that people did
// there. The program is started and killed in it. It is large because the checks
// compare all of this with each other.
type world struct {
	worldConfig

	ctx             context.Context //nolint:containedctx // the test's context
	dir             string
	url             string         // URL of the database
	pg              *testpg.Server // nil if the database is a file
	stage           *stage.Stage
	slack           *slacksim.Server
	oxhost          *oxhostsim.Server
	shutter         *shutter // the listener of 0xhost
	policy          *policyLog
	shown           shownMessages
	calls           failedCalls
	goroutines      sync.WaitGroup // goroutines that watch processes
	runs            int
	crashEnv        string // environment for the admin's first command, which makes it die
	crashedCommands int

	mu         sync.Mutex
	hours      int // hours of the last request; no two requests have the same
	requests   map[int]*request
	clicks     map[string][]*click    // by the order's id
	reasons    map[order.ID]string    // why people declined orders, if that was acked
	finished   map[order.ID]time.Time // when people last tried to end an order that waits
	startTimes []time.Time            // start times of processes
	deathTimes []time.Time
	ends       map[string]time.Time // when processes ended, by their logs
	outages    []span               // outages of a replica or of PostgreSQL, without a death
	troubles   []*trouble

	refusals    []refusal     // clicks that were refused, according to logs that were removed
	stopped     int           // requests that a limit stopped
	raised      chan struct{} // closed when the limits are raised
	lostAnswers []span        // when answers of Slack could be lost

	refusedClicks []refusal  // the clicks that were refused until the last inspection
	approved      []*counted // the orders that were approved until the last inspection
}

// request is what one person asks for, maybe several times: no two requests are
// for the same hours.
type request struct {
	user, server, purpose string

	accepted bool       // some command was acked and not refused
	asks     int        // commands and clicks that asked for it, whatever became of them
	acked    int        // the commands that were acked and not refused, or only because they were repeated
	again    []order.ID // the orders whose buttons asked once more and were acked
	unacked  int        // commands and clicks
	lastAck  time.Time
}

// click is one click on a button of a card, or a command that cancels its order.
type click struct {
	user  string
	yes   bool
	seen  order.ID            // which order extended the server, according to the card that was clicked
	cost  decimal.NullDecimal // what the order is expected to cost, according to that card
	sent  time.Time
	acked time.Time // zero if it was not acked
}

func newWorld(t *testing.T, c worldConfig) *world {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{worldConfig: c, ctx: ctx, dir: t.TempDir(), requests: map[int]*request{}, clicks: map[string][]*click{}, raised: make(chan struct{}), ends: map[string]time.Time{}}
	w.url, w.policy = stage.SQLiteURL(w.dir), newPolicy(t, w.dir)
	w.reasons, w.finished = map[order.ID]string{}, map[order.ID]time.Time{}
	var err error
	if c.reminds {
		w.policy.addExpiring(t)
	}
	if c.postgres {
		w.pg = testpg.Start(t, testpg.Durable())
		if w.url, err = w.pg.CreateDatabase(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// A person whose ack is lost in a crash waits no longer than a restart takes.
	config := slacksim.Config{
		AckTimeout: time.Second, NoRecord: true, ResendLost: true,
		OnMessage: w.shown.record, OnEphemeral: w.shown.private.recordEphemeral, OnCall: w.calls.record,
	}
	if w.shutter, err = newShutter(ctx); err != nil {
		t.Fatal(err)
	}
	if w.stage, err = stage.StartBoth(cast, config, oxhostsim.Config{Listener: w.shutter}); err != nil {
		t.Fatal(err)
	}
	w.slack, w.oxhost = w.stage.Slack, w.stage.Oxhost
	t.Cleanup(func() {
		cancel() // kills what is still running
		w.goroutines.Wait()
		if err := w.stage.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// ruledServer is rented by alice's account, and needs two of three approvers.
const ruledServer = "db-0-1"

func withApprovers(c stage.Cast) stage.Cast {
	c.Servers = append(c.Servers, stage.Server{ID: idOf(ruledServer), Name: ruledServer, Account: c.People[0].Account})
	c.Approvals = []stage.Approval{{Name: "databases", Servers: []string{"db-0-*"}, Approvers: []string{dave, erin, frank}, Count: 2}}
	for i := range c.Servers {
		c.Servers[i].PlanPrice = planPrice
	}
	c.People = append(c.People, stage.Person{ID: colleague, Name: "gina", Account: c.People[0].Account})
	for _, id := range []string{dave, erin, frank} {
		c.People = append(c.People, stage.Person{ID: id, Name: strings.ToLower(strings.TrimPrefix(id, "U0"))})
	}
	return c
}

// idOf returns the id of the server with this name, as [stage.Crowd] makes them.
func idOf(server string) string { return "0000-" + server }

// owner returns the member whose account rents a server: the number after its name
// says who, as in [stage.Crowd].
func owner(server string) string {
	number, _ := strconv.Atoi(server[strings.LastIndex(server, "-")+1:])
	return members[(number-1)%len(members)]
}

// env returns the environment of the program.
func (w *world) env() []string {
	env := w.stage.Env(w.url)
	delete(env, "ALLOWLIST")
	delete(env, "SERVERS")
	maps.Copy(env, map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": w.dir, "USER": "operator",
		"EXTENDBOT_CI_RUN": os.Getenv("EXTENDBOT_CI_RUN"), // .ci/run finds processes that are still running by this
		"OXHOST_TIMEOUT":   w.oxhostTimeout.String(), "CONFIRM_TTL": w.confirmTTL.String(), "MAX_HOURS": "1000000",
		"POLICY_FILE": w.policy.file, "APPROVE_TTL": approveTTL.String(), "SLACK_CONNECTIONS": strconv.Itoa(w.connections), "HTTP_ADDR": "", "LOG_LEVEL": "debug",
	})
	if w.reminds {
		env["REMIND_CHANNEL"] = channel
	}
	return stage.Environ(env)
}

// reminders returns the reminders in the channel.
func (w *world) reminders() (list []slacksim.Message) {
	for _, m := range w.slack.Messages(channel) {
		if _, extends := m.Button("remind_extend_1"); extends {
			list = append(list, m)
		}
	}
	return list
}

// locked runs a function that changes the world's records.
func (w *world) locked(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// pollInterval is how often the test checks what other processes do.
const pollInterval = 10 * time.Millisecond

// waitUntil waits until a condition holds. It reports whether that happened in
// time.
func waitUntil(ctx context.Context, within time.Duration, condition func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// pause waits as people do.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
