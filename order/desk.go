package order

import (
	"context"
	"fmt"
	"time"
)

// Limits of the Desk that are not settings.
const (
	// PlaceWindow is how long an order that was provably not sent is tried
	// again, counted from its first attempt.
	PlaceWindow = 2 * time.Minute
	// ApprovalTTL is how long an approval is good for. A person who said yes
	// longer ago does not expect the money to be spent now.
	ApprovalTTL = time.Hour
	// OwnerGrace is added to the host's time-out: for that long the process
	// that took an order into Placing counts as alive.
	OwnerGrace = 20 * time.Second
	// ReconcileGrace is how long the process that changed an order has to show
	// it, before due work lets any process do so.
	ReconcileGrace = 15 * time.Second
	// recordFor is how long the Desk tries to record the outcome of an attempt
	// while the ledger is unavailable. The pauses between two tries grow from
	// recordPause to recordPauseMax.
	recordFor      = 10 * time.Minute
	recordPause    = 200 * time.Millisecond
	recordPauseMax = 5 * time.Second
	// retryPause is how long an order waits after an attempt that was never
	// sent, if the host named no time.
	retryPause = 2 * time.Second
)

// Config is what a Desk is made of. Every field is required unless it says
// otherwise.
type Config struct {
	Ledger   Ledger
	Policy   Policy
	Host     Host
	Observer Observer // nil: nothing is reported

	// HostOrders and Baselines are what an unknown outcome is looked up with:
	// the host's list of orders, and what it held before the order was sent.
	// Without HostOrders no baseline is recorded and nothing is looked up; with
	// them, Baselines is required.
	HostOrders HostOrders
	Baselines  Baselines
	// LookupSchedule is when an order is looked up, counted from when it became
	// Unknown, soonest first. nil: the times of the function LookupSchedule.
	LookupSchedule []time.Duration

	// ProcessID identifies this process among all that ever worked on the
	// ledger. Empty for a process that shows no orders, such as a command: what
	// it changes is due for the others at once. Such a process must not place.
	ProcessID string
	// ConfirmTTL is how long a request waits for its confirmation.
	ConfirmTTL time.Duration
	// MaxHours is the most that one order may buy.
	MaxHours Hours
	// HostTimeout is how long one call of the Host may take.
	HostTimeout time.Duration
	// Currency is the currency of the host's amounts.
	Currency string

	Now   func() time.Time       // nil: time.Now
	NewID func(now time.Time) ID // nil: NewID
}

// Desk takes orders through their life. It is safe for use by many goroutines,
// and by many processes on one ledger. It has about 30 methods because each step
// of that life is one; the files request.go, decide.go, place.go, record.go,
// lookup.go and settle.go follow it.
type Desk struct {
	cfg     Config
	placing placing
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
	if len(c.LookupSchedule) == 0 {
		c.LookupSchedule = LookupSchedule()
	}
	return &Desk{cfg: c, placing: placing{ids: map[ID]bool{}}}
}

type noObserver struct{}

func (noObserver) Transitioned(Order, Entry)                      {}
func (noObserver) Attempted(Order, Verdict, time.Duration, error) {}
func (noObserver) LookedUp(Order, Match, error)                   {}
func (noObserver) Unrecorded(Order, State, *Receipt, error)       {}

// now is the time at the precision that the ledger keeps. The Desk has no other
// clock.
func (d *Desk) now() time.Time { return d.cfg.Now().UTC().Truncate(time.Microsecond) }

// transition commits one transition of o. edit changes what else the next order
// has; nil changes nothing.
func (d *Desk) transition(ctx context.Context, o Order, to State, who, why string, due []Due, edit func(*Order)) (Order, error) {
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
		due = append(due, Due{Work: WorkLookup, At: now}) // Lookup keeps its own schedule
	}
	stored, err := d.cfg.Ledger.Change(ctx, next, entry, due...)
	if err != nil {
		return o, fmt.Errorf("order %s to %s: %w", o.ID, to, err)
	}
	d.cfg.Observer.Transitioned(stored, entry)
	return stored, nil
}

// reconcileFrom is the time from which any process may show what this one
// changed now.
func (d *Desk) reconcileFrom(now time.Time) time.Time {
	if d.cfg.ProcessID == "" {
		return now
	}
	return now.Add(ReconcileGrace)
}
