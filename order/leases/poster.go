package leases

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"extendbot/order"
)

// State is what a reminder shows about one server.
type State string

// The states of a server in a reminder.
const (
	StateOpen     State = "open"     // it will run out; has buttons
	StateOrdered  State = "ordered"  // somebody extends it with one click; no buttons to extend
	StateStopped  State = "stopped"  // somebody stopped its reminders; has buttons to extend
	StateExtended State = "extended" // another expiry is known now, nearly always a later one; no buttons
	StatePassed   State = "passed"   // its last known expiry has passed; no buttons
)

// Offer is what one button of a reminder extends a server by.
type Offer struct {
	Hours    order.Hours
	Estimate order.Estimate
}

// OfferedHours returns the hours of the buttons of a reminder: a day, three days, a week.
func OfferedHours() []order.Hours { return []order.Hours{24, 72, 168} }

// Row is what a reminder shows about one server now.
type Row struct {
	Entry Entry
	State State
	// Lease is what is known of the server's lease now. It may have another expiry than
	// the one of the entry, and for StateExtended it has one.
	Lease order.Lease
	// Offers are those of OfferedHours, in that order.
	Offers []Offer
	// Account is the account at the host that is expected to pay; "" if that is not known.
	Account string
	Balance order.Balance
	// Order is the one-click order. It is never nil for StateOrdered, and set for
	// StateExtended if it extended the server.
	Order *order.Order
	// StoppedBy is the user who stopped the reminders, for StateStopped.
	StoppedBy string
	// Renews reports that the host said in the newest receipt that it renews the server by
	// itself.
	Renews bool
}

// Need is what one account needs for the servers of a reminder, but does not have.
type Need struct {
	Account string
	// Amount is what one day more of each of the account's servers costs that will run
	// out, or the next period of those that the host renews by itself.
	Amount  decimal.Decimal
	Servers int // how many those are
	Balance order.Balance
}

// View is what a reminder says now.
type View struct {
	Rows  []Row
	Needs []Need // of accounts whose balance does not cover what is needed, by account
	Now   time.Time
	// Unposted is the channel in which it could not be posted, so that it goes to an
	// admin; "" if it is where it belongs.
	Unposted string
	// NoChannel reports that it goes to an admin because no channel is known in which it
	// belongs.
	NoChannel bool
}

// Poster shows reminders to people. It is the Slack app.
type Poster interface {
	// PostReminder posts a reminder into a channel, or to a user by direct message, and
	// returns how it refers to it. A [*UnpostableError] means that trying
	// again is of no use. An [*order.Later], of this and the other methods, says from when
	// on it may be tried again; messages about money go first.
	PostReminder(ctx context.Context, to string, v View) (ref string, err error)
	// UpdateReminder shows a reminder as it is now. A [*UnpostableError]
	// means that the message is gone or cannot be changed anymore.
	UpdateReminder(ctx context.Context, ref string, v View) error
	// FollowReminder posts one line into the thread of a reminder: that the server of the
	// row was extended, or that its last known expiry has passed.
	FollowReminder(ctx context.Context, ref string, r Row) error
}

// UnpostableError is an error of a [Poster] that trying again does not help.
type UnpostableError struct{ Err error }

// Error returns the cause as text.
func (e *UnpostableError) Error() string { return "it cannot be posted: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnpostableError) Unwrap() error { return e.Err }
