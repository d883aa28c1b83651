package leases

import (
	"context"
	"time"

	"extendbot/order"
)

// Record is what is stored of the lease of one server. Its zero value means that nothing is.
type Record struct {
	ServerID string

	// What is known of it. It is stored so that all processes know it, also while the
	// host's list cannot be read.

	// Base is the expiry to which Elsewhere belongs, and BaseOrder the order whose receipt
	// states it; "": it is from the policy.
	Base      time.Time
	BaseOrder order.ID
	// BaseSince is when this Base was first recorded.
	BaseSince time.Time
	// Elsewhere are the hours that were bought since then outside of the program, and
	// ElsewhereAt when the first of them were.
	Elsewhere   order.Hours
	ElsewhereAt time.Time

	// What people were told about one lease.

	// Lease is the expiry to which the following fields belong.
	Lease time.Time
	// Reminded is the threshold for which people were reminded last, as the time before
	// the expiry; 0: they were not.
	Reminded time.Duration
	// StoppedBy is the user who does not want to be reminded of this lease anymore; "" if
	// nobody said so.
	StoppedBy string
}

// equal reports whether two records say the same.
func (r Record) equal(other Record) bool {
	same := r.Base.Equal(other.Base) && r.BaseSince.Equal(other.BaseSince) && r.ElsewhereAt.Equal(other.ElsewhereAt) && r.Lease.Equal(other.Lease)
	r.Base, r.BaseSince, r.ElsewhereAt, r.Lease = other.Base, other.BaseSince, other.ElsewhereAt, other.Lease
	return same && r == other
}

// MaxServers is how many servers one reminder is about at most.
const MaxServers = 10

// Reminder is a message that was posted to remind of the end of leases.
type Reminder struct {
	Ref      string // how the [Poster] refers to it
	PostedAt time.Time
	Entries  []Entry // at most MaxServers, in the order in which they are shown
	// Late says to AddReminder that recording it failed before, so that another process may
	// have reminded of later leases meanwhile. It is not stored.
	Late bool
}

// Entry is what one reminder says about one server.
type Entry struct {
	Server order.Server
	Lease  time.Time     // the end of the lease of which it reminded
	Before time.Duration // the threshold
	// Shown identifies what the message shows about the server.
	Shown string
	// Done reports that the message will not show anything else anymore, and that what
	// had to follow it was posted.
	Done bool
}

// LeaseOrders are the orders from which the lease of a server follows.
type LeaseOrders struct {
	// Placed are the placed orders, newest attempt first, up to the first one whose
	// receipt states an expiry. They are at most 50.
	Placed []order.Order
	// Unsettled are those that the host may list and that are not placed: they are being
	// placed, their outcome is unknown, or they were tried and are to be sent again.
	Unsettled []order.Order
}

// Store keeps what has to survive a restart. It is part of the ledger. All methods fail
// with order.CodeUnavailable if the ledger cannot be used.
type Store interface {
	// LeaseOrders returns the orders from which the lease of the server with this id
	// follows. Nothing is verified.
	LeaseOrders(ctx context.Context, serverID string) (LeaseOrders, error)
	// RentedServers returns each server for which an order was placed, with the name of
	// the newest one, by id.
	RentedServers(ctx context.Context) ([]order.Server, error)
	// OneClick returns the order that is open, or was placed, because of a press on a
	// reminder of that lease, or order.CodeNotFound. Nothing is verified.
	OneClick(ctx context.Context, serverID string, lease time.Time) (order.Order, error)

	// LeaseRecord returns what is stored of the lease of a server, or the zero Record.
	LeaseRecord(ctx context.Context, serverID string) (Record, error)
	// SaveLeaseRecord replaces what is known of the lease of a server. Lease, Reminded and
	// StoppedBy stay as they are stored, whatever r has: AddReminder and StopReminders
	// record them, maybe in another process and since r was read.
	SaveLeaseRecord(ctx context.Context, r Record) error
	// StopReminders records that a user does not want to be reminded of a lease anymore.
	// It returns only after that is safe from a power failure. The first one counts.
	StopReminders(ctx context.Context, serverID string, lease time.Time, user string) error

	// ClaimReminders makes a process the only one that reminds until that time, and
	// reports whether it is: another one may be. A time that has passed releases the claim.
	ClaimReminders(ctx context.Context, process string, until time.Time) (bool, error)
	// AddReminder records a reminder that was posted, and sets Reminded of the leases of
	// its entries, in one transaction. A Reminded that is less already stays, and if r is
	// Late, also that of a later lease.
	AddReminder(ctx context.Context, r Reminder) error
	// OpenReminders returns the reminders with an entry that is not Done, oldest first,
	// with all of their entries.
	OpenReminders(ctx context.Context) ([]Reminder, error)
	// SaveReminder replaces Shown and Done of the entries of a reminder.
	SaveReminder(ctx context.Context, r Reminder) error
}
