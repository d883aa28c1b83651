package order

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// LeaseSource is from where the end of a lease is known.
type LeaseSource string

// From where the end of a lease is known.
const (
	LeaseUnknown     LeaseSource = ""
	LeaseFromReceipt LeaseSource = "receipt" // the newest one of the server that states an expiry
	LeaseFromPolicy  LeaseSource = "policy"  // as long as there is no such receipt
)

// Lease is what is known of how long a server is rented. Its zero value is one of which
// nothing is known.
//
// The expiry of a receipt is what the host said. Hours that were bought since then are
// added to it, until the next receipt says better. If it is not certain that hours belong
// to it, they are not added: a reminder that comes too early does less harm than one that
// comes too late.
type Lease struct {
	Server    Server
	ExpiresAt time.Time // zero: not known

	// The evidence for ExpiresAt.

	From LeaseSource
	// Order is the order whose receipt states the expiry to which the other hours are
	// added; "" if it is from the policy.
	Order ID
	// StatedAt is when that receipt came, or when the policy was first seen to say so.
	StatedAt time.Time
	// Elsewhere are the hours that were bought since then outside of this program, as the
	// host's list of orders shows.
	Elsewhere Hours
	// Unstated are the hours of orders of this program since then whose receipts do not
	// state an expiry.
	Unstated Hours
	// Since is when the newest purchase became known from which ExpiresAt follows: when its
	// receipt came, or when it was made elsewhere. It is zero if it follows from the policy
	// alone.
	Since time.Time

	// AutoRenew reports that, at the time RenewStatedAt, the newest receipt said that the
	// host renews the server by itself.
	AutoRenew     bool
	RenewStatedAt time.Time
	// PlanPrice is the price of [HoursPerPlanPrice] hours according to the newest receipt
	// that states it; null if none does. What hours cost now is up to [Prices].
	PlanPrice decimal.NullDecimal
	// Last is the newest order that was placed for the server; nil if there is none.
	Last *Order
}

// Known reports whether the end of the lease is known.
func (l Lease) Known() bool { return !l.ExpiresAt.IsZero() }

// Leases knows until when servers are rented. It answers from memory and from the ledger,
// and never waits for the host, because acks wait for it.
type Leases interface {
	// Lease returns the lease of a server. It fails with CodeUnavailable if the ledger
	// cannot be read.
	Lease(ctx context.Context, s Server) (Lease, error)
}

// lease returns what is known of the lease of a server.
func (d *Desk) lease(ctx context.Context, s Server) (Lease, error) {
	if d.cfg.Leases == nil {
		return Lease{Server: s}, nil
	}
	return d.cfg.Leases.Lease(ctx, s)
}

// mustBeOf fails with CodeLeaseOver if an order was asked for with a press on a reminder of
// a lease that has ended. Otherwise the requester knows of what the lease includes.
func (d *Desk) mustBeOf(ctx context.Context, o *Order) error {
	if o.Lease.IsZero() {
		return nil
	}
	lease, err := d.lease(ctx, o.Server)
	switch {
	case err != nil:
		return err
	case !lease.ExpiresAt.Equal(o.Lease), !o.CreatedAt.Before(o.Lease):
		return &Error{Code: CodeLeaseOver, Expiry: lease.ExpiresAt}
	case lease.Last != nil:
		o.ToldExtendedBy, o.ToldUser = lease.Last.ID, o.Person.User
	}
	return nil
}

// createApproved records an order that was asked for with a press on a reminder, and needs
// nobody else: the press is its approval, too.
func (d *Desk) createApproved(ctx context.Context, o Order, e Entry) (Order, error) {
	ruling, err := d.cfg.Policy.MayApprove(ctx, o.Person, o)
	if err == nil && !ruling.Complete {
		err = &Error{Code: CodeNotApprover, Rules: ruling.Rules} // the policy changed just now
	}
	if err != nil {
		return d.refuse(ctx, o, err)
	}
	now := o.CreatedAt
	approved := o
	approved.State, approved.ChangedAt = Approved, now
	approved.CardOwnerUntil = d.reconcileFrom(now)
	approved.Approvals = approved.withApproval(o.Person.User)
	approved.DecidedBy, approved.DecidedAt = o.Person.User, now
	approved.Owner = d.cfg.ProcessID // which places it, too
	a := Entry{Version: 2, At: now, Who: o.Person.User, From: Pending, To: Approved}
	due := Due{Work: WorkPlace, At: now.Add(ReconcileGrace)}
	stored, err := d.cfg.Ledger.CreateApproved(ctx, o, e, approved, a, ruling.Limits, d.knownBaseline(o), due)
	switch CodeOf(err) {
	case "":
	case CodeOverLimit: // others used it up since it was judged
		return d.refuse(ctx, o, err)
	default:
		return stored, fmt.Errorf("request: %w", err)
	}
	d.cfg.Observer.Transitioned(stored, e)
	d.cfg.Observer.Transitioned(stored, a)
	return stored, nil
}

// knownBaseline returns the baseline of an order that is approved at once, from the newest
// complete list that is known; nil if there is none. An ack waits, so no list is read.
func (d *Desk) knownBaseline(o Order) *Baseline {
	if d.cfg.HostOrders == nil || d.cfg.KnownList == nil {
		return nil
	}
	list, asked, ok := d.cfg.KnownList(o.Account)
	if !ok || !list.Complete {
		return nil
	}
	return &Baseline{IDs: idsOf(list, o), Complete: true, At: asked}
}
