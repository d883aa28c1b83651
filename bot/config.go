package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"extendbot/bot/workqueue"
	"extendbot/internal/secret"
	"extendbot/order"
)

// Desk is the part of [order.Desk] that the bot uses.
type Desk interface {
	Request(ctx context.Context, r order.Request) (order.Order, error)
	Decide(ctx context.Context, d order.Decision) (order.Order, error)
	Place(ctx context.Context, id order.ID) error
	Expire(ctx context.Context, id order.ID) error
	Void(ctx context.Context, id order.ID, why string) error
	RecordBaseline(ctx context.Context, id order.ID) (repriced bool, err error)
	Inquiries
	Approvals
	Settlements
}

// Inquiries is the part of [order.Desk] that changes nothing.
type Inquiries interface {
	// Quote returns what would come of a request, and records nothing.
	Quote(ctx context.Context, r order.Request) (order.Quote, error)
	See(ctx context.Context, p order.Person, id order.ID) (order.Order, error)
	// LimitsExceededBy returns the limits that the charge for a placed order made
	// exceeded.
	LimitsExceededBy(ctx context.Context, o order.Order) ([]order.LimitState, error)
	Server(ctx context.Context, p order.Person, nameOrID string) (order.Server, error)
	// Concerns reports whether a person may be told about an order. It does not block.
	Concerns(p order.Person, o order.Order) bool
	// Spending returns what a person bought since a time, and what the limits leave.
	Spending(ctx context.Context, p order.Person, servers []order.Server, since time.Time) (order.Spending, error)
}

// Settlements is the part of [order.Desk] that the bot uses for orders whose outcome is
// unknown.
type Settlements interface {
	FindCandidates(ctx context.Context, o order.Order) order.Candidates
	MaySettle(ctx context.Context, p order.Person, id order.ID) (order.Order, error)
	SettleBy(ctx context.Context, p order.Person, f order.Settlement) (order.Order, error)
	CheckFinding(ctx context.Context, id order.ID) error
	WaitsForPolicy(ctx context.Context, o order.Order) bool
}

// Approvals is the part of [order.Desk] that the bot uses for orders that need
// approvals.
type Approvals interface {
	// Verify returns an order that is provably what the program recorded; see
	// [order.Desk.Verify].
	Verify(ctx context.Context, id order.ID) (order.Order, error)
	// Ruling returns what the policy says about an order now. It neither waits nor
	// calls anything.
	Ruling(ctx context.Context, o order.Order) (order.Ruling, error)
	// Awaits reports whether a pending order waits for the yes of a person, as the
	// policy is now.
	Awaits(ctx context.Context, p order.Person, o order.Order) bool
	// DeclineReason records why a person declined an order.
	DeclineReason(ctx context.Context, p order.Person, id order.ID, reason string) (order.Order, error)
}

// OrderStore is what the bot reads from the ledger, and where it records what it
// showed.
type OrderStore interface {
	// Order returns an order.
	Order(ctx context.Context, id order.ID) (order.Order, error)
	// Claim makes a process the card owner of the order until that time, unless
	// another process still is and has something to show. It returns the current order, and true if the
	// process owns the card.
	Claim(ctx context.Context, id order.ID, process string, until time.Time) (order.Order, bool, error)
	// RecordShown records the places of card, thread message and question, and
	// which version of the order they show. It ignores a version older than the
	// recorded one.
	RecordShown(ctx context.Context, s order.Shown) error
	// ServerActivity returns the other activity on the order's server: the open
	// orders, and those placed since that time.
	ServerActivity(ctx context.Context, o order.Order, since time.Time) (order.ServerActivity, error)
	// Recent returns the newest n orders of a person, newest first.
	Recent(ctx context.Context, p order.Person, n int) ([]order.Order, error)
	// Pending returns the oldest n orders of a workspace that wait for a decision,
	// oldest first.
	Pending(ctx context.Context, team string, n int) ([]order.Order, error)
	// PendingOf returns the orders of a person that wait for a decision, newest
	// first.
	PendingOf(ctx context.Context, p order.Person) ([]order.Order, error)
	// Unknown returns the orders of a workspace whose outcome is unknown, oldest first.
	Unknown(ctx context.Context, team string) ([]order.Order, error)
	// OfServer returns the newest n orders for the server with this id.
	OfServer(ctx context.Context, serverID string, n int) ([]order.Order, error)
}

// Config configures an App. Fields without a default are required. It has many
// fields because each is one setting, time limit or dependency.
type Config struct {
	// AppToken (xapp-…) opens the connections, BotToken (xoxb-…) posts.
	AppToken, BotToken secret.Value
	// APIURL is the URL of Slack's Web API, with a slash at its end. Default:
	// Slack's own.
	APIURL string
	// Dial opens the connections to Slack. Default: TCP connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Connections is how many Socket Mode connections are kept open, 1 to 10.
	// Default: 2, so that one can receive while the other is renewed.
	Connections int
	// OnlyProcess says that no other process may use the Slack app, because no other
	// one can know the orders. If Slack counts more connections than this process
	// has, the log warns.
	OnlyProcess bool

	Desk   Desk
	Orders OrderStore
	// Servers returns the servers that a person may extend, by name; none if they may
	// extend any server by its id. It fails with order.CodeStranger for people who
	// may not order at all.
	Servers func(order.Person) ([]order.Server, error)
	// Known returns nil if the policy knows a person: as one who may order, approve or
	// settle. Only they are told anything about orders. It fails with
	// order.CodeStranger, and with order.CodeUnavailable. Default: those for whom
	// Servers returns no error, and the Admins.
	Known func(order.Person) error
	// Leases knows until when servers are rented. Default: nobody does.
	Leases order.Leases
	// AccountName returns what the policy calls an account at the host, or "". Default:
	// nothing.
	AccountName func(account string) string
	// About returns what the policy says that a server is for, or "". Default: nothing.
	About func(serverID string) string
	// Balance returns what an account at the host had left when that was read last. It
	// answers from memory. Default: that is not known.
	Balance func(account string) order.Balance
	// Admins returns the user ids of those who may settle unknown outcomes. It is
	// used for mentions; the Desk decides who may settle. Default: nobody.
	Admins func() []string
	// StopReminders records that a user does not want anybody to be reminded of the end of
	// a server's lease anymore, and returns only after that is safe from a power failure.
	// It fails with order.CodeLeaseOver if the server has another lease now, and with
	// order.CodeUnavailable. The bot calls it for people who may extend the server and for
	// admins. Default: it fails with order.CodeNotFound.
	StopReminders func(ctx context.Context, serverID string, lease time.Time, user string) error
	// RemindersChanged is called after something that reminders may show has changed. It
	// must not block. Default: nothing.
	RemindersChanged func()
	// UserGroups returns the ids of the Slack user groups whose members have to be
	// known. Default: none.
	UserGroups func() []string
	// UserGroupsEvery is how often they are read, and UserGroupsPause the least time
	// between two reads. Default: 1m and 40s, which keeps ten processes within Slack's
	// rate limit.
	UserGroupsEvery, UserGroupsPause time.Duration
	// LookupFor is how long an order is looked up after its outcome became unknown.
	// The thread shows it. 0: the thread does not show it.
	LookupFor time.Duration
	// AskEvery is the time between two questions about an unknown outcome.
	// Default: 24h.
	AskEvery time.Duration
	// MaxHours is the most that one order may buy.
	MaxHours order.Hours
	// Timezone is the time zone of people whose own one Slack does not tell: without
	// the scope users:read, for example. Default: UTC.
	Timezone *time.Location
	// Currency is used for amounts whose receipt names no currency.
	Currency string
	// ProcessID identifies this process among all that share the ledger.
	ProcessID string

	Log   logrus.FieldLogger
	Meter Meter            // nil: nothing is counted
	Now   func() time.Time // nil: time.Now
	// Jitter returns random numbers in [0, 1) that vary pauses. Default: random.
	Jitter func() float64

	// Workers is how many envelopes may wait for their answer at once. Further ones are answered
	// that the bot is busy. Default: 256.
	Workers int
	// PlaceSlots is how many orders are placed at once. Further ones wait in memory.
	// Default: 256.
	PlaceSlots int
	// ShowSlots is how many cards are posted at once, and how many of each other
	// kind of message. Further ones wait in memory. Default: 32.
	ShowSlots int

	// ConnectTimeout is how long temporary failures of Slack are tolerated at the
	// start, once by [App.Connect] and once until the first hello. Default: 1m.
	ConnectTimeout time.Duration
	// PingTimeout is how long a connection may go without a ping from Slack. It can
	// take up to twice as long until that is noticed. Default: 30s, as in Slack's
	// own clients.
	PingTimeout time.Duration
	// ProbeEvery is the time between two probes of a connection. A connection that
	// leaves three probes unanswered is replaced. Default: 1.25s, so that it takes
	// five seconds, as in Slack's own client for Node.
	ProbeEvery time.Duration
	// CallTimeout is how long one call of the Web API may take. Default: 10s.
	CallTimeout time.Duration
	// DecideTimeout is how long the work before an ack may take. Default: 2.5s,
	// which leaves half a second of Slack's three for the ack.
	DecideTimeout time.Duration
	// CardTurn is how long the next card of a channel waits for the one before, so that
	// cards appear in the order of their requests. Default: 2s.
	CardTurn time.Duration
	// PlacingNotice is the delay after which the card shows that an order is being
	// placed. Default: 400ms.
	PlacingNotice time.Duration
	// StopTimeout is how long [App.Run] may take to end after its context ended.
	// Default: 10s.
	StopTimeout time.Duration
}

func (c Config) withDefaults() (Config, error) {
	for _, missing := range []struct {
		name string
		is   bool
	}{
		{"AppToken", c.AppToken == secret.Value{}}, {"BotToken", c.BotToken == secret.Value{}},
		{"Desk", c.Desk == nil}, {"Orders", c.Orders == nil}, {"Servers", c.Servers == nil},
		{"MaxHours", c.MaxHours < 1}, {"ProcessID", c.ProcessID == ""}, {"Log", c.Log == nil},
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
	setDefault(&c.Workers, 256)
	setDefault(&c.PlaceSlots, 256)
	setDefault(&c.ShowSlots, 32)
	setDefault(&c.ConnectTimeout, time.Minute)
	setDefault(&c.PingTimeout, 30*time.Second)
	setDefault(&c.ProbeEvery, 1250*time.Millisecond)
	setDefault(&c.CallTimeout, 10*time.Second)
	setDefault(&c.DecideTimeout, 2500*time.Millisecond)
	setDefault(&c.CardTurn, 2*time.Second)
	setDefault(&c.PlacingNotice, 400*time.Millisecond)
	setDefault(&c.StopTimeout, 10*time.Second)
	setDefault(&c.APIURL, "https://slack.com/api/")
	if c.Timezone == nil {
		c.Timezone = time.UTC
	}
	c = c.withDefaultAnswers()
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

// withDefaultAnswers sets what is known, and what happens, where that is not configured.
func (c Config) withDefaultAnswers() Config {
	if c.Admins == nil {
		c.Admins = func() []string { return nil }
	}
	if c.StopReminders == nil {
		c.StopReminders = func(context.Context, string, time.Time, string) error {
			return &order.Error{Code: order.CodeNotFound}
		}
	}
	if c.RemindersChanged == nil {
		c.RemindersChanged = func() {}
	}
	if c.UserGroups == nil {
		c.UserGroups = func() []string { return nil }
	}
	if c.Known == nil {
		c.Known = func(p order.Person) error {
			_, err := c.Servers(p)
			if order.CodeOf(err) == order.CodeStranger && slices.Contains(c.Admins(), p.User) {
				return nil
			}
			return err
		}
	}
	if c.Leases == nil {
		c.Leases = noLeases{}
	}
	if c.AccountName == nil {
		c.AccountName = func(string) string { return "" }
	}
	if c.About == nil {
		c.About = func(string) string { return "" }
	}
	if c.Balance == nil {
		c.Balance = func(string) order.Balance { return order.Balance{} }
	}
	return c
}

// noLeases knows of no lease.
type noLeases struct{}

func (noLeases) Lease(_ context.Context, s order.Server) (order.Lease, error) {
	return order.Lease{Server: s}, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// queue is the configuration of the queues of work.
func (c Config) queue() workqueue.Config {
	return workqueue.Config{Now: c.Now, Jitter: c.Jitter, Panicked: func(key string, p any) {
		logPanic(&c, c.Log.WithField(fieldOrder, key), p)
	}}
}
