package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/internal/secret"
	"extendbot/order"
)

// Desk is what the bot asks of [order.Desk].
type Desk interface {
	Request(ctx context.Context, r order.Request) (order.Order, error)
	Decide(ctx context.Context, d order.Decision) (order.Order, error)
	Place(ctx context.Context, id order.ID) error
	Expire(ctx context.Context, id order.ID) error
	Void(ctx context.Context, id order.ID, why string) error
	RecordBaseline(ctx context.Context, id order.ID) error
	SettleBy(ctx context.Context, p order.Person, f order.Settlement) (order.Order, error)
	FindCandidates(ctx context.Context, o order.Order) order.Candidates
}

// Book is what the bot reads from the ledger, and where it notes what it
// showed.
type OrderStore interface {
	// Order gives an order as it stands.
	Order(ctx context.Context, id order.ID) (order.Order, error)
	// Claim makes self the tender of the order until then, unless somebody
	// else still is. It returns the order as it stands; true means that self
	// may tend it.
	Claim(ctx context.Context, id order.ID, self string, until time.Time) (order.Order, bool, error)
	// Shown notes where card, word and question are and which version they
	// show. A note of an older version than the one that is there changes
	// nothing.
	RecordShown(ctx context.Context, s order.Shown) error
	// Standing tells what else is known of the order's server: what is open,
	// and what was placed since then.
	ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error)
	// Recent gives the newest n orders that a person asked for, newest first.
	Recent(ctx context.Context, p order.Person, n int) ([]order.Order, error)
}

// Config is what an App is made of. Fields without a default are required.
type Config struct {
	// AppToken (xapp-…) opens the connections, BotToken (xoxb-…) posts.
	AppToken, BotToken secret.Value
	// APIURL is where Slack's Web API is, with a slash at its end. Default:
	// Slack's own.
	APIURL string
	// Connections is how many sockets are kept open, 1 to 10. Default: 2, so
	// that one can be renewed while the other listens.
	Connections int

	Desk   Desk
	Orders OrderStore
	// Servers lists the servers that a person may extend by name. It fails with
	// order.CodeStranger for people who may not order at all.
	Servers func(order.Person) ([]order.Server, error)
	// Admins lists the user ids of those who may settle unknown outcomes; the
	// Desk has the last word. nil: nobody.
	Admins func() []string
	// LookFor is for how long an order is looked up after its outcome became
	// unknown, as people are told. 0: they are told nothing of it.
	LookupFor time.Duration
	// AskEvery is how often people are asked about an unknown outcome. Default:
	// 24h.
	AskEvery time.Duration
	// MaxHours is the most that one order may buy.
	MaxHours order.Hours
	// Currency is what amounts are in.
	Currency string
	// Self names this process among all that share the ledger.
	ProcessID string

	Log   logrus.FieldLogger
	Meter Meter            // nil: nothing is counted
	Now   func() time.Time // nil: time.Now
	// Jitter gives numbers from 0 up to 1 that spread pauses. Default: random.
	Jitter func() float64

	// Workers is how many envelopes are answered at once. Default: 64. One
	// more gets the answer that the bot is busy.
	Workers int
	// PlaceSlots is how many orders are placed and shown at once after their
	// envelope was answered. Default: 256. What finds no slot is left to due
	// work.
	PlaceSlots int

	// ConnectTimeout is how long start-up puts up with what Slack says in
	// passing, once for [App.Connect] and once for the first hello. Default: 1m.
	ConnectTimeout time.Duration
	// PingTimeout is how long a connection without a ping of Slack's is
	// believed to be alive; at worst it takes twice as long to notice.
	// Default: 30s, as Slack's own clients have it.
	PingTimeout time.Duration
	// ProbeEvery is how often a connection is asked for a sign of life; one that
	// gives none three times is replaced. Default: 1.25s, so that it takes five
	// seconds, as long as Slack's own client for Node waits.
	ProbeEvery time.Duration
	// CallTimeout is how long one call of the Web API may take. Default: 10s.
	CallTimeout time.Duration
	// DecideTimeout is how long the work before an ack may take. Default: 2.5s,
	// which leaves the ack half a second of Slack's three.
	DecideTimeout time.Duration
	// PlacingNotice is how long an order may be on its way before its card
	// says so. Default: 400ms.
	PlacingNotice time.Duration
	// StopTimeout is how long [App.Run] takes to end after its context did.
	// Default: 10s.
	StopTimeout time.Duration
}

// Limits that are no settings.
const (
	// ackTimeout bounds the wait for room to send an ack.
	ackTimeout = 2 * time.Second
	// ackGrace is how long queued acks have to reach the wire at the end.
	ackGrace = 100 * time.Millisecond
)

func (c Config) withDefaults() (Config, error) {
	for _, missing := range []struct {
		name string
		is   bool
	}{
		{"AppToken", c.AppToken == secret.Value{}}, {"BotToken", c.BotToken == secret.Value{}},
		{"Desk", c.Desk == nil}, {"Book", c.Orders == nil}, {"Servers", c.Servers == nil},
		{"MaxHours", c.MaxHours < 1}, {"Self", c.ProcessID == ""}, {"Log", c.Log == nil},
	} {
		if missing.is {
			return c, errors.New("bot: Config." + missing.name + " is required")
		}
	}
	setDefault(&c.Connections, 2)
	if c.Connections < 1 || c.Connections > maxConnections {
		return c, fmt.Errorf("bot: Config.Connections is %d, not within 1 and %d", c.Connections, maxConnections)
	}
	setDefault(&c.AskEvery, 24*time.Hour)
	setDefault(&c.Workers, 64)
	setDefault(&c.PlaceSlots, 256)
	setDefault(&c.ConnectTimeout, time.Minute)
	setDefault(&c.PingTimeout, 30*time.Second)
	setDefault(&c.ProbeEvery, 1250*time.Millisecond)
	setDefault(&c.CallTimeout, 10*time.Second)
	setDefault(&c.DecideTimeout, 2500*time.Millisecond)
	setDefault(&c.PlacingNotice, 400*time.Millisecond)
	setDefault(&c.StopTimeout, 10*time.Second)
	setDefault(&c.APIURL, "https://slack.com/api/")
	if c.Admins == nil {
		c.Admins = func() []string { return nil }
	}
	if c.Meter == nil {
		c.Meter = noMeter{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
