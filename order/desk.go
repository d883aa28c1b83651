package order

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Limits of the Desk that are not settings.
const (
	// PlaceWindow is how long an order that is not placed is tried again, counted
	// from its first attempt.
	PlaceWindow = 2 * time.Minute
	// ApprovalTTL is how long an approval is valid. A person who approved an order
	// longer ago does not expect the money to be spent now.
	ApprovalTTL = time.Hour
	// OwnerGrace is added to the host's time-out. The sum is how long a process
	// counts as alive after it moved an order to Placing.
	OwnerGrace = 20 * time.Second
	// ApproveTTL is the default of Config.ApproveTTL.
	ApproveTTL = 8 * time.Hour
	// ReconcileGrace is how long the process that changed an order has to show it,
	// before due work lets any process do so.
	ReconcileGrace = 15 * time.Second
	// recordFor is how long the Desk tries to record the outcome of an attempt
	// while the ledger is unavailable. The pauses between two tries grow from
	// recordPause to recordPauseMax.
	recordFor      = 10 * time.Minute
	recordPause    = 200 * time.Millisecond
	recordPauseMax = 5 * time.Second
	// retryPause is how long a call of Place waits that finds another one working
	// on the order.
	retryPause = 2 * time.Second
)

// Config configures a Desk. Fields are required unless the comment says
// otherwise.
type Config struct {
	Ledger   Ledger
	Policy   Policy
	Host     Host
	Observer Observer // nil: nothing is reported

	// HostOrders and Baselines are used to look up unknown outcomes: the host's
	// list of orders, and what it contained before the order was sent. Without
	// HostOrders no baseline is recorded and nothing is looked up; with it,
	// Baselines is required.
	HostOrders HostOrders
	Baselines  Baselines
	// Prices knows what orders will cost. nil: nobody does.
	Prices Prices
	// Leases knows until when servers are rented. nil: nobody does.
	Leases Leases
	// KnownList returns the newest complete list of an account's orders that this process
	// has read, and when it asked for it. It answers from memory, because an ack waits for
	// it. nil: there is none.
	KnownList func(account string) (list HostOrderList, asked time.Time, ok bool)
	// LookupSchedule is when an order is looked up, counted from when it became
	// Unknown, soonest first. nil: the times from the function LookupSchedule.
	LookupSchedule []time.Duration

	// ProcessID identifies this process among all that ever used the ledger. It is
	// empty for a process that shows no orders, such as a command; other processes
	// may then show its changes at once. Such a process must not place orders.
	ProcessID string
	// ConfirmTTL is how long a request waits for its confirmation.
	ConfirmTTL time.Duration
	// ApproveTTL is how long a request waits for the approvals of others. Default 8
	// hours.
	ApproveTTL time.Duration
	// MaxHours is the most that one order may buy.
	MaxHours Hours
	// HostTimeout is how long one call of the Host may take.
	HostTimeout time.Duration
	// Currency is the currency of the host's amounts.
	Currency string
	// Pauses are the times between the attempts at one order.
	Pauses Pauses

	Now    func() time.Time       // nil: time.Now
	NewID  func(now time.Time) ID // nil: NewID
	Jitter func() float64         // numbers in [0, 1) that vary pauses; nil: random
}

// Desk moves orders through their states. It is safe for use by many goroutines,
// and by many processes on one ledger. It has about 30 methods because it has
// one for each step, in the files request.go, decide.go, verify.go, place.go,
// judge.go, resend.go, record.go, lookup.go, finding.go and settle.go.
type Desk struct {
	cfg     Config
	placing placing
	checks  listChecks
	// reported has a [report] for each order that was reported as unverified.
	reported sync.Map
	// sent are the numbers of the last attempts in which this process sent orders, a
	// few bytes for each order.
	sent sync.Map
	// stopped is closed by Stop.
	stopped chan struct{}
	stop    func()
}

// NewDesk returns a Desk.
func NewDesk(c Config) *Desk {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = NewID
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	if c.ApproveTTL == 0 {
		c.ApproveTTL = ApproveTTL
	}
	if len(c.LookupSchedule) == 0 {
		c.LookupSchedule = LookupSchedule()
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	c.Pauses = c.Pauses.withDefaults()
	c.Policy = capped{c.Policy, c.MaxHours}
	stopped := make(chan struct{})
	return &Desk{
		cfg: c, placing: placing{ids: map[ID]bool{}}, checks: listChecks{byOrder: map[ID]listCheck{}},
		stopped: stopped, stop: sync.OnceFunc(func() { close(stopped) }),
	}
}

// Stop ends all waits for a ledger that is unavailable: what is known of attempts and
// could not be recorded is reported to the Observer at once. It is called before the ledger
// is closed, and may be called twice.
func (d *Desk) Stop() { d.stop() }

type noObserver struct{}

func (noObserver) Transitioned(Order, Entry)                      {}
func (noObserver) Attempted(Order, Verdict, time.Duration, error) {}
func (noObserver) LookedUp(Order, Match, error)                   {}
func (noObserver) Unverified(Order, error)                        {}
func (noObserver) Unrecorded(Order, State, *Receipt, error)       {}

// now returns the time at the precision that the ledger stores. The Desk has no
// other clock. It measures durations with time.Since, because this clock can jump.
func (d *Desk) now() time.Time { return d.cfg.Now().UTC().Truncate(time.Microsecond) }

// clockSkew is how much the clocks of two processes may differ.
const clockSkew = time.Minute

// setBack reports whether the clock was set back since it showed that earlier
// time, so that no time that was computed from it can be waited for.
func setBack(now, earlier time.Time) bool { return now.Before(earlier.Add(-clockSkew)) }

// transition commits one transition of o. edit changes other fields of the next
// order; it may be nil.
func (d *Desk) transition(ctx context.Context, o Order, to State, who, why string, due []Due, edit func(*Order)) (Order, error) {
	return d.commit(ctx, o, to, who, why, due, edit, d.cfg.Ledger.Change)
}

// change is how the Ledger records a transition.
type change func(ctx context.Context, next Order, e Entry, due ...Due) (Order, error)

// commit is transition with another way to record it.
func (d *Desk) commit(ctx context.Context, o Order, to State, who, why string, due []Due, edit func(*Order), record change) (Order, error) {
	if !o.State.CanBecome(to) {
		return o, &Error{Code: CodeIllegal, Detail: fmt.Sprintf("%s cannot become %s", o.State, to)}
	}
	now := d.now()
	next := o
	next.State, next.ChangedAt = to, now
	next.Reason = why
	next.CardOwner, next.CardOwnerUntil = d.cfg.ProcessID, d.reconcileFrom(now)
	if edit != nil {
		edit(&next)
	}
	entry := Entry{Version: o.Version + 1, At: now, Who: who, From: o.State, To: to, Why: why}
	if len(due) == 0 { // due work that places an order also shows it
		due = []Due{{Work: WorkReconcile, At: d.reconcileFrom(now)}}
	}
	if to == Unknown {
		due = append(due, Due{Work: WorkLookup, At: now}) // Lookup follows its own schedule
	}
	stored, err := record(ctx, next, entry, due...)
	if err != nil {
		return o, fmt.Errorf("order %s to %s: %w", o.ID, to, err)
	}
	d.cfg.Observer.Transitioned(stored, entry)
	return stored, nil
}

// reconcileFrom returns the time from which any process may show what this one
// changes now.
func (d *Desk) reconcileFrom(now time.Time) time.Time {
	if d.cfg.ProcessID == "" {
		return now
	}
	return now.Add(ReconcileGrace)
}
