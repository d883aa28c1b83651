package order

import (
	"context"
	"fmt"
	"time"
)

// Limits of the Desk that are no settings.
const (
	// PlaceWindow is how long an order that provably was not sent is tried
	// again, from its first try on.
	PlaceWindow = 2 * time.Minute
	// ApprovalTTL is how long an approval is good for. Who said yes this long
	// ago does not expect the money to be spent now.
	ApprovalTTL = time.Hour
	// OwnerGrace is how much longer than the host's time-out the owner of an
	// order in Placing is believed to be alive.
	OwnerGrace = 20 * time.Second
	// TendGrace is how long the process that changed an order has for showing
	// it, before due work lets any process do so.
	ReconcileGrace = 15 * time.Second
	// recordFor is how long the Desk tries to record a verdict that the ledger
	// cannot take, and recordPause how long it waits in between: longer as time
	// passes, up to recordPauseMax.
	recordFor      = 10 * time.Minute
	recordPause    = 200 * time.Millisecond
	recordPauseMax = 5 * time.Second
	// retryPause is how long an order waits after an attempt that was never
	// sent, if the host did not say.
	retryPause = 2 * time.Second
)

// Config is what a Desk is made of. Every field is required unless it says
// otherwise.
type Config struct {
	Ledger   Ledger
	Policy   Policy
	Host     Host
	Observer Observer // nil: nobody is told

	// Books and Notes are what an unknown outcome is looked up with: the
	// host's list and what was noted of it before. Without Books nothing is
	// noted or looked up; with them, Notes is required.
	HostOrders HostOrders
	Baselines  Baselines
	// LookUps is when an order is looked up after it became Unknown, soonest
	// first. nil: as the function LookUps has it.
	LookupSchedule []time.Duration

	// Self names this process among all that ever worked on the ledger. Empty
	// for one that shows no orders: what it changes is due for the others at
	// once. Such a one must not place.
	ProcessID string
	// ConfirmTTL is how long a request waits for a decision.
	ConfirmTTL time.Duration
	// MaxHours is the most that one order may buy.
	MaxHours Hours
	// HostTimeout is how long one call of the Host may take.
	HostTimeout time.Duration
	// Currency is what the host's amounts are in.
	Currency string

	Now   func() time.Time       // nil: time.Now
	NewID func(now time.Time) ID // nil: NewID
}

// Desk takes orders through their life. It is safe for use by many goroutines,
// and by many processes on one ledger.
type Desk struct {
	Config

	placing placing
	unsent  unsent
}

// NewDesk makes a Desk.
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
	return &Desk{Config: c, placing: placing{ids: map[ID]bool{}}, unsent: unsent{marks: map[ID]mark{}}}
}

type noObserver struct{}

func (noObserver) Transitioned(Order, Entry)                      {}
func (noObserver) Attempted(Order, Verdict, time.Duration, error) {}
func (noObserver) LookedUp(Order, Match, error)                   {}
func (noObserver) Unrecorded(Order, State, *Receipt, error)       {}

// now is the Desk's clock at the precision that the ledger keeps.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// step commits one transition of o: edit makes the next order out of it.
func (d *Desk) step(ctx context.Context, o Order, to State, who, why string, due []Due, edit func(*Order)) (Order, error) {
	if !o.State.CanBecome(to) {
		return o, &Error{Code: CodeIllegal, Detail: fmt.Sprintf("%s cannot become %s", o.State, to)}
	}
	now := d.now()
	next := o
	next.State, next.ChangedAt = to, now
	next.Reason = why
	next.CardOwner, next.CardOwnerUntil = d.ProcessID, d.reconcileFrom(now)
	if edit != nil {
		edit(&next)
	}
	entry := Entry{Version: o.Version + 1, At: now, Who: who, From: o.State, To: to, Why: why}
	if len(due) == 0 { // what is placed is shown with it
		due = []Due{{Work: WorkReconcile, At: d.reconcileFrom(now)}}
	}
	if to == Unknown {
		due = append(due, Due{Work: WorkLookup, At: now}) // it knows itself when to look
	}
	stored, err := d.Ledger.Change(ctx, next, entry, due...)
	if err != nil {
		return o, fmt.Errorf("order %s to %s: %w", o.ID, to, err)
	}
	d.Observer.Transitioned(stored, entry)
	return stored, nil
}

// tendFrom is from when on any process may show what this one changed now.
func (d *Desk) reconcileFrom(now time.Time) time.Time {
	if d.ProcessID == "" {
		return now
	}
	return now.Add(ReconcileGrace)
}
