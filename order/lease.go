package order

import (
	"context"
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
	// Since is when the newest purchase was made from which ExpiresAt follows. It is zero
	// if it follows from the policy alone.
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
